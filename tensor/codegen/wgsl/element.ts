/**
 * How an element of a dtype looks in a WGSL variable, and how it lies in a buffer. Floats are f32 (f16 and bf16 rounded to what they can hold),
 * i8 and u8 are i32 within their own range, bools are bools. WGSL has no memory narrower than 32 bits: narrow elements share words.
 */
import { type DType, isFloat } from "../../dtype.ts";
import { literal } from "./math.ts";

/** Elements in a word of memory. */
export const perWord: Readonly<Record<DType, 1 | 2 | 4>> = {
  f32: 1,
  i32: 1,
  u32: 1,
  f16: 2,
  bf16: 2,
  i8: 4,
  u8: 4,
  bool: 4,
};

/** The type of a variable. */
export function variableType(dtype: DType): "f32" | "i32" | "u32" | "bool" {
  if (isFloat(dtype)) return "f32";
  return dtype === "u32" || dtype === "bool" ? dtype : "i32";
}

/** Names a function of the library (math.ts) and says that it is used. */
export type Use = (name: string) => string;

/** The type of a buffer's elements. What is written narrow is written by several invocations: a word is one's only bit by bit. */
export function bufferType(dtype: DType, isWritten: boolean): string {
  if (perWord[dtype] > 1) return isWritten ? "array<atomic<u32>>" : "array<u32>";
  return `array<${variableType(dtype)}>`;
}

/** The element at `index` of a buffer of this dtype. */
export function loaded(use: Use, dtype: DType, buffer: string, index: string, isWritten = false): string {
  const lanes = perWord[dtype];
  if (lanes === 1) return `${buffer}[${index}]`;
  const place = `u32(${index})`;
  const at = `${buffer}[${place} / ${lanes}u]`;
  return unpacked(use, dtype, isWritten ? `atomicLoad(&${at})` : at, place);
}

/** The same from a buffer of words, in which the array begins at word `first`. */
export function loadedFromWords(
  use: Use,
  dtype: DType,
  buffer: string,
  first: number,
  index: string,
): string {
  const lanes = perWord[dtype];
  const place = `u32(${index})`;
  if (lanes > 1) return unpacked(use, dtype, `${buffer}[${first}u + ${place} / ${lanes}u]`, place);
  return fromWord(dtype, `${buffer}[${first}u + ${place}]`);
}

/** A narrow element out of its word. */
function unpacked(use: Use, dtype: DType, word: string, place: string): string {
  const lanes = perWord[dtype];
  const shift = `(${place} % ${lanes}u * ${32 / lanes}u)`;
  switch (dtype) {
    case "bf16":
      return `bitcast<f32>((${word} >> ${shift}) << 16u)`;
    case "f16":
      return `${use("of_f16")}((${word} >> ${shift}) & 0xffffu)`;
    case "i8":
      return `extractBits(bitcast<i32>(${word}), ${shift}, 8u)`;
    case "u8":
      return `bitcast<i32>((${word} >> ${shift}) & 0xffu)`;
    default:
      return `(((${word} >> ${shift}) & 0xffu) != 0u)`;
  }
}

/** Writes an element. A narrow one changes its own bits of a word and no others: nobody else changes those. */
export function stored(use: Use, dtype: DType, buffer: string, index: string, value: string): string {
  const lanes = perWord[dtype];
  if (lanes === 1) return `${buffer}[${index}] = ${value};`;
  const bits = 32 / lanes;
  const mask = lanes === 2 ? "0xffffu" : "0xffu";
  const word = { bf16: "bf16_of", f16: "f16_of" }[dtype as string];
  const own =
    word !== undefined
      ? `${use(word)}(${value})`
      : dtype === "bool"
        ? `select(0u, 1u, ${value})`
        : `bitcast<u32>(${value})`;
  return `{
  let place = u32(${index});
  let shift = place % ${lanes}u * ${bits}u;
  let old = atomicLoad(&${buffer}[place / ${lanes}u]);
  atomicXor(&${buffer}[place / ${lanes}u], (((${own} & ${mask}) << shift) ^ old) & (${mask} << shift));
}`;
}

/** The bits of an f32. */
function bitsOf(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0];
}

/** A number as a variable of the dtype. */
export function constant(use: Use, dtype: DType, value: number): string {
  switch (variableType(dtype)) {
    case "bool":
      return String(value !== 0);
    case "i32":
      return value === -(2 ** 31) ? "i32(-2147483648)" : `${value | 0}i`.replace(/^-(.*)$/, "(-$1)");
    case "u32":
      return `${value >>> 0}u`;
    default: {
      const x = Math.fround(value);
      const isPlain = Number.isFinite(x) && (Math.abs(x) >= 2 ** -126 || Object.is(x, 0));
      return isPlain ? literal(x) : `${use("of_bits")}(0x${bitsOf(x).toString(16)}u)`;
    }
  }
}

/** A word of the scalars as a variable of the dtype. */
export function fromWord(dtype: DType, word: string): string {
  const type = variableType(dtype);
  return type === "u32" ? word : type === "bool" ? `(${word} != 0u)` : `bitcast<${type}>(${word})`;
}

/** An f32 or a whole number of 32 bits brought into the dtype's own values: floats rounded, integers wrapped. */
export function settled(use: Use, dtype: DType, x: string): string {
  switch (dtype) {
    case "i8":
      return `((${x} << 24u) >> 24u)`;
    case "u8":
      return `(${x} & 255i)`;
    case "bf16":
      return `${use("round_bf16")}(${x})`;
    case "f16":
      return `${use("round_f16")}(${x})`;
    default:
      return x;
  }
}

/** A variable of one dtype as one of another. Floats to integers truncate and saturate (NaN → 0), integers to narrower ones wrap. */
export function converted(use: Use, from: DType, to: DType, x: string): string {
  if (from === to) return x;
  const type = variableType(from);
  if (to === "bool") {
    if (isFloat(from)) return `((bitcast<u32>(${x}) & 0x7fffffffu) != 0u)`;
    return `(${x} != ${type}(0))`;
  }
  if (from === "bool") return `select(${constant(use, to, 0)}, ${constant(use, to, 1)}, ${x})`;
  if (isFloat(to)) {
    if (isFloat(from)) return settled(use, to, x);
    return settled(use, to, from === "u32" ? `${use("from_u")}(${x})` : `f32(${x})`);
  }
  if (isFloat(from)) return saturated(use, to, x);
  if (to === "u32") return `bitcast<u32>(${x})`;
  return settled(use, to, from === "u32" ? `bitcast<i32>(${x})` : x);
}

function saturated(use: Use, to: DType, x: string): string {
  if (to === "u32") return `${use("to_u")}(${x})`;
  const whole = `${use("to_i")}(${x})`;
  if (to === "i32") return whole;
  return to === "i8" ? `clamp(${whole}, -128i, 127i)` : `clamp(${whole}, 0i, 255i)`;
}
