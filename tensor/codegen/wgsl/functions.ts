/** Elementwise functions and reductions as WGSL expressions, with the reference device's meaning for every dtype. */
import { type DType, integerRange, isFloat } from "../../dtype.ts";
import type { MapFunction, ReduceFunction } from "../../graph.ts";
import { constant, settled, type Use } from "./element.ts";

/** fn of variables of `dtype`; the result is one of `result`. */
export function mapped(
  use: Use,
  fn: MapFunction,
  dtype: DType,
  result: DType,
  [a, b, c]: readonly string[],
): string {
  if (fn === "where") return `select(${c}, ${b}, ${a})`;
  if (dtype === "bool") return ofBools(fn, a, b);
  if (fn === "equal" || fn === "less" || fn === "lessEqual") return compared(use, fn, dtype, a, b);
  if (isFloat(dtype)) return settled(use, result, ofFloats(use, fn, a, b));
  return settled(use, result, ofIntegers(use, fn, dtype, a, b));
}

function ofBools(fn: MapFunction, a: string, b: string): string {
  switch (fn) {
    case "not":
      return `(!${a})`;
    case "and":
    case "minimum":
      return `(${a} && ${b})`;
    case "or":
    case "maximum":
      return `(${a} || ${b})`;
    case "xor":
      return `(${a} != ${b})`;
    case "equal":
      return `(${a} == ${b})`;
    case "less":
      return `(!${a} && ${b})`;
    case "lessEqual":
      return `(!${a} || ${b})`;
    default:
      throw new Error(`bug: ${fn} of bools`);
  }
}

const symbols = { equal: "==", less: "<", lessEqual: "<=" } as const;
const floatComparisons = { equal: "equal_f", less: "less_f", lessEqual: "less_equal_f" } as const;

function compared(use: Use, fn: keyof typeof symbols, dtype: DType, a: string, b: string): string {
  return isFloat(dtype) ? `${use(floatComparisons[fn])}(${a}, ${b})` : `(${a} ${symbols[fn]} ${b})`;
}

const operators: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*" };
const floatFunctions: Readonly<Record<string, string>> = {
  neg: "neg_f",
  abs: "abs_f",
  sign: "sign_f",
  floor: "floor_f",
  ceil: "ceil_f",
  sqrt: "sqrt_f",
  exp: "exp_f",
  expm1: "expm1_f",
  log: "log_f",
  log1p: "log1p_f",
  sin: "sin_f",
  cos: "cos_f",
  tanh: "tanh_f",
  erf: "erf_f",
  div: "div_f",
  pow: "pow_f",
  mod: "mod_f",
  floorDivide: "floor_divide_f",
  maximum: "maximum_f",
  minimum: "minimum_f",
};

function ofFloats(use: Use, fn: MapFunction, a: string, b: string | undefined): string {
  if (fn in operators) return `(${a} ${operators[fn]} ${b})`;
  if (fn === "round" || fn === "trunc") return `${fn}(${a})`;
  const name = floatFunctions[fn];
  if (name === undefined) throw new Error(`bug: ${fn} of floats`);
  return `${use(name)}(${b === undefined ? a : `${a}, ${b}`})`;
}

function ofIntegers(use: Use, fn: MapFunction, dtype: DType, a: string, b: string): string {
  const unsigned = dtype === "u32" || dtype === "u8";
  const u32 = dtype === "u32";
  if (fn in operators) return `(${a} ${operators[fn]} ${b})`;
  switch (fn) {
    case "neg":
      return u32 ? `(0u - ${a})` : `(-${a})`;
    case "abs":
      return unsigned ? a : `abs(${a})`;
    case "sign":
      return u32 ? `min(${a}, 1u)` : `sign(${a})`;
    case "floor":
    case "ceil":
    case "round":
    case "trunc":
      return a;
    case "maximum":
      return `max(${a}, ${b})`;
    case "minimum":
      return `min(${a}, ${b})`;
    case "floorDivide":
      return `${use(u32 ? "divide_u" : "floor_divide_i")}(${a}, ${b})`;
    case "mod":
      return `${use(u32 ? "mod_u" : "mod_i")}(${a}, ${b})`;
    case "and":
      return `(${a} & ${b})`;
    case "or":
      return `(${a} | ${b})`;
    case "xor":
      return `(${a} ^ ${b})`;
    case "shiftLeft":
      return `(${a} << (${word(u32, b)} & 31u))`;
    case "shiftRight":
      return `(${a} >> (${word(u32, b)} & 31u))`;
    default:
      throw new Error(`bug: ${fn} of ${dtype}`);
  }
}

function word(isU32: boolean, x: string): string {
  return isU32 ? x : `bitcast<u32>(${x})`;
}

/** a with one more. */
export function reduced(use: Use, fn: ReduceFunction, dtype: DType, a: string, x: string): string {
  if (dtype === "bool") return fn === "max" || fn === "sum" ? `(${a} || ${x})` : `(${a} && ${x})`;
  if (fn === "sum") return `(${a} + ${x})`;
  if (fn === "prod") return `(${a} * ${x})`;
  if (isFloat(dtype)) return `${use(fn === "max" ? "maximum_f" : "minimum_f")}(${a}, ${x})`;
  return `${fn}(${a}, ${x})`;
}

/** What a reduction starts from. */
export function startOf(use: Use, fn: ReduceFunction, dtype: DType): string {
  return constant(use, dtype, startNumber(fn, dtype));
}

function startNumber(fn: ReduceFunction, dtype: DType): number {
  if (fn === "sum") return 0;
  if (fn === "prod") return 1;
  if (dtype === "bool") return fn === "max" ? 0 : 1;
  if (isFloat(dtype)) return fn === "max" ? -Infinity : Infinity;
  const [low, high] = integerRange(dtype);
  return fn === "max" ? low : high;
}
