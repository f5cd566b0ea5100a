/**
 * Random tensors: functions of a seed, the same on every device. Element i is word i mod 2 of Threefry-2×32-20
 * of the counter (⌊i/2⌋, 0) under the key (low word, high word) of the seed. Splittable keys are chapter 03's.
 */
import type { DimOf, DimsOf, Shape } from "./shape/dim.ts";
import { show } from "./shape/error.ts";
import { checkSizes } from "./shape/reshape.ts";
import { cast, constant, type Distribution, valueOf, type Value } from "./graph.ts";
import { binary, full, unary } from "./ops/elementwise.ts";
import { argsort } from "./ops/sort.ts";
import { concat, reshape } from "./ops/view.ts";
import { unwrap, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

/** A whole number 0 … 2⁵³ − 1, or a u32 tensor of shape [] or [2] (low word, high word): inside jit a number is a constant. */
export type Seed = number | Tensor<Shape, "u32">;

/** Every random tensor has its seed: there is no hidden state. */
export interface Seeded {
  readonly seed: Seed;
}

/** Bounds of uniform: [low, high). */
export interface UniformOptions extends Seeded {
  readonly low?: number;
  readonly high?: number;
}

/** Mean and standard deviation of normal. */
export interface NormalOptions extends Seeded {
  readonly mean?: number;
  readonly std?: number;
}

/** Evenly in [low, high), default [0, 1): multiples of 2⁻²⁴ of the range. */
function uniform<const A extends readonly number[]>(shape: A, options: UniformOptions): Tensor<DimsOf<A>> {
  const { seed, low = 0, high = 1 } = options;
  return wrap(shifted(draw("uniform", shape, seed), low, high - low));
}

/** Gaussian with the given mean and standard deviation, default 0 and 1. Source: Box and Muller (1958). */
function normal<const A extends readonly number[]>(shape: A, options: NormalOptions): Tensor<DimsOf<A>> {
  const { seed, mean = 0, std = 1 } = options;
  return wrap(shifted(draw("normal", shape, seed), mean, std));
}

/** Whole numbers in [low, high), i32, evenly up to 2⁻²⁴ of the range. Throws RangeError if the range is empty or above 2²⁴. */
function randint<const A extends readonly number[]>(
  low: number,
  high: number,
  shape: A,
  { seed }: Seeded,
): Tensor<DimsOf<A>, "i32"> {
  const range = high - low;
  if (!Number.isInteger(low) || !Number.isInteger(high) || range < 1 || range > 2 ** 24)
    throw new RangeError(`random.randint: want whole numbers low < high ≤ low + 2²⁴, got ${low} and ${high}`);
  const scaled = unary("floor", binary("mul", draw("uniform", shape, seed), range));
  const steps = binary("minimum", scaled, range - 1); // f32 may round (1 − 2⁻²⁴)·range up to range
  return wrap(binary("add", cast(steps, "i32"), low));
}

/** 32 random bits each, u32. */
function bits<const A extends readonly number[]>(shape: A, { seed }: Seeded): Tensor<DimsOf<A>, "u32"> {
  return wrap(draw("bits", shape, seed));
}

/** 0 … n − 1 in a random order, i32: the order of n random words (two alike, 1 in 2³² a pair, keep theirs). */
function permutation<const N extends number>(n: N, { seed }: Seeded): Tensor<[DimOf<N>], "i32"> {
  checkSizes("random.permutation", [n]);
  return wrap(argsort("random.permutation", draw("bits", [n], seed, "random.permutation"), 0, false));
}

/** Random tensors, each a function of its seed. */
export const random = { uniform, normal, randint, bits, permutation } as const;

function draw(
  distribution: Distribution,
  shape: readonly number[],
  seed: Seed,
  who = `random.${distribution}`,
): Value {
  checkSizes(who, shape);
  const dtype = distribution === "bits" ? "u32" : "f32";
  return valueOf({ op: "random", distribution, inputs: [keyOf(seed, who)] }, [...shape], dtype);
}

function keyOf(seed: Seed, who: string): Value {
  if (typeof seed === "number") {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`${who}: want a seed that is a whole number in 0 … 2⁵³ − 1, got ${seed}`);
    return constant(Uint32Array.of(seed % 2 ** 32, Math.floor(seed / 2 ** 32)), [2], "u32");
  }
  if (typeof seed !== "object")
    throw new TypeError(`${who}: want a seed, got ${typeof seed}; try { seed: 1 }`);
  const key = unwrap(seed);
  if (key.dtype !== "u32" || !(key.shape.length === 0 || (key.shape.length === 1 && key.shape[0] === 2)))
    throw new TypeError(
      `${who}: want a seed that is a number or u32 of shape [] or [2], got ${key.dtype}${show(key.shape)}`,
    );
  return key.shape.length === 1 ? key : concat([reshape(key, [1]), full(who, 0, [1], "u32")], 0);
}

function shifted(x: Value, by: number, scale: number): Value {
  const scaled = scale === 1 ? x : binary("mul", x, scale);
  return by === 0 ? scaled : binary("add", scaled, by);
}
