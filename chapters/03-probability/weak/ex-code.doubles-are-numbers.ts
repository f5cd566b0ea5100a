/**
 * A stretch of [0, 1) is two doubles: after some fifty bits it is empty.
 * Score: 2
 */
export function arithmeticEncode(symbols: ArrayLike<number>, counts: ArrayLike<number>): string {
  const sizes = Array.from(counts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let [low, width] = [0, 1];
  for (const s of Array.from(symbols)) {
    if (!(sizes[s] > 0)) throw new RangeError(`arithmeticEncode: want a count above 0, got ${s}`);
    low += (width * sizes.slice(0, s).reduce((sum, size) => sum + size, 0)) / total;
    width *= sizes[s] / total;
  }
  for (let length = 0; length < 1000; length++) {
    const first = Math.ceil(low * 2 ** length);
    if ((first + 1) / 2 ** length <= low + width)
      return length === 0 ? "" : BigInt(first).toString(2).padStart(length, "0");
  }
  return "";
}
export function arithmeticDecode(digits: string, counts: ArrayLike<number>, n: number): number[] {
  const sizes = Array.from(counts);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let place = [...digits].reduce((sum, digit, i) => sum + Number(digit) / 2 ** (i + 1), 0) * total;
  return Array.from({ length: n }, () => {
    let s = 0;
    while (s < sizes.length - 1 && place >= sizes[s]) place -= sizes[s++];
    place = (place / sizes[s]) * total;
    return s;
  });
}
