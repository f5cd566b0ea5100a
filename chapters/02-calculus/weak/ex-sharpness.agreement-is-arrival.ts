/**
 * When two estimates agree the iteration has arrived: with close eigenvalues each step changes almost nothing for a long time.
 * Score: 2
 */
export function sharpness(
  gradient: VectorFunction,
  x: ArrayLike<number>,
  { tolerance = 1e-4, maxSteps = 5000 } = {},
): number {
  const dotted = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a, (ai, i) => ai * b[i]).reduce((sum, term) => sum + term, 0);
  const iterate = (shift: number): number => {
    let v = Float64Array.from(x, (_, j) => Math.cos(j));
    let last = Infinity;
    for (let step = 0; step < maxSteps; step++) {
      const norm = Math.sqrt(dotted(v, v));
      v = v.map((vj) => vj / norm);
      const product = jvp(gradient, x, v).map((value, j) => value - shift * v[j]);
      const value = dotted(v, product);
      if (Math.abs(value - last) <= tolerance * Math.abs(value)) return value + shift;
      last = value;
      v = product;
    }
    throw new Error(`sharpness: want agreement after ${maxSteps} steps; try more steps`);
  };
  const first = iterate(0);
  return first < 0 ? iterate(first) : first;
}
