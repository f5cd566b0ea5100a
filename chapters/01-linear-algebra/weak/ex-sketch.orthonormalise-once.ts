/**
 * One QR at the end is enough: after some products all columns point along the first singular vector, and what told them apart is rounded away.
 * Score: 2
 */
export function sketchLowRank(
  a: Matrix,
  omega: Matrix,
  k: number,
  steps = 0,
): { left: Matrix; right: Matrix } {
  if (!(k <= omega.cols && omega.cols <= a.rows))
    throw new RangeError(`sketchLowRank: want k ≤ p ≤ m, got ${k}, ${omega.cols}, ${a.rows}`);
  let mixed = matmul(a, omega);
  for (let step = 0; step < steps; step++) mixed = matmul(a, matmul(transpose(a), mixed));
  const { q } = qr(mixed);
  const { left, right } = lowRank(matmul(transpose(q), a), k);
  return { left: matmul(q, left), right };
}
