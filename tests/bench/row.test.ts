import { expect, test } from "vitest";
import { keeps, median, p99, row } from "./row.ts";

const claim = { what: "1+1", unit: "ms", peerName: "deno", goal: "<=1.0" };

test("a median is the middle value, whatever the order and however wild the ends", () => {
  expect(median([9000, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([10, 9, 100])).toBe(10); // sorted as text, 100 would come before 9
});

test("a median does not reorder what it was given", () => {
  const samples = [3, 1, 2];
  median(samples);
  expect(samples).toEqual([3, 1, 2]);
});

test("there is no median of nothing", () => {
  expect(() => median([])).toThrow("want at least 1 value, got 0");
});

test("the ratio is ours over the peer's, and equal speed keeps a goal of <=1.0", () => {
  expect(row(claim, [1, 2, 3], [4, 4, 4])).toEqual({
    what: "1+1",
    unit: "ms",
    peerName: "deno",
    goal: "<=1.0",
    ours: 2,
    peer: 4,
    ratio: 0.5,
    ok: true,
    why: "median of 3 and 3",
  });
  expect(row(claim, [4], [4]).ok).toBe(true);
  expect(row(claim, [4.1], [4]).ok).toBe(false);
});

test("a goal that our own kernel could not be measured for is missed; without a goal it is unknown", () => {
  const broken = row(claim, { fault: "no answer" }, [4]);
  expect(broken).toMatchObject({ ours: null, peer: 4, ratio: null, ok: false, why: "ours: no answer" });
  expect(row({ ...claim, goal: null }, { fault: "no answer" }, [4]).ok).toBeNull();
});

test("a peer that could not be measured leaves the row unjudged and says why", () => {
  const unknown = row(claim, [4], { fault: "not installed" });
  expect(unknown).toMatchObject({ ours: 4, peer: null, ratio: null, ok: null, why: "deno: not installed" });
});

test("an absolute row is judged on our own figure", () => {
  const absolute = { what: "start", unit: "s", peerName: null, goal: "<3" };
  expect(row(absolute, [2], null)).toMatchObject({ peer: null, ratio: null, ok: true });
  expect(row(absolute, [3], null).ok).toBe(false);
});

test("goals read in four directions and nothing else", () => {
  expect([keeps("<=1.0", 1), keeps("<1", 1), keeps(">=0.9", 0.9), keeps("> 2", 2)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(() => keeps("about 1", 1)).toThrow('want e.g. "<=1.0", got "about 1"');
});

test("the 99th percentile of 1…200 is 198, of few values the largest", () => {
  expect(p99(Array.from({ length: 200 }, (_, index) => index + 1))).toBe(198);
  expect(p99([3, 9, 1])).toBe(9);
});

test("a claim about the 99th percentile is judged by it, and says so", () => {
  const claim = { what: "x", unit: "ms", peerName: null, goal: "<=5", statistic: "p99" } as const;
  expect(row(claim, [1, 1, 1, 9], null)).toEqual({
    what: "x",
    unit: "ms",
    peerName: null,
    goal: "<=5",
    ours: 9,
    peer: null,
    ratio: null,
    ok: false,
    why: "p99 of 4",
  });
});
