/**
 * Random mixtures are as good as powers of a: for slowly falling singular values they miss by half.
 * Score: 2
 */
export function sketchLowRank(a: Matrix, omega: Matrix, k: number): { left: Matrix; right: Matrix } {
  if (!(k <= omega.cols && omega.cols <= a.rows))
    throw new RangeError(`sketchLowRank: want k ≤ p ≤ m, got ${k}, ${omega.cols}, ${a.rows}`);
  const { q } = qr(matmul(a, omega));
  const { left, right } = lowRank(matmul(transpose(q), a), k);
  return { left: matmul(q, left), right };
}
