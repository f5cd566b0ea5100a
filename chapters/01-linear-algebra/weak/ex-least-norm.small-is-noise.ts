/**
 * Below 1e-8 a singular value is noise: small is only what is small beside the largest.
 * Score: 1
 */
export function leastNorm(a: Matrix, b: Matrix): Matrix {
  const { u, s, v } = svd(a);
  const y = matmul(transpose(u), b);
  const scaled = matrix(y.rows, y.cols, (i, j) => (s[i] > 1e-8 ? y.data[i * y.cols + j] / s[i] : 0));
  return matmul(v, scaled);
}
