/** Elementwise functions and reductions of four elements at a time, with the reference device's meaning for every dtype. */
import { type DType, isFloat } from "../../dtype.ts";
import type { MapFunction, ReduceFunction } from "../../graph.ts";
import { settled } from "./convert.ts";
import { type Expr as Code, f32x4, i32, i32x4, i8x16, v128 } from "./instructions.ts";
import { float, int, type Kit, type Vector } from "./kit.ts";
import { called, called2, erf, exp, integerQuotient, tanh } from "./math.ts";

/** fn of registers of `dtype`; the result is one of `result`. */
export function mapped(
  kit: Kit,
  fn: MapFunction,
  dtype: DType,
  result: DType,
  [a, b, c]: readonly Vector[],
): Code<"v128"> {
  if (fn === "where") return v128.bitselect(b, c, a);
  if (dtype === "bool") return ofBools(fn, a, b);
  if (fn in comparisons) return compared(fn as Comparison, dtype, a, b);
  return settled(kit, result, isFloat(dtype) ? ofFloats(kit, fn, a, b) : ofIntegers(kit, fn, dtype, a, b));
}

function ofBools(fn: MapFunction, a: Vector, b: Vector): Code<"v128"> {
  switch (fn) {
    case "not":
      return v128.not(a);
    case "and":
    case "minimum":
      return v128.and(a, b);
    case "or":
    case "maximum":
      return v128.or(a, b);
    case "xor":
      return v128.xor(a, b);
    case "equal":
      return i32x4.eq(a, b);
    case "less":
      return v128.andnot(b, a);
    case "lessEqual":
      return v128.or(b, v128.not(a));
    default:
      throw new Error(`bug: ${fn} of bools`);
  }
}

const comparisons = { equal: true, less: true, lessEqual: true };
type Comparison = keyof typeof comparisons;

function compared(fn: Comparison, dtype: DType, a: Vector, b: Vector): Code<"v128"> {
  const lanes = isFloat(dtype)
    ? { equal: f32x4.eq, less: f32x4.lt, lessEqual: f32x4.le }
    : dtype === "u32"
      ? { equal: i32x4.eq, less: i32x4.ltU, lessEqual: i32x4.leU }
      : { equal: i32x4.eq, less: i32x4.ltS, lessEqual: i32x4.leS };
  return lanes[fn](a, b);
}

function ofFloats(kit: Kit, fn: MapFunction, a: Vector, b: Vector): Code<"v128"> {
  switch (fn) {
    case "neg":
    case "sqrt":
    case "abs":
    case "floor":
    case "ceil":
    case "trunc":
      return f32x4[fn](a);
    case "round":
      return f32x4.nearest(a);
    case "add":
    case "sub":
    case "mul":
    case "div":
      return f32x4[fn](a, b);
    case "maximum":
      return f32x4.max(a, b);
    case "minimum":
      return f32x4.min(a, b);
    case "sign":
      return signOf(kit, a);
    case "exp":
      return exp(kit, a);
    case "tanh":
      return tanh(kit, a);
    case "erf":
      return erf(kit, a);
    case "expm1":
    case "log":
    case "log1p":
    case "sin":
    case "cos":
      return called(kit, fn, a);
    case "pow":
    case "floorDivide":
    case "mod":
      return called2(kit, fn, a, b);
    default:
      throw new Error(`bug: ${fn} of floats`);
  }
}

/** ±1 where a is not 0; 0, −0 and NaN are their own. */
function signOf(kit: Kit, a: Vector): Code<"v128"> {
  const zero = float(kit, 0);
  const one = v128.or(v128.and(a, int(kit, -(2 ** 31))), float(kit, 1));
  return v128.bitselect(one, a, v128.or(f32x4.lt(a, zero), f32x4.gt(a, zero)));
}

function ofIntegers(kit: Kit, fn: MapFunction, dtype: DType, a: Vector, b: Vector): Code<"v128"> {
  const unsigned = dtype === "u32" || dtype === "u8";
  switch (fn) {
    case "neg":
      return i32x4.neg(a);
    case "abs":
      return unsigned ? a : i32x4.abs(a);
    case "sign":
      return unsigned
        ? v128.and(i32x4.ne(a, int(kit, 0)), int(kit, 1))
        : i32x4.sub(
            v128.and(i32x4.gtS(a, int(kit, 0)), int(kit, 1)),
            v128.and(i32x4.ltS(a, int(kit, 0)), int(kit, 1)),
          );
    case "floor":
    case "ceil":
    case "round":
    case "trunc":
      return a;
    case "add":
    case "sub":
    case "mul":
      return i32x4[fn](a, b);
    case "maximum":
      return unsigned ? i32x4.maxU(a, b) : i32x4.maxS(a, b);
    case "minimum":
      return unsigned ? i32x4.minU(a, b) : i32x4.minS(a, b);
    case "floorDivide":
      return integerQuotient(kit, !unsigned, a, b);
    case "mod": {
      const whole = i32x4.sub(a, i32x4.mul(integerQuotient(kit, !unsigned, a, b), b));
      return v128.andnot(whole, i32x4.eq(b, int(kit, 0)));
    }
    case "and":
    case "or":
    case "xor":
      return v128[fn](a, b);
    case "shiftLeft":
      return shifted(kit, "shl", a, b);
    case "shiftRight":
      return shifted(kit, unsigned ? "shrU" : "shrS", a, b);
    default:
      throw new Error(`bug: ${fn} of integers`);
  }
}

/** Each lane by its own count: WebAssembly shifts all lanes by one. */
function shifted(kit: Kit, op: "shl" | "shrU" | "shrS", a: Vector, by: Vector): Code<"v128"> {
  const ref = kit.helpers.binary(op, (f, x, n) => {
    const out = f.let(v128.and(x, x));
    for (let i = 0; i < 4; i++)
      f.set(out, i32x4.replace(out, i, i32[op](i32x4.extract(x, i), i32x4.extract(n, i))));
    return out;
  });
  return kit.f.call(ref, a, by);
}

/** One step of a reduction. */
export function reduced(fn: ReduceFunction, dtype: DType, a: Code<"v128">, b: Code<"v128">): Code<"v128"> {
  if (dtype === "bool") return fn === "max" || fn === "sum" ? v128.or(a, b) : v128.and(a, b);
  const lanes = isFloat(dtype) ? f32x4 : i32x4;
  if (fn === "sum") return lanes.add(a, b);
  if (fn === "prod") return lanes.mul(a, b);
  if (isFloat(dtype)) return f32x4[fn](a, b);
  const unsigned = dtype === "u32" || dtype === "u8";
  if (fn === "max") return unsigned ? i32x4.maxU(a, b) : i32x4.maxS(a, b);
  return unsigned ? i32x4.minU(a, b) : i32x4.minS(a, b);
}

/** All four lanes reduced, in every lane. */
export function acrossLanes(kit: Kit, fn: ReduceFunction, dtype: DType, x: Vector): Code<"v128"> {
  const halves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
  const pairs = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
  const two = kit.f.let(reduced(fn, dtype, x, i8x16.shuffle(x, x, halves)));
  return reduced(fn, dtype, two, i8x16.shuffle(two, two, pairs));
}

/** What a reduction starts from, as 32 bits. */
export function startOf(kit: Kit, fn: ReduceFunction, dtype: DType): Code<"v128"> {
  if (dtype === "bool") return int(kit, fn === "max" ? 0 : -1);
  if (isFloat(dtype)) return float(kit, { sum: 0, prod: 1, max: -Infinity, min: Infinity }[fn]);
  if (fn === "sum") return int(kit, 0);
  if (fn === "prod") return int(kit, 1);
  const [low, high] = dtype === "u32" || dtype === "u8" ? [0, -1] : [-(2 ** 31), 2 ** 31 - 1];
  return int(kit, fn === "max" ? low : high);
}
