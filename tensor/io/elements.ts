/**
 * Elements as files hold them (little-endian bytes) ↔ as the library does. Types that the library lacks are narrowed:
 * f64 is rounded to f32, i16 and u16 become i32, and i64 must fit in i32, since a silently wrong index is worse than an error.
 */
import { allocate, bytesEach, convert, type Data, type DType, roundToBf16 } from "../dtype.ts";

/** Element types of the files. */
export type FileType = DType | "f64" | "i64" | "i16" | "u16";

/** Bytes of one element. */
export const widths: Readonly<Record<FileType, number>> = {
  ...bytesEach,
  f64: 8,
  i64: 8,
  i16: 2,
  u16: 2,
};

type Read = (view: DataView, at: number) => number;
type Write = (view: DataView, at: number, x: number) => void;

const reads: Readonly<Record<FileType, Read>> = {
  f64: (view, at) => view.getFloat64(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f16: (view, at) => view.getFloat16(at, true),
  bf16: (view, at) => bf16(view.getUint16(at, true)),
  i64: (view, at) => Number(view.getBigInt64(at, true)),
  i32: (view, at) => view.getInt32(at, true),
  u32: (view, at) => view.getUint32(at, true),
  i16: (view, at) => view.getInt16(at, true),
  u16: (view, at) => view.getUint16(at, true),
  i8: (view, at) => view.getInt8(at),
  u8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

const writes: Readonly<Record<DType, Write>> = {
  f32: (view, at, x) => view.setFloat32(at, x, true),
  f16: (view, at, x) => view.setFloat16(at, x, true),
  bf16: (view, at, x) => view.setUint16(at, upperHalf(x), true),
  i32: (view, at, x) => view.setInt32(at, x, true),
  u32: (view, at, x) => view.setUint32(at, x, true),
  i8: (view, at, x) => view.setInt8(at, x),
  u8: (view, at, x) => view.setUint8(at, x),
  bool: (view, at, x) => view.setUint8(at, x),
};

const narrowed: Readonly<Partial<Record<FileType, DType>>> = {
  f64: "f32",
  i64: "i32",
  i16: "i32",
  u16: "i32",
};

/** `count` elements from the start of the bytes. Throws RangeError if there are fewer, or one does not fit. */
export function decode(
  who: string,
  bytes: Uint8Array,
  type: FileType,
  count: number,
): { data: Data; dtype: DType } {
  const width = widths[type];
  if (bytes.length < count * width)
    throw new RangeError(`${who}: want ${count * width} bytes of ${type}, got ${bytes.length}`);
  const dtype = narrowed[type] ?? (type as DType);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = allocate(dtype, count);
  for (let i = 0; i < count; i++) {
    const x = reads[type](view, i * width);
    data[i] = convert(dtype, x);
    if (type === "i64" && data[i] !== x)
      throw new RangeError(
        `${who}: want 64-bit integers that fit in i32, got ${x} at ${i}; try array.astype("float32") before saving`,
      );
  }
  return { data, dtype };
}

/** The bytes of the elements. */
export function encode(data: Data, dtype: DType): Uint8Array<ArrayBuffer> {
  const width = widths[dtype];
  const bytes = new Uint8Array(data.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) writes[dtype](view, i * width, data[i]);
  return bytes;
}

const word = new DataView(new ArrayBuffer(4));

function bf16(half: number): number {
  word.setUint32(0, half << 16);
  return word.getFloat32(0);
}

function upperHalf(x: number): number {
  word.setFloat32(0, roundToBf16(x));
  return word.getUint32(0) >>> 16;
}
