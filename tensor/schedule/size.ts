/** Sizes of shapes. */

/** Elements of a shape. */
export function count(shape: readonly number[]): number {
  let n = 1;
  for (const size of shape) n *= size;
  return n;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
