/** Random choices from a seed: the same seed, the same choices. Source: mulberry32 (public domain, T. Ettinger). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** A whole number in low … high, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }
  chance(share: number): boolean {
    return this.next() < share;
  }
  /** Throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("Dice.pick: want a list with something in it, got []");
    return list[this.whole(0, list.length - 1)];
  }
  shuffle<T>(list: readonly T[]): T[] {
    return list
      .map((each) => [this.next(), each] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, each]) => each);
  }
}
