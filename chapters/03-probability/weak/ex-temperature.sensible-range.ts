/**
 * A temperature lies between 0.05 and 20: scores have no unit, so neither has a sensible range.
 * Score: 1
 */
export function fitTemperature(logits: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  const slope = (beta: number): number =>
    logits.reduce((sum, z, i) => {
      const scaled = Array.from(z, (zs) => zs * beta);
      const total = logSumExp(scaled);
      return sum + scaled.reduce((mean, v, s) => mean + Math.exp(v - total) * z[s], 0) - z[labels[i]];
    }, 0);
  let [low, high] = [1 / 20, 20];
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}
