/** Views, as copies: each result element is read from where its definition says. */
import { allocate, type Data } from "../../dtype.ts";
import { count, gatherStrided, type Input, type Like, stridesOf } from "./array.ts";

export function permute(x: Input, axes: readonly number[], result: Like): Data {
  const strides = stridesOf(x.shape);
  return gatherStrided(
    x.data,
    0,
    axes.map((axis) => strides[axis]),
    result,
  );
}

/** An axis repeated is an axis on which one does not move. */
export function expand(x: Input, result: Like): Data {
  const strides = stridesOf(x.shape).map((stride, axis) => (x.shape[axis] === 1 ? 0 : stride));
  return gatherStrided(x.data, 0, strides, result);
}

export function slice(x: Input, start: readonly number[], step: readonly number[], result: Like): Data {
  const strides = stridesOf(x.shape);
  const first = start.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  return gatherStrided(
    x.data,
    first,
    strides.map((stride, axis) => stride * step[axis]),
    result,
  );
}

/** Every place the slice would read, written. */
export function setSlice(inputs: readonly Input[], start: readonly number[], step: readonly number[]): Data {
  const [x, value] = inputs;
  const out = x.data.slice();
  const [from, to] = [stridesOf(value.shape), stridesOf(x.shape)];
  for (let i = 0; i < value.data.length; i++) {
    let where = 0;
    for (let axis = 0; axis < x.shape.length; axis++)
      where += (start[axis] + step[axis] * (Math.floor(i / from[axis]) % value.shape[axis])) * to[axis];
    out[where] = value.data[i];
  }
  return out;
}

export function pad(x: Input, before: readonly number[], value: number, result: Like): Data {
  const out = allocate(result.dtype, count(result.shape)).fill(value);
  place(x, before, out, result.shape);
  return out;
}

export function concat(inputs: readonly Input[], axis: number, result: Like): Data {
  const out = allocate(result.dtype, count(result.shape));
  let at = 0;
  for (const x of inputs) {
    place(
      x,
      x.shape.map((_, i) => (i === axis ? at : 0)),
      out,
      result.shape,
    );
    at += x.shape[axis];
  }
  return out;
}

/** Writes x into a larger array, its first element at index `at`. */
function place(x: Input, at: readonly number[], out: Data, shape: readonly number[]): void {
  const from = stridesOf(x.shape);
  const to = stridesOf(shape);
  for (let i = 0; i < x.data.length; i++) {
    let where = 0;
    for (let axis = 0; axis < shape.length; axis++)
      where += (at[axis] + (Math.floor(i / from[axis]) % x.shape[axis])) * to[axis];
    out[where] = x.data[i];
  }
}
