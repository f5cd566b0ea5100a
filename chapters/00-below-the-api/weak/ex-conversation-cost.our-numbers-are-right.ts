/**
 * The numbers come from our own program and need no check.
 * Score: 1
 */
export function conversationCost(options: {
  turns: number;
  a: number;
  b: number;
  m: number;
  inputPrice: number;
  outputPrice: number;
}): number {
  const { turns: n, a, b, m, inputPrice, outputPrice } = options;
  const sent = n * m + (n * (n + 1) * (a + m)) / 2 + (n * (n - 1) * (b + m)) / 2;
  return (sent * inputPrice + n * b * outputPrice) / 1e6;
}
