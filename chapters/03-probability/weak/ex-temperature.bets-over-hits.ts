/**
 * Divide the mean bet by the share that is right: that would be right if a probability were proportional to 1/T.
 * Score: 0
 */
export function fitTemperature(logits: readonly ArrayLike<number>[], labels: ArrayLike<number>): number {
  const bets = logits.map((z) => Math.exp(Math.max(...Array.from(z)) - logSumExp(z)));
  const hits = logits.filter((z, i) => z[labels[i]] === Math.max(...Array.from(z))).length;
  return bets.reduce((sum, bet) => sum + bet, 0) / hits;
}
