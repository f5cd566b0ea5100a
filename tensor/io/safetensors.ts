/**
 * safetensors: bytes ↔ named tensors. An 8-byte length, a JSON header, the elements.
 * Source: https://huggingface.co/docs/safetensors (format). A file is input from strangers: every number in it is checked.
 */
import { show } from "../shape/error.ts";
import { checkSizes, product } from "../shape/reshape.ts";
import type { DType } from "../dtype.ts";
import { constant } from "../graph.ts";
import { unwrap, wrap } from "../handle.ts";
import type { AnyTensor } from "../tensor.ts";
import { decode, encode, type FileType, widths } from "./elements.ts";

const types: Readonly<Record<string, FileType>> = {
  F64: "f64",
  F32: "f32",
  F16: "f16",
  BF16: "bf16",
  I64: "i64",
  I32: "i32",
  U32: "u32",
  I16: "i16",
  U16: "u16",
  I8: "i8",
  U8: "u8",
  BOOL: "bool",
};

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, AnyTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * The tensors in a safetensors file. F64 is rounded to f32; I64 must fit in i32.
 * Throws RangeError or TypeError where the bytes are no such file.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, body } = parts(bytes);
  const tensors = new Map<string, AnyTensor>();
  for (const [name, entry] of Object.entries(header))
    if (name !== "__metadata__") tensors.set(name, decodeEntry(name, entry, body));
  return { tensors, metadata: metadataOf(header["__metadata__"]) };
}

/** The safetensors file of named tensors, in the given order. */
export async function encodeSafetensors(
  tensors: Iterable<readonly [string, AnyTensor]> | Readonly<Record<string, AnyTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Symbol.iterator in tensors ? [...tensors] : Object.entries(tensors);
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const bodies: Uint8Array[] = [];
  let end = 0;
  for (const [name, x] of entries) {
    const body = encode(await x.data(), x.dtype);
    header[name] = {
      dtype: fileName(x.dtype),
      shape: unwrap(x).shape,
      data_offsets: [end, end + body.length],
    };
    end += body.length;
    bodies.push(body);
  }
  return assembled(header, bodies, end);
}

function assembled(header: object, bodies: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  // The header is padded by spaces to a multiple of 8, so that the elements are aligned.
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + length + size).fill(0x20, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const body of bodies) {
    file.set(body, at);
    at += body.length;
  }
  return file;
}

function parts(bytes: Uint8Array): { header: Readonly<Record<string, unknown>>; body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (8 + length > bytes.length)
    throw new RangeError(
      `decodeSafetensors: want a header of ${length} bytes after the first 8, got ${bytes.length} in all`,
    );
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + length));
  return { header: parseHeader(text), body: bytes.subarray(8 + length) };
}

function parseHeader(text: string): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`decodeSafetensors: want a JSON header, got ${text.slice(0, 40)}`, { cause });
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw new TypeError(`decodeSafetensors: want a JSON object as header, got ${text.slice(0, 40)}`);
  return header as Record<string, unknown>;
}

function decodeEntry(name: string, entry: unknown, body: Uint8Array): AnyTensor {
  const who = `decodeSafetensors: ${name}`;
  if (!isEntry(entry))
    throw new TypeError(`${who}: want dtype, shape and data_offsets, got ${JSON.stringify(entry)}`);
  const type = types[entry.dtype];
  if (type === undefined)
    throw new TypeError(`${who}: want one of ${Object.keys(types).join(" ")}, got ${entry.dtype}`);
  checkSizes(who, entry.shape);
  const [from, to] = entry.data_offsets;
  const size = product(entry.shape) * widths[type];
  if (!Number.isSafeInteger(from) || from < 0 || to > body.length || to - from !== size)
    throw new RangeError(
      `${who}: want ${size} bytes for ${entry.dtype}${show(entry.shape)} within ${body.length}, got ${show([from, to])}`,
    );
  const { data, dtype } = decode(who, body.subarray(from, to), type, product(entry.shape));
  return wrap(constant(data, [...entry.shape], dtype));
}

function isEntry(entry: unknown): entry is Entry {
  if (typeof entry !== "object" || entry === null) return false;
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Record<keyof Entry, unknown>>;
  return typeof dtype === "string" && Array.isArray(shape) && Array.isArray(offsets) && offsets.length === 2;
}

function metadataOf(metadata: unknown): Readonly<Record<string, string>> {
  return typeof metadata === "object" && metadata !== null ? (metadata as Record<string, string>) : {};
}

function fileName(dtype: DType): string {
  return dtype.toUpperCase();
}
