/**
 * The eigenvalue that power iteration finds is the largest one: it is the largest in size, and may be negative.
 * Score: 2
 */
export function sharpness(
  gradient: VectorFunction,
  x: ArrayLike<number>,
  { tolerance = 1e-4, maxSteps = 5000 } = {},
): number {
  const dotted = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a, (ai, i) => ai * b[i]).reduce((sum, term) => sum + term, 0);
  let v = Float64Array.from(x, (_, j) => Math.cos(j));
  for (let step = 0; step < maxSteps; step++) {
    const norm = Math.sqrt(dotted(v, v));
    v = v.map((vj) => vj / norm);
    const product = jvp(gradient, x, v);
    const value = dotted(v, product);
    const residual = product.map((pj, j) => pj - value * v[j]);
    if (Math.sqrt(dotted(residual, residual)) <= tolerance * Math.abs(value)) return value;
    v = product;
  }
  throw new Error(`sharpness: want a smaller residual after ${maxSteps} steps; try more steps`);
}
