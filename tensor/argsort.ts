/**
 * The order that sorts each line of an array: elements in, positions out. Pure, so that every device can use it:
 * sorting is not where a program's time goes, and one order everywhere is worth more.
 */
import type { Data } from "./dtype.ts";

/** Positions along `axis` that put each line in order: stable, −0 equal to 0, NaN last in either direction. Row-major, i32. */
export function argsort(
  x: Data,
  shape: readonly number[],
  axis: number,
  descending: boolean,
): Int32Array<ArrayBuffer> {
  const n = shape[axis];
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Int32Array(x.length);
  for (let line = 0; line < x.length / Math.max(1, n); line++) {
    const start = Math.floor(line / inner) * n * inner + (line % inner);
    const order = lineOrder((i) => x[start + i * inner], n, descending);
    for (let i = 0; i < n; i++) out[start + i * inner] = order[i];
  }
  return out;
}

// Array.prototype.sort is stable; a NaN compares as after everything, whichever way the rest runs.
function lineOrder(at: (i: number) => number, n: number, descending: boolean): readonly number[] {
  const keys = Array.from({ length: n }, (_, i) => at(i));
  const sign = descending ? -1 : 1;
  return keys
    .map((_, i) => i)
    .toSorted((i, j) => {
      const [a, b] = [keys[i], keys[j]];
      if (a !== a || b !== b) return Number(a !== a) - Number(b !== b);
      return sign * (a < b ? -1 : Number(a > b));
    });
}
