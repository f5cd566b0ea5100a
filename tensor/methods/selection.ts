/**
 * Methods of a tensor that move or select elements: shapes, slices, indices, triangles.
 */
import type { DimOf, DimsOf, Shape } from "../shape/dim.ts";
import type {
  AxisArgument,
  DropAt,
  Insert,
  OnAxis,
  Permute,
  ReplaceAxis,
  Squeeze,
  Transpose,
} from "../shape/axes.ts";
import type { BroadcastTo } from "../shape/broadcast.ts";
import type { Check } from "../shape/error.ts";
import type { Reshape, Target } from "../shape/reshape.ts";
import type { Range, Sliced } from "../shape/slice.ts";
import type { DType, IntDType } from "../dtype.ts";
import { unwrap, wrap } from "../handle.ts";
import { checkNumber } from "../ops/elementwise.ts";
import * as indexing from "../ops/indexing.ts";
import * as order from "../ops/sort.ts";
import * as view from "../ops/view.ts";
import type { Tensor } from "../tensor.ts";
import { Reduction } from "./reduction.ts";

/** Options of sort and argsort. */
export interface Order {
  /** Largest first. */
  readonly descending?: boolean;
}

/** What topk finds. */
export interface Best<S extends Shape, D extends DType> {
  readonly values: Tensor<S, D>;
  /** Along the axis. */
  readonly indices: Tensor<S, "i32">;
}

export abstract class Selection extends Reduction {
  /** The same elements in another shape; one size may be −1. */
  reshape<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    shape: A & Check<Reshape<S, A>>,
  ): Tensor<Target<A>, D> {
    return wrap(view.reshape(unwrap(this, "reshape"), shape));
  }
  /** The elements in a row. */
  flatten<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<[number], D> {
    return wrap(view.flatten(unwrap(this, "flatten")));
  }
  /** Two axes exchanged; the last two if left out. */
  transpose<S extends Shape, D extends DType, const I extends number = -2, const J extends number = -1>(
    this: Tensor<S, D>,
    axis1?: I & Check<Transpose<S, I, J>>,
    axis2?: J,
  ): Tensor<Transpose<S, I, J>, D> {
    return wrap(view.transpose(unwrap(this, "transpose"), axis1, axis2));
  }
  /** Axes in another order: axis i of the result is axis axes[i] of x. */
  permute<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    axes: A & Check<Permute<S, A>>,
  ): Tensor<Permute<S, A>, D> {
    return wrap(view.permute(unwrap(this, "permute"), axes));
  }
  /** x repeated along axes of size 1 and new leading axes. */
  broadcastTo<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    shape: A & Check<BroadcastTo<S, DimsOf<A>>>,
  ): Tensor<BroadcastTo<S, DimsOf<A>>, D> {
    return wrap(view.broadcastTo(unwrap(this, "broadcastTo"), shape));
  }
  /** Without an axis of size 1, or without all of them. */
  squeeze<S extends Shape, D extends DType, const A extends number | undefined = undefined>(
    this: Tensor<S, D>,
    axis?: A & Check<Squeeze<S, A>>,
  ): Tensor<Squeeze<S, A>, D> {
    return wrap(view.squeeze(unwrap(this, "squeeze"), axis));
  }
  /** With a new axis of size 1 at that position. */
  unsqueeze<S extends Shape, D extends DType, const A extends number>(
    this: Tensor<S, D>,
    axis: A & Check<Insert<S, A, 1, "unsqueeze">>,
  ): Tensor<Insert<S, A, 1, "unsqueeze">, D> {
    return wrap(view.unsqueeze(unwrap(this, "unsqueeze"), axis));
  }
  /** Backwards along the axes (all if left out). */
  flip<S extends Shape, D extends DType>(this: Tensor<S, D>, axis?: AxisArgument): Tensor<S, D> {
    return wrap(view.flip(unwrap(this, "flip"), axis));
  }
  /** x[1:3, :, -1] is x.slice([1, 3], ":", -1): a number drops the axis, null is an open end, a third entry is the step. */
  slice<S extends Shape, D extends DType, const R extends readonly Range[]>(
    this: Tensor<S, D>,
    ...ranges: R & Check<Sliced<S, R>>
  ): Tensor<Sliced<S, R>, D> {
    return wrap(view.slice(unwrap(this, "slice"), ranges));
  }
  /** With `value` around it: widths are [before, after] for each axis. */
  pad<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    widths: readonly (readonly [before: number, after: number])[],
    value = 0,
  ): Tensor<{ -readonly [K in keyof S]: number }, D> {
    const x = unwrap(this, "pad");
    return wrap(view.pad(x, widths, checkNumber("pad", value, x.dtype)));
  }
  /** x with `value` (repeated as it needs) at slice(...ranges): x[1:3] = value, as a new tensor. */
  setSlice<S extends Shape, D extends DType, B extends Shape, const R extends readonly Range[]>(
    this: Tensor<S, D>,
    value: number | Tensor<B, DType>,
    ...ranges: R & Check<Sliced<S, R, "setSlice">>
  ): Tensor<S, D> {
    const part = typeof value === "number" ? value : unwrap(value, "setSlice");
    return wrap(indexing.setSlice(unwrap(this, "setSlice"), part, ranges));
  }
  /** In order along an axis (the last if left out), smallest first unless `descending`; NaN last. */
  sort<S extends Shape, D extends DType, const A extends number = -1>(
    this: Tensor<S, D>,
    axis?: A & Check<OnAxis<S, A, "sort">>,
    options: Order = {},
  ): Tensor<S, D> {
    return wrap(order.sort(unwrap(this, "sort"), axis ?? -1, options.descending ?? false));
  }
  /** The positions that sort along an axis; equal elements stay in their order. */
  argsort<S extends Shape, D extends DType, const A extends number = -1>(
    this: Tensor<S, D>,
    axis?: A & Check<OnAxis<S, A, "argsort">>,
    options: Order = {},
  ): Tensor<S, "i32"> {
    return wrap(order.argsort("argsort", unwrap(this, "argsort"), axis ?? -1, options.descending ?? false));
  }
  /** The k largest along an axis, largest first, and their positions. NaN counts as least. */
  topk<S extends Shape, D extends DType, const K extends number, const A extends number = -1>(
    this: Tensor<S, D>,
    k: K,
    axis?: A & Check<ReplaceAxis<S, A, [DimOf<K>], "topk">>,
  ): Best<ReplaceAxis<S, A, [DimOf<K>], "topk">, D> {
    const [values, indices] = order.topk(unwrap(this, "topk"), k, axis ?? -1);
    return { values: wrap(values), indices: wrap(indices) };
  }
  /** Cut along an axis: into so many equal parts, or parts of these sizes. */
  split<S extends Shape, D extends DType, const A extends number = 0>(
    this: Tensor<S, D>,
    parts: number | readonly number[],
    axis?: A & Check<ReplaceAxis<S, A, [number], "split">>,
  ): Tensor<ReplaceAxis<S, A, [number], "split">, D>[] {
    return view.split(unwrap(this, "split"), parts, axis ?? 0).map((value) => wrap(value));
  }
  /** Elements on and below the k-th diagonal of the last two axes; 0 above. */
  tril<S extends Shape, D extends DType>(this: Tensor<S, D>, k = 0): Tensor<S, D> {
    return wrap(indexing.triangle("tril", unwrap(this, "tril"), k));
  }
  /** Elements on and above the k-th diagonal of the last two axes; 0 below. */
  triu<S extends Shape, D extends DType>(this: Tensor<S, D>, k = 0): Tensor<S, D> {
    return wrap(indexing.triangle("triu", unwrap(this, "triu"), k));
  }
  /** The diagonal of the last two axes: [..., N, N] → [..., N]. */
  diagonal<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<DropAt<S, LastPosition<S>>, D> {
    return wrap(indexing.diagonal(unwrap(this, "diagonal")));
  }
  /** The slices along an axis that `index` names: x.shape with that axis replaced by index.shape. */
  take<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    axis?: A & Check<ReplaceAxis<S, A, I, "take">>,
  ): Tensor<ReplaceAxis<S, A, I, "take">, D> {
    return wrap(indexing.take(unwrap(this, "take"), unwrap(index), axis ?? 0));
  }
  /** One element for each of `index`, whose sizes off `axis` are those of x: y[i, j] = x[index[i, j], j] for axis 0. */
  gather<S extends Shape, D extends DType, I extends Shape>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    axis: number,
  ): Tensor<I, D> {
    return wrap(indexing.gather(unwrap(this, "gather"), unwrap(index), axis));
  }
  /** x with `updates` added to the slices that take(index, axis) reads; repeated indices add up. */
  scatterAdd<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    updates: Tensor<ReplaceAxis<S, A, I, "scatterAdd">, DType>,
    axis?: A,
  ): Tensor<S, D> {
    return wrap(indexing.scatterAdd(unwrap(this, "scatterAdd"), unwrap(index), unwrap(updates), axis ?? 0));
  }
}

type LastPosition<S extends Shape> = S extends readonly [unknown, ...infer R extends Shape]
  ? `${R["length"]}`
  : never;
