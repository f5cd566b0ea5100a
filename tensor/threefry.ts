/**
 * Threefry-2×32-20: two random words from a two-word counter and a two-word key, by additions, rotations and xors alone,
 * so that any device computes any element by itself. Source: Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3".
 */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/** Two words for counter (c0, c1) under key (k0, k1); all are 32-bit, results unsigned. */
export function threefry(k0: number, k1: number, c0: number, c1: number): readonly [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ parity];
  let a = (c0 + k0) | 0;
  let b = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    b = rotate(b, rotations[round % 8]) ^ a;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    a = (a + keys[injection % 3]) | 0;
    b = (b + keys[(injection + 1) % 3] + injection) | 0;
  }
  return [a >>> 0, b >>> 0];
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
