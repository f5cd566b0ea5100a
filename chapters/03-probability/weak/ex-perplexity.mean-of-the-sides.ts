/**
 * The number of sides is the mean of 1/p: the mean must be taken of the surprises, before the exponential.
 * Score: 0
 */
export function perplexity(logProbabilities: ArrayLike<number>): number {
  const logs = Array.from(logProbabilities);
  const at = logs.findIndex((log) => !(log <= 0));
  if (logs.length === 0 || at >= 0)
    throw new RangeError(`perplexity: want logarithms of probabilities, got ${logs[at] ?? "none"}`);
  return logs.reduce((sum, log) => sum + Math.exp(-log), 0) / logs.length;
}
