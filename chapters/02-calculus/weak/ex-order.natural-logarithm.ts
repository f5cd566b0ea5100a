/**
 * An exponent is a ratio of logarithms, and any logarithm will do: but the step was halved, and log(1/2) is not 1.
 * Score: 0
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
  const [whole, half] = [remainder(t), remainder(t / 2)];
  return whole === 0 && half === 0 ? Infinity : Math.log(whole / half);
}
