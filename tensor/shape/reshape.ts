/**
 * Reshaping: same elements, other sizes. Types compare names (a name may not appear or vanish); products of numbers are left to run time.
 */
import type { Dim, DimsOf, Shape } from "./dim.ts";
import { type NoShape, show, type Show } from "./error.ts";

/** The shape asked for by sizes N, when S can become it. −1 is a size to be found. */
export type Reshape<S extends Shape, N extends Shape> = number extends S["length"] | N["length"]
  ? Target<N>
  : number extends S[number] | Target<N>[number]
    ? Target<N>
    : Cancel<S, Target<N>> extends readonly [infer P extends Shape, infer Q extends Shape]
      ? Named<P> | Named<Q> extends Named<P> & Named<Q>
        ? Target<N>
        : NoShape<`reshape: sizes differ: ${Show<S>} -> ${Show<Target<N>>} (left over ${Show<P>} vs ${Show<Q>})`>
      : never;

/** The shape that a list of sizes asks for. */
export type Target<N extends Shape> =
  DimsOf<N> extends infer T extends Shape ? { [K in keyof T]: Wanted<T[K]> } : never;
type Wanted<D> = D extends -1 ? number : Extract<D, Dim>;

type Named<S extends Shape> = Extract<S[number], string>;

/** [A, B] without the sizes that both have. */
type Cancel<A extends Shape, B extends Shape, Left extends Shape = []> = A extends readonly [
  infer H extends Dim,
  ...infer R extends Shape,
]
  ? Without<B, H> extends infer X extends Shape
    ? [X] extends [never]
      ? Cancel<R, B, [...Left, H]>
      : Cancel<R, X, Left>
    : never
  : [Left, B];

/** S without its first D; never where it has none. */
type Without<S extends Shape, D, Done extends Shape = []> = S extends readonly [
  infer H extends Dim,
  ...infer R extends Shape,
]
  ? [H] extends [D]
    ? [...Done, ...R]
    : Without<R, D, [...Done, H]>
  : never;

/** The sizes a shape argument asks for, −1 replaced. Throws RangeError where the elements do not fit. */
export function reshapeSizes(from: readonly number[], to: readonly number[]): number[] {
  const have = product(from);
  const free = to.filter((n) => n === -1).length;
  if (free > 1) throw new RangeError(`reshape: want at most one -1, got ${show(to)}`);
  const known = product(to.filter((n) => n !== -1));
  const missing = known === 0 ? Number.NaN : have / known;
  if (free === 1 && !Number.isInteger(missing))
    throw new RangeError(
      `reshape: want sizes that divide ${have} elements, got ${show(from)} -> ${show(to)}`,
    );
  const sizes = to.map((n) => (n === -1 ? missing : n));
  checkSizes("reshape", sizes);
  if (product(sizes) !== have)
    throw new RangeError(
      `reshape: sizes differ: ${show(from)} -> ${show(to)} (${have} vs ${known} elements)`,
    );
  return sizes;
}

/** How many elements a shape has. */
export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Throws RangeError unless all are whole numbers ≥ 0. */
export function checkSizes(who: string, shape: readonly number[]): void {
  const bad = shape.find((n) => !Number.isSafeInteger(n) || n < 0);
  if (bad !== undefined) throw new RangeError(`${who}: want whole sizes ≥ 0, got ${show(shape)}`);
}
