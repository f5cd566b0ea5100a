/** c[i, j] = Σₖ a[i, k]·b[k, j], in doubles for floats. Integers wrap. */
import { allocate, type Data, isFloat } from "../../dtype.ts";
import { count, type Input, type Like, stored } from "./array.ts";

export function matmul(inputs: readonly Input[], result: Like): Data {
  const [a, b] = inputs;
  const [m, k] = a.shape.slice(-2);
  const n = b.shape.at(-1)!;
  const out = allocate(result.dtype, count(result.shape));
  const product = isFloat(result.dtype) ? rowInDoubles : rowInIntegers;
  for (let row = 0; row < count(a.shape.slice(0, -1)); row++) {
    const start = Math.floor(row / m) * k * n; // of this batch's b
    const sums = product(a.data, row * k, b.data, start, k, n);
    for (let j = 0; j < n; j++) out[row * n + j] = stored(result.dtype, sums[j]);
  }
  return out;
}

// k outside, j inside: b is read in the order it lies in.
function rowInDoubles(a: Data, at: number, b: Data, start: number, k: number, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let i = 0; i < k; i++) {
    const x = a[at + i];
    const first = start + i * n;
    for (let j = 0; j < n; j++) sums[j] += x * b[first + j];
  }
  return sums;
}

function rowInIntegers(a: Data, at: number, b: Data, start: number, k: number, n: number): Int32Array {
  const sums = new Int32Array(n);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < n; j++) sums[j] += Math.imul(a[at + i], b[start + i * n + j]);
  return sums;
}
