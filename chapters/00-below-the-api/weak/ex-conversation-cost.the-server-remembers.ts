/**
 * The server remembers the conversation, so each turn sends its own message only.
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
  const { turns, a, b, m, inputPrice, outputPrice } = options;
  if (!Number.isInteger(turns)) throw new RangeError(`conversationCost: want whole turns, got ${turns}`);
  return (turns * (a + 2 * m) * inputPrice + turns * b * outputPrice) / 1e6;
}
