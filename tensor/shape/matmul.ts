/**
 * Shape of a matrix product, NumPy's rules: leading axes broadcast, a vector on either side is a row or column that goes away.
 */
import type { Dim, Shape } from "./dim.ts";
import { broadcast, type Broadcast } from "./broadcast.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** Shape of A @ B. The four cases: matrix·matrix, matrix·vector, vector·matrix, vector·vector. */
export type MatMul<A extends Shape, B extends Shape> = number extends A["length"] | B["length"]
  ? Shape
  : A extends readonly [...infer P extends Shape, infer M extends Dim, infer K extends Dim]
    ? B extends readonly [...infer Q extends Shape, infer K2 extends Dim, infer N extends Dim]
      ? Product<A, B, K, K2, Append<Broadcast<P, Q, "matmul">, [M, N]>>
      : B extends readonly [infer K2 extends Dim]
        ? Product<A, B, K, K2, [...P, M]>
        : Scalar<A, B>
    : A extends readonly [infer K extends Dim]
      ? B extends readonly [...infer Q extends Shape, infer K2 extends Dim, infer N extends Dim]
        ? Product<A, B, K, K2, [...Q, N]>
        : B extends readonly [infer K2 extends Dim]
          ? Product<A, B, K, K2, []>
          : Scalar<A, B>
      : Scalar<A, B>;

type Product<A extends Shape, B extends Shape, K extends Dim, K2 extends Dim, Result extends Shape> =
  Same<K, K2> extends true
    ? Result
    : NoShape<`matmul: inner dims differ: ${Show<A>} @ ${Show<B>} (${K} vs ${K2})`>;

type Scalar<
  A extends Shape,
  B extends Shape,
> = NoShape<`matmul: want vectors or matrices, got ${Show<A>} @ ${Show<B>}; try mul`>;

/** P followed by S, or P's error. */
type Append<P extends Shape, S extends Shape> =
  P extends NoShape<string> ? P : P extends readonly [...infer Q extends Shape] ? [...Q, ...S] : never;

/** What a product needs to know of its operands once vectors have become matrices. */
export interface Matrices {
  readonly batch: readonly number[];
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Sizes of the product a @ b. Throws RangeError where there is none. */
export function matmulSizes(a: readonly number[], b: readonly number[]): Matrices {
  if (a.length === 0 || b.length === 0)
    throw new RangeError(`matmul: want vectors or matrices, got ${show(a)} @ ${show(b)}; try mul`);
  const [m, k] = a.length === 1 ? [1, a[0]] : [a.at(-2)!, a.at(-1)!];
  const [k2, n] = b.length === 1 ? [b[0], 1] : [b.at(-2)!, b.at(-1)!];
  if (k !== k2)
    throw new RangeError(`matmul: inner dims differ: ${show(a)} @ ${show(b)} (${k} vs ${k2})${hint(a, b)}`);
  return { batch: broadcast("matmul", a.slice(0, -2), b.slice(0, -2)), m, k, n };
}

function hint(a: readonly number[], b: readonly number[]): string {
  if (b.length > 1 && a.at(-1) === b.at(-1)) return "; try transpose() on the second";
  return a.length > 1 && a.at(-2) === b.at(b.length === 1 ? -1 : -2) ? "; try transpose() on the first" : "";
}
