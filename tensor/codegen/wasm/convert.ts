/**
 * How elements of a dtype look in a register, four at a time: floats as f32 (f16 and bf16 rounded to what they can hold), integers as i32
 * within their own range, bools as masks of all ones or all zeros.
 */
import { bytesEach, type DType, isFloat } from "../../dtype.ts";
import { type Expr as Code, f32x4, i32, i32x4, i8x16, v128 } from "./instructions.ts";
import { float, int, type Kit, type Vector } from "./kit.ts";

/** Four neighbours from memory. */
export function loadFour(kit: Kit, dtype: DType, address: Code<"i32">, offset: number): Code<"v128"> {
  switch (bytesEach[dtype]) {
    case 4:
      return v128.load(address, offset);
    case 2:
      return fromHalves(kit, dtype, v128.load16x4U(address, offset));
    default: {
      const bytes = v128.load32Zero(address, offset);
      const shorts = i16Extend(dtype === "i8", kit.f.let(bytes));
      return asMask(dtype, shorts);
    }
  }
}

function i16Extend(signed: boolean, bytes: Vector): Code<"v128"> {
  // Byte j to the top (signed) or bottom of lane j; then it is shifted into place.
  if (!signed)
    return i8x16.shuffle(bytes, bytes, [0, 15, 15, 15, 1, 15, 15, 15, 2, 15, 15, 15, 3, 15, 15, 15]);
  const top = i8x16.shuffle(bytes, bytes, [15, 15, 15, 0, 15, 15, 15, 1, 15, 15, 15, 2, 15, 15, 15, 3]);
  return i32x4.shrS(top, 24);
}

function asMask(dtype: DType, x: Code<"v128">): Code<"v128"> {
  return dtype === "bool" ? i32x4.neg(x) : x;
}

/** One element in every lane. */
export function loadOne(kit: Kit, dtype: DType, address: Code<"i32">, offset: number): Code<"v128"> {
  if (bytesEach[dtype] === 4) return v128.load32Splat(address, offset);
  return fromWord(kit, dtype, i32x4.splat(narrowLoad(dtype, address, offset)));
}

/** Element of a narrow dtype as a 32-bit word. */
export function narrowLoad(dtype: DType, address: Code<"i32">, offset: number): Code<"i32"> {
  if (bytesEach[dtype] === 2) return i32.load16U(address, offset);
  return dtype === "i8" ? i32.load8S(address, offset) : i32.load8U(address, offset);
}

/** From words as narrowLoad reads them. */
export function fromWord(kit: Kit, dtype: DType, words: Code<"v128">): Code<"v128"> {
  return bytesEach[dtype] === 2 ? fromHalves(kit, dtype, words) : asMask(dtype, words);
}

/** f16 or bf16 bits in the low half of each lane → f32. */
function fromHalves(kit: Kit, dtype: DType, words: Code<"v128">): Code<"v128"> {
  if (dtype === "bf16") return i32x4.shl(words, 16);
  const { f } = kit;
  const h = f.let(words);
  const magnitude = f.let(i32x4.shl(v128.and(h, int(kit, 0x7fff)), 13));
  // As an f32 with the wrong exponent; times 2¹¹² it is right, subnormals too. ∞ and NaN need all exponent bits.
  const scaled = f32x4.mul(magnitude, float(kit, 2 ** 112));
  const special = i32x4.geU(magnitude, int(kit, 0x0f800000));
  const value = v128.bitselect(v128.or(magnitude, int(kit, 0x7f800000)), scaled, special);
  return v128.or(value, i32x4.shl(v128.and(h, int(kit, 0x8000)), 16));
}

/** What is stored of a register: f16 and bf16 as bits in the low half, bool as 0 or 1. */
export function toWord(kit: Kit, dtype: DType, x: Vector): Code<"v128"> {
  if (dtype === "bool") return v128.and(x, int(kit, 1));
  if (dtype === "bf16") return i32x4.shrU(x, 16);
  if (dtype !== "f16") return x;
  // x is already a half's value.
  const { f } = kit;
  const magnitude = f.let(v128.and(x, int(kit, 0x7fffffff)));
  const scaled = i32x4.shrU(f32x4.mul(magnitude, float(kit, 2 ** -112)), 13);
  const special = f32x4.lt(magnitude, float(kit, Infinity));
  const nan = f.let(f32x4.ne(x, x));
  const bits = v128.bitselect(scaled, v128.or(int(kit, 0x7c00), v128.and(nan, int(kit, 0x200))), special);
  return v128.or(bits, i32x4.shrU(v128.and(x, int(kit, -(2 ** 31))), 16));
}

/** Words narrowed so that the elements lie at the start of the vector. */
export function packed(dtype: DType, words: Vector): Code<"v128"> {
  if (bytesEach[dtype] === 4) return words;
  return bytesEach[dtype] === 2
    ? i8x16.shuffle(words, words, [0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13])
    : i8x16.shuffle(words, words, [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12]);
}

/** Four neighbours to memory; x from packed(). */
export function storeFour(dtype: DType, address: Code<"i32">, x: Vector, offset: number): Code<"void"> {
  if (bytesEach[dtype] === 4) return v128.store(address, x, offset);
  return bytesEach[dtype] === 2
    ? v128.store64Lane(address, x, 0, offset)
    : v128.store32Lane(address, x, 0, offset);
}

/** Lane i of a vector from packed(). */
export function storeLane(
  dtype: DType,
  address: Code<"i32">,
  x: Vector,
  lane: number,
  offset: number,
): Code<"void"> {
  if (bytesEach[dtype] === 4) return v128.store32Lane(address, x, lane, offset);
  return bytesEach[dtype] === 2
    ? v128.store16Lane(address, x, lane, offset)
    : v128.store8Lane(address, x, lane, offset);
}

/** An f32 or i32 result brought into the dtype's own values: floats rounded, integers wrapped at their width. */
export function settled(kit: Kit, dtype: DType, x: Code<"v128">): Code<"v128"> {
  switch (dtype) {
    case "i8":
      return i32x4.shrS(i32x4.shl(x, 24), 24);
    case "u8":
      return v128.and(x, int(kit, 255));
    case "bf16":
      return roundedToBf16(kit, kit.f.let(x));
    case "f16":
      return roundedToF16(kit, kit.f.let(x));
    default:
      return x;
  }
}

/** To the upper half; ties to even; NaN must not round up into ±∞. */
function roundedToBf16(kit: Kit, x: Vector): Code<"v128"> {
  const even = v128.and(i32x4.shrU(x, 16), int(kit, 1));
  const up = v128.and(i32x4.add(i32x4.add(x, int(kit, 0x7fff)), even), int(kit, -65536));
  const quiet = v128.or(v128.and(x, int(kit, -65536)), int(kit, 0x400000));
  return v128.bitselect(up, quiet, f32x4.eq(x, x));
}

/** To 11 bits, below 2⁻¹⁴ to multiples of 2⁻²⁴: adding and taking away a power of two rounds there. Above 65504 by half a step or more: ∞. */
function roundedToF16(kit: Kit, x: Vector): Code<"v128"> {
  const { f } = kit;
  const sign = f.let(v128.and(x, int(kit, -(2 ** 31))));
  const size = f.let(v128.xor(x, sign));
  const exponent = v128.and(size, int(kit, 0x7f800000));
  const step = f.let(
    f32x4.mul(f32x4.pmax(float(kit, 2 ** -14), f32x4.pmin(float(kit, 65536), exponent)), float(kit, 2 ** 13)),
  );
  const rounded = f.let(f32x4.sub(f32x4.add(size, step), step));
  const finite = f.let(v128.bitselect(float(kit, Infinity), rounded, f32x4.gt(rounded, float(kit, 65504))));
  const kept = v128.bitselect(finite, size, f32x4.lt(size, float(kit, Infinity)));
  return v128.or(kept, sign);
}

/** A register of one dtype as one of another. Floats to integers truncate and saturate (NaN → 0), integers to narrower ones wrap. */
export function converted(kit: Kit, from: DType, to: DType, x: Vector): Code<"v128"> {
  if (from === to) return x;
  if (to === "bool") return isFloat(from) ? f32x4.ne(x, float(kit, 0)) : i32x4.ne(x, int(kit, 0));
  if (from === "bool") return v128.and(x, isFloat(to) ? float(kit, 1) : int(kit, 1));
  if (isFloat(to)) {
    if (isFloat(from)) return settled(kit, to, x);
    return settled(kit, to, from === "u32" ? f32x4.convertI32x4U(x) : f32x4.convertI32x4S(x));
  }
  if (!isFloat(from)) return settled(kit, to, x);
  return saturated(kit, to, x);
}

function saturated(kit: Kit, to: DType, x: Vector): Code<"v128"> {
  if (to === "u32") return i32x4.truncSatF32x4U(x);
  const whole = i32x4.truncSatF32x4S(x);
  if (to === "i32") return whole;
  const [low, high] = to === "i8" ? [-128, 127] : [0, 255];
  return i32x4.minS(i32x4.maxS(whole, int(kit, low)), int(kit, high));
}
