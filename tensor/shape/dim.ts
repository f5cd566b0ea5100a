/**
 * Sizes in types. A tensor's type carries one Dim per axis; its `shape` carries the numbers.
 * Everything here but `dim` is types only and costs nothing at run time.
 */

/** One size in a type: a literal (128), a name ("B"), or `number` where it is not known before run time. */
export type Dim = number | string;

/** One Dim per axis. As a type argument, `Shape` itself means "rank unknown". */
export type Shape = readonly Dim[];

declare const dimension: unique symbol;

/** What a Dim accepts: a name stands for some number, so it accepts any. */
type Accepts<D> = D extends string ? D | number : D;

/**
 * Marks a number as the size of D. A *method*, because TypeScript compares the parameters of methods in both directions:
 * that is what lets `number` pass where 128 is wanted, and 128 where "B" is, but neither 100 for 128 nor "T" for "B".
 */
interface OfDim<D> {
  [dimension](d: Accepts<D>): void;
}

/** A number that is the size of D: what `x.shape[0]` and `dim("B", 16)` are. */
export type Size<D extends Dim = Dim> = number & OfDim<D>;

/** The numbers of a shape. */
export type Sizes<S extends Shape> = { readonly [K in keyof S]: Size<S[K]> };

/** The Dim a number stands for: its mark's where it has one, else its literal type. */
export type DimOf<N> = N extends Size<infer D> ? D : N extends Dim ? N : never;

/** The shape a list of sizes stands for: [Size<"B">, 128] → ["B", 128]. */
export type DimsOf<A extends Shape> = { -readonly [K in keyof A]: DimOf<A[K]> };

/**
 * A size with a name: the number `size`, whose type is Size<name>. `zeros([dim("B", 16), 4])` is a Tensor<["B", 4]>.
 * Throws RangeError unless size is a whole number ≥ 0.
 */
export function dim<const N extends string>(name: N, size: number): Size<N> {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new RangeError(`dim: want a whole number ≥ 0 as the size of "${name}", got ${size}`);
  return size as Size<N>;
}
