/**
 * The remainder is how much f changes: the prediction is forgotten, so every function looks first order.
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
  const change = (s: number): number => Math.abs(f(at(s)) - f(point));
  const [whole, half] = [change(t), change(t / 2)];
  return whole === 0 && half === 0 ? Infinity : Math.log2(whole / half);
}
