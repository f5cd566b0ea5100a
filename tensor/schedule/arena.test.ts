/** Laws of an arena: what lives at the same time does not overlap, and what does not may. */
import assert from "node:assert/strict";
import { test } from "vitest";
import { arenaOf, type Life } from "./arena.ts";

function overlapping(lives: readonly Life[], offsets: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < lives.length; i++)
    for (let j = 0; j < i; j++) {
      const together = lives[i].from <= lives[j].to && lives[j].from <= lives[i].to;
      const apart =
        offsets[i] + lives[i].bytes + 64 <= offsets[j] || offsets[j] + lives[j].bytes + 64 <= offsets[i];
      if (together && !apart) count++;
    }
  return count;
}

test("random lives never overlap, start at multiples of 64, and fit", () => {
  let state = 1;
  const next = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let round = 0; round < 50; round++) {
    const lives = Array.from({ length: 40 }, () => {
      const from = next(30);
      return { bytes: next(5000), from, to: from + next(6) };
    });
    const { offsets, bytes } = arenaOf(lives);
    assert.equal(overlapping(lives, offsets), 0);
    assert.ok(offsets.every((o, i) => o % 64 === 0 && o + lives[i].bytes <= bytes));
  }
});

test("a chain of values needs room for two", () => {
  const lives = Array.from({ length: 100 }, (_, i) => ({ bytes: 1000, from: i, to: i + 1 }));
  assert.equal(arenaOf(lives).bytes, 2 * (1024 + 64));
});
