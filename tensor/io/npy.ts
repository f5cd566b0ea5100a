/**
 * NumPy's .npy: bytes ↔ tensor. Source: NEP 1 (numpy.lib.format), versions 1.0 to 3.0.
 * Files with no 32-bit counterpart are read by the rules of elements.ts.
 */
import type { Shape } from "../shape/dim.ts";
import { product } from "../shape/reshape.ts";
import type { DType } from "../dtype.ts";
import { constant, type Value } from "../graph.ts";
import { permute } from "../ops/view.ts";
import { unwrap, wrap } from "../handle.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { decode, encode, type FileType } from "./elements.ts";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

const fromDescr: Readonly<Record<string, FileType>> = {
  "<f8": "f64",
  "<f4": "f32",
  "<f2": "f16",
  "<i8": "i64",
  "<i4": "i32",
  "<i2": "i16",
  "|i1": "i8",
  "<u4": "u32",
  "<u2": "u16",
  "|u1": "u8",
  "|b1": "bool",
};

const toDescr: Readonly<Partial<Record<DType, string>>> = {
  f32: "<f4",
  f16: "<f2",
  i32: "<i4",
  u32: "<u4",
  i8: "|i1",
  u8: "|u1",
  bool: "|b1",
};

interface Header {
  readonly type: FileType;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements start. */
  readonly start: number;
}

/**
 * The array in a .npy file. f8 is rounded to f32; i8 (64-bit) must fit in i32.
 * Throws RangeError where the bytes are no .npy file of numbers, or end too early.
 */
export function decodeNpy(bytes: Uint8Array): AnyTensor {
  const { type, fortran, shape, start } = readHeader(bytes);
  const { data, dtype } = decode("decodeNpy", bytes.subarray(start), type, product(shape));
  if (!fortran) return wrap(constant(data, shape, dtype));
  return wrap(
    permute(
      constant(data, shape.toReversed(), dtype),
      shape.map((_, i) => shape.length - 1 - i),
    ),
  );
}

/** The .npy file (version 1.0, little-endian, C order) of a tensor. Throws TypeError for bf16, which NumPy lacks. */
export async function encodeNpy<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
): Promise<Uint8Array<ArrayBuffer>> {
  const descr = toDescr[x.dtype];
  if (descr === undefined)
    throw new TypeError(`encodeNpy: want a dtype that NumPy has, got ${x.dtype}; try .cast("f32")`);
  const { shape }: Value = unwrap(x);
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const header = new TextEncoder().encode(padded(dict));
  const body = encode(await x.data(), x.dtype);
  const file = new Uint8Array(10 + header.length + body.length);
  file.set([...magic, 1, 0, header.length & 255, header.length >> 8]);
  file.set(header, 10);
  file.set(body, 10 + header.length);
  return file;
}

// The specification wants the elements to start at a multiple of 64, the header padded by spaces and ended by a newline.
function padded(dict: string): string {
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  return `${dict.padEnd(length - 1)}\n`;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte))
    throw new RangeError(
      `decodeNpy: want a file that starts with \\x93NUMPY, got ${bytes.length} other bytes`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2; // versions 2.0 and 3.0 have a 4-byte length
  if (wide && bytes.length < 12) throw new RangeError("decodeNpy: want a header, got the end of the file");
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (wide ? 12 : 10) + length;
  if (start > bytes.length)
    throw new RangeError(`decodeNpy: want a header of ${length} bytes, got the end of the file`);
  return { ...parseDict(new TextDecoder().decode(bytes.subarray(start - length, start))), start };
}

/** The header is a Python dict of three known keys. */
function parseDict(text: string): Omit<Header, "start"> {
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined)
    throw new RangeError(
      `decodeNpy: want descr, fortran_order and shape, got ${text.trim()}; try an array without named fields`,
    );
  const type = fromDescr[descr];
  if (type === undefined)
    throw new TypeError(
      `decodeNpy: want one of ${Object.keys(fromDescr).join(" ")}, got ${descr}; try array.astype("<f4") before saving`,
    );
  const shape = sizes.split(",").map((s) => s.trim());
  return { type, fortran: order === "True", shape: shape.filter((s) => s !== "").map(Number) };
}
