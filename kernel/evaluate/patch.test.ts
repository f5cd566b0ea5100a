import { expect, test } from "vitest";
import { offsetOf, positionOf, excerpt } from "./lines.ts";
import { Patch } from "./patch.ts";

const SOURCE = "one two\r\nthree\u2028four five\nsix";

// A small generator with a fixed seed: the same edits in every run.
function randomPatch(seed: number): { patch: Patch; edited: Set<number> } {
  let state = seed;
  const next = (limit: number): number => (state = (state * 48271) % 2147483647) % limit;
  const patch = new Patch(SOURCE);
  const edited = new Set<number>();
  for (let at = next(4); at < SOURCE.length; at += 1 + next(6)) {
    const end = Math.min(at + next(4), SOURCE.length);
    if (next(2) === 0) patch.blank(at, end);
    else patch.replace(at, end, "x".repeat(next(5)));
    while (at < end) edited.add(at++);
  }
  return { patch, edited };
}

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);

test("no edit moves a line", () => {
  for (const seed of SEEDS) {
    const breaks = (text: string): string => text.replace(/[^\r\n\u2028]/g, "");
    expect(breaks(randomPatch(seed).patch.apply().text), `seed ${seed}`).toBe(breaks(SOURCE));
  }
});

test("an unedited character is found again from both sides", () => {
  for (const seed of SEEDS) {
    const { patch, edited } = randomPatch(seed);
    const { text, map } = patch.apply();
    for (let offset = 0; offset < SOURCE.length; offset++) {
      if (edited.has(offset)) continue;
      // What was inserted just before the character comes between it and where it went.
      const there = Array.from(text.slice(map.forward(offset)), (_, i) => i + map.forward(offset)).findLast(
        (at) => map.back(at) === offset,
      );
      expect(text[there ?? -1], `seed ${seed}, offset ${offset}`).toBe(SOURCE[offset]);
    }
  }
});

test("the map never runs backwards", () => {
  for (const seed of SEEDS) {
    const { text, map } = randomPatch(seed).patch.apply();
    const back = Array.from(text, (_, offset) => map.back(offset));
    expect(back, `seed ${seed}`).toEqual(back.toSorted((a, b) => a - b));
  }
});

test("overlapping edits are our own fault and say so", () => {
  const patch = new Patch(SOURCE);
  patch.blank(0, 4);
  patch.blank(2, 6);
  expect(() => patch.apply()).toThrow(/^bug: two edits overlap at offset 2$/);
});

test("every line end that the engine counts is counted, and offsets come back", () => {
  expect(positionOf(SOURCE, SOURCE.indexOf("six"))).toEqual({ line: 4, column: 1 });
  for (let offset = 0; offset < SOURCE.length; offset++)
    expect(offsetOf(SOURCE, positionOf(SOURCE, offset))).toBe(offset);
});

test("the caret stands under its character after tabs and surrogate pairs", () => {
  expect(excerpt("\t'😀' + x", { line: 1, column: 9 })).toEqual([
    "     1 | \t'😀' + x",
    "       | \t      ^",
  ]);
});

test("a very long line is cut around the column", () => {
  const [line, caret] = excerpt(`${"a".repeat(5000)}B${"c".repeat(5000)}`, { line: 1, column: 5001 });
  expect(line.length).toBeLessThan(200);
  expect(line[caret.indexOf("^")]).toBe("B");
});
