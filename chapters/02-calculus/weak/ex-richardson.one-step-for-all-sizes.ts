/**
 * A small number is a small number: one step for x near 1 and x near a million.
 * Score: 1
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
  const h = epsilon ** (1 / 5);
  return point.map((_, j) => (4 * slope(j, h) - slope(j, 2 * h)) / 3);
}
