/**
 * Doubling the step doubles the error: true of forward differences, whose error is h, not of central ones, whose error is h².
 * Score: 0
 */
export function richardsonGradient(
  f: ScalarFunction,
  x: ArrayLike<number>,
  { epsilon = 2 ** -52 } = {},
): Float64Array {
  const point = Float64Array.from(x);
  const slope = (j: number, h: number): number => {
    const [right, left] = [h, -h].map((t) => point.map((xi, i) => (i === j ? xi + t : xi)));
    return (f(right) - f(left)) / (right[j] - left[j]);
  };
  return point.map((xj, j) => {
    const h = epsilon ** (1 / 5) * Math.max(1, Math.abs(xj));
    return 2 * slope(j, h) - slope(j, 2 * h);
  });
}
