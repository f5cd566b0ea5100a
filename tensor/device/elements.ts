/** Elements of arrays ↔ bytes, as linear memory and buffers of a GPU hold them. */
import { allocate, type Data, type DType, roundToBf16 } from "../dtype.ts";

type Bytes = ArrayBuffer | SharedArrayBuffer;

/** Writes data at an address. */
export function write(buffer: Bytes, address: number, dtype: DType, data: Data): void {
  const n = data.length;
  switch (dtype) {
    case "f32":
      return new Float32Array(buffer, address, n).set(data);
    case "f16":
      return new Uint16Array(buffer, address, n).set(halvesOf(data));
    case "bf16":
      return new Uint16Array(buffer, address, n).set(upperHalvesOf(data));
    case "i32":
    case "u32":
      return new Int32Array(buffer, address, n).set(data);
    default:
      return new Uint8Array(buffer, address, n).set(data);
  }
}

/** A copy of what is at an address. */
export function read(buffer: Bytes, address: number, dtype: DType, n: number): Data {
  const out = allocate(dtype, n);
  switch (dtype) {
    case "f32":
      out.set(new Float32Array(buffer, address, n));
      return out;
    case "f16":
      out.set(fromHalves(new Uint16Array(buffer, address, n)));
      return out;
    case "bf16":
      for (const [i, bits] of new Uint16Array(buffer, address, n).entries()) out[i] = widened(bits);
      return out;
    case "i32":
      out.set(new Int32Array(buffer, address, n));
      return out;
    case "u32":
      out.set(new Uint32Array(buffer, address, n));
      return out;
    case "i8":
      out.set(new Int8Array(buffer, address, n));
      return out;
    default:
      out.set(new Uint8Array(buffer, address, n));
      return out;
  }
}

const word = new DataView(new ArrayBuffer(4));

function halvesOf(data: Data): Uint16Array {
  return Uint16Array.from(data, (x) => {
    word.setFloat16(0, x);
    return word.getUint16(0);
  });
}

function fromHalves(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (x) => {
    word.setUint16(0, x);
    return word.getFloat16(0);
  });
}

function upperHalvesOf(data: Data): Uint16Array {
  return Uint16Array.from(data, (x) => {
    word.setFloat32(0, roundToBf16(x));
    return word.getUint16(0);
  });
}

function widened(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}
