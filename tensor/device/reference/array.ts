/** Arrays as the reference device sees them: row-major data and the sizes to walk it by. */
import { allocate, convert, type Data, type DType } from "../../dtype.ts";

export interface Like {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

export interface Input extends Like {
  readonly data: Data;
}

/** Elements between neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => count(shape.slice(axis + 1)));
}

export function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Copies x[start + Σ index·stride] for every index of `shape`, in row-major order. */
export function gatherStrided(
  x: Data,
  start: number,
  strides: readonly number[],
  { shape, dtype }: Like,
): Data {
  const out = allocate(dtype, count(shape));
  const index = shape.map(() => 0);
  let at = start;
  for (let i = 0; i < out.length; i++) {
    out[i] = x[at];
    // The next index, as an odometer turns.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** x as the dtype stores it: floats rounded, integers wrapped at their width. */
export function stored(dtype: DType, x: number): number {
  switch (dtype) {
    case "f32":
    case "f16":
    case "bf16":
    case "bool":
      return convert(dtype, x);
    case "i32":
      return x | 0;
    case "u32":
      return x >>> 0;
    case "i8":
      return (x << 24) >> 24;
    case "u8":
      return x & 255;
  }
}
