/** Sizes of shapes. */

/** Elements of a shape. */
export function count(shape: readonly number[]): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

/** Sizes before an axis, along it and after it. */
export interface Parts {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

export function partsOf(shape: readonly number[], axis: number): Parts {
  return { outer: count(shape.slice(0, axis)), size: shape[axis], inner: count(shape.slice(axis + 1)) };
}
