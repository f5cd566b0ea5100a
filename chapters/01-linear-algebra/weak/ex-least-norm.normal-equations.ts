/**
 * The normal equations solve every least-squares problem: not where their matrix is singular, which is the case asked for.
 * Score: 0
 */
export function leastNorm(a: Matrix, b: Matrix): Matrix {
  const t = transpose(a);
  return solve(matmul(t, a), matmul(t, b));
}
