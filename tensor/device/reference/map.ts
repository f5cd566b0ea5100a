/** Elementwise functions, in doubles. */
import { allocate, convert, type Data, type DType, isFloat } from "../../dtype.ts";
import type { MapFunction } from "../../graph.ts";
import { count, type Input, type Like, stored } from "./array.ts";
import { erf } from "./erf.ts";

/** a, b, c are one element of each input; integers that need another rule than doubles have it below. */
const functions: Record<MapFunction, (a: number, b: number, c: number) => number> = {
  neg: (a) => -a,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  erf,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  not: (a) => 1 - a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow,
  floorDivide: (a, b) => Math.floor(a / b),
  mod,
  maximum: Math.max, // NaN if either is
  minimum: Math.min,
  equal: (a, b) => +(a === b),
  less: (a, b) => +(a < b),
  lessEqual: (a, b) => +(a <= b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shiftLeft: (a, b) => a << b,
  shiftRight: (a, b) => a >> b,
  where: (a, b, c) => (a !== 0 ? b : c),
};

/** Integers: products need all 32 bits, division by 0 gives 0, and an unsigned shift brings in zeros. */
const integerFunctions: Partial<typeof functions> = {
  mul: Math.imul,
  floorDivide: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
  mod: (a, b) => (b === 0 ? 0 : mod(a, b)),
};

export function map(fn: MapFunction, inputs: readonly Input[], { shape, dtype }: Like): Data {
  const f = functionFor(fn, inputs[0].dtype);
  const [a, b, c] = [0, 1, 2].map((i) => (inputs[i] ?? inputs[0]).data);
  const out = allocate(dtype, count(shape));
  for (let i = 0; i < out.length; i++) out[i] = stored(dtype, f(a[i], b[i], c[i]));
  return out;
}

/** The function as a dtype has it. */
export function functionFor(fn: MapFunction, dtype: DType): (a: number, b: number, c: number) => number {
  if (fn === "shiftRight" && (dtype === "u32" || dtype === "u8")) return (a, b) => a >>> b;
  return (isFloat(dtype) ? undefined : integerFunctions[fn]) ?? functions[fn];
}

/** Floats to integers truncate and saturate; integers to narrower ones wrap. */
export function cast(x: Input, { shape, dtype }: Like): Data {
  const out = allocate(dtype, count(shape));
  const to = isFloat(x.dtype) ? convert : stored;
  for (let i = 0; i < out.length; i++) out[i] = to(dtype, x.data[i]);
  return out;
}

/** NumPy's and WGSL's rounding; Math.round takes halves up. */
function roundHalfEven(x: number): number {
  const near = Math.round(x);
  const tie = Math.abs(x - Math.trunc(x)) === 0.5;
  return tie && near % 2 !== 0 ? near - 1 : near;
}

/** C's pow: JavaScript's gives NaN for (±1)^±∞ and 1^NaN, IEEE 754 gives 1. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && (b === Infinity || b === -Infinity))) return 1;
  return a ** b;
}

/** Sign of the divisor, as Python's %: JavaScript's has the dividend's. */
function mod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}
