/** Reductions and running sums: accumulated in doubles for floats, wrapped at every step for integers. */
import { allocate, type Data, type DType, isFloat } from "../../dtype.ts";
import type { ReduceFunction } from "../../graph.ts";
import { count, gatherStrided, type Input, type Like, stored, stridesOf } from "./array.ts";

const steps: Record<ReduceFunction, (a: number, x: number) => number> = {
  sum: (a, x) => a + x,
  prod: (a, x) => a * x,
  max: Math.max, // NaN if either is
  min: Math.min,
};

/** Of nothing. */
export const starts: Record<ReduceFunction, number> = { sum: 0, prod: 1, max: -Infinity, min: Infinity };

/** Joins one more; an integer product needs all 32 bits. */
export function stepFor(fn: ReduceFunction, dtype: DType): (a: number, x: number) => number {
  return fn === "prod" && !isFloat(dtype) ? Math.imul : steps[fn];
}

/** Of nothing; the largest of no bools is false. */
function startOf(fn: ReduceFunction, dtype: DType): number {
  return dtype === "bool" && fn === "max" ? 0 : starts[fn];
}

export function reduce(fn: ReduceFunction, x: Input, axes: readonly number[], { shape, dtype }: Like): Data {
  // The kept axes first, so that what is reduced lies together.
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const together = gatherStrided(
    x.data,
    0,
    order.map((axis) => strides[axis]),
    { shape: order.map((axis) => x.shape[axis]), dtype },
  );
  const group = count(axes.map((axis) => x.shape[axis]));
  const out = allocate(dtype, count(shape));
  const exact = isFloat(dtype);
  const step = stepFor(fn, dtype);
  for (let i = 0; i < out.length; i++) {
    let acc = startOf(fn, dtype);
    for (let j = 0; j < group; j++) {
      const next = step(acc, together[i * group + j]);
      acc = exact || !Number.isFinite(next) ? next : stored(dtype, next);
    }
    out[i] = stored(dtype, acc);
  }
  return out;
}

export function cumsum(x: Input, axis: number, { shape, dtype }: Like): Data {
  const out = allocate(dtype, count(shape));
  const inner = count(shape.slice(axis + 1));
  const n = shape[axis];
  for (let line = 0; line < out.length / Math.max(1, n); line++) {
    const start = Math.floor(line / inner) * n * inner + (line % inner);
    let acc = 0;
    for (let i = 0; i < n; i++) {
      acc += x.data[start + i * inner];
      out[start + i * inner] = stored(dtype, acc);
    }
  }
  return out;
}
