/** Random numbers by counter: element i is word i mod 2 of threefry's block ⌊i/2⌋. */
import { allocate, type Data } from "../../dtype.ts";
import type { Distribution } from "../../graph.ts";
import { threefry } from "../../threefry.ts";

export function random(distribution: Distribution, key: Data, size: number): Data {
  const out = allocate(distribution === "bits" ? "u32" : "f32", size);
  for (let i = 0; i < size; i += 2) {
    const words = threefry(key[0], key[1], i / 2, 0);
    const pair =
      distribution === "bits" ? words : distribution === "uniform" ? words.map(uniform) : gaussian(...words);
    out[i] = pair[0];
    if (i + 1 < size) out[i + 1] = pair[1];
  }
  return out;
}

/** The upper 24 bits as a fraction: every one is an f32, so all devices agree to the bit. */
function uniform(word: number): number {
  return (word >>> 8) / 2 ** 24;
}

/** Box and Muller (1958). 1 − u lies in (0, 1], where the logarithm is finite. */
function gaussian(word0: number, word1: number): readonly [number, number] {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(word0)));
  const angle = 2 * Math.PI * uniform(word1);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
