/**
 * The small matrix has the factors: they are in the coordinates of q, p of them, and a has m.
 * Score: 0
 */
export function sketchLowRank(
  a: Matrix,
  omega: Matrix,
  k: number,
  steps = 0,
): { left: Matrix; right: Matrix } {
  if (!(k <= omega.cols && omega.cols <= a.rows))
    throw new RangeError(`sketchLowRank: want k ≤ p ≤ m, got ${k}, ${omega.cols}, ${a.rows}`);
  let { q } = qr(matmul(a, omega));
  for (let step = 0; step < steps; step++) ({ q } = qr(matmul(a, qr(matmul(transpose(a), q)).q)));
  return lowRank(matmul(transpose(q), a), k);
}
