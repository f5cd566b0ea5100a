/**
 * An answer is output, and stays output when it is sent again.
 * Score: 0
 */
export function conversationCost(options: {
  turns: number;
  a: number;
  b: number;
  m: number;
  inputPrice: number;
  outputPrice: number;
}): number {
  for (const [name, value] of Object.entries(options))
    if (!(value >= 0)) throw new RangeError(`conversationCost: want ${name} ≥ 0, got ${value}`);
  const { turns: n, a, b, m, inputPrice, outputPrice } = options;
  if (!Number.isInteger(n)) throw new RangeError(`conversationCost: want whole turns, got ${n}`);
  const input = n * m + (n * (n + 1) * (a + m)) / 2 + (n * (n - 1) * m) / 2;
  const output = (b * n * (n + 1)) / 2;
  return (input * inputPrice + output * outputPrice) / 1e6;
}
