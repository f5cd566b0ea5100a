/** Sizes of shapes. */

/** Elements of a shape. */
export function count(shape: readonly number[]): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}
