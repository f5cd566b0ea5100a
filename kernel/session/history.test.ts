/** History requests, by the words of the messaging specification. */
import { expect, test } from "vitest";
import { searchHistory, type HistoryEntry } from "./history.ts";

const entries: readonly HistoryEntry[] = [
  { line: 1, input: "a = 1" },
  { line: 2, input: "b = 2", output: "2" },
  { line: 3, input: "a = 1" },
  { line: 4, input: "f(\n  a\n)" },
];
const lines = (request: Parameters<typeof searchHistory>[1]): number[] =>
  searchHistory(entries, request).map(([, line]) => line);

test("tail gives the last n, oldest first; all without n, none for 0", () => {
  expect(lines({ hist_access_type: "tail", n: 2 })).toEqual([3, 4]);
  expect(lines({ hist_access_type: "tail" })).toEqual([1, 2, 3, 4]);
  expect(lines({ hist_access_type: "tail", n: 0 })).toEqual([]);
});

test("range starts at start and ends before stop; session 0 is this one, others are empty", () => {
  expect(lines({ hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual([2, 3]);
  expect(lines({ hist_access_type: "range", session: 1, start: 3 })).toEqual([3, 4]);
  expect(lines({ hist_access_type: "range", session: 7 })).toEqual([]);
});

test("search matches whole inputs by glob, also over lines, and nothing in it is a regular expression", () => {
  expect(lines({ hist_access_type: "search", pattern: "a*" })).toEqual([1, 3]);
  expect(lines({ hist_access_type: "search", pattern: "f(*)" })).toEqual([4]);
  expect(lines({ hist_access_type: "search", pattern: "? = 2" })).toEqual([2]);
  expect(lines({ hist_access_type: "search", pattern: "a" })).toEqual([]);
  expect(lines({ hist_access_type: "search", pattern: ".*" })).toEqual([]);
});

test("unique keeps the newest of equal inputs", () => {
  expect(lines({ hist_access_type: "search", pattern: "*", unique: true })).toEqual([2, 3, 4]);
});

test("with output an entry is a pair, null where nothing was shown", () => {
  expect(
    searchHistory(entries, { hist_access_type: "tail", n: 3, output: true }).map(([, , entry]) => entry),
  ).toEqual([
    ["b = 2", "2"],
    ["a = 1", null],
    ["f(\n  a\n)", null],
  ]);
});
