/** History requests, by the words of the messaging specification. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { historyFolder, SessionFiles } from "./history-files.ts";
import { History, type HistoryEntry, type HistoryRequest, type HistoryRow } from "./history.ts";

const entries: readonly HistoryEntry[] = [
  { line: 1, input: "a = 1" },
  { line: 2, input: "b = 2", output: "2" },
  { line: 3, input: "a = 1" },
  { line: 4, input: "f(\n  a\n)" },
];

function ask(request: HistoryRequest): HistoryRow[] {
  const history = new History(undefined);
  const session = history.open();
  for (const { line, input, output } of entries) {
    session.add(line, input);
    session.addOutput(line, output);
  }
  return history.search(session, request);
}
const lines = (request: HistoryRequest): number[] => ask(request).map(([, line]) => line);

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
  expect(ask({ hist_access_type: "tail", n: 3, output: true }).map(([, , entry]) => entry)).toEqual([
    ["b = 2", "2"],
    ["a = 1", null],
    ["f(\n  a\n)", null],
  ]);
});

const home = mkdtempSync(path.join(tmpdir(), "below-history-"));
afterAll(() => rmSync(home, { recursive: true }));
const folder = (name: string): string => path.join(home, name);
const inputs = (rows: readonly HistoryRow[]): unknown[] => rows.map(([, , entry]) => entry);

test("a later kernel of the same project finds what earlier ones ran, oldest first, and its own last", () => {
  for (const input of ["first", "second"]) new History(folder("later")).open().add(1, input);
  const history = new History(folder("later"));
  const session = history.open();
  session.add(1, "third");
  expect(inputs(history.search(session, { hist_access_type: "tail", n: 2 }))).toEqual(["second", "third"]);
  expect(inputs(history.search(session, { hist_access_type: "search", pattern: "*i*" }))).toEqual([
    "first",
    "third",
  ]);
  expect(inputs(history.search(session, { hist_access_type: "range", session: -1 }))).toEqual(["second"]);
  expect(inputs(history.search(session, { hist_access_type: "range", session: 1 }))).toEqual(["first"]);
});

test("two kernels at once, and the shells of one, have numbers and files of their own", () => {
  const [one, other] = [new History(folder("both")), new History(folder("both"))];
  const sessions = [one.open(), other.open(), one.open()];
  for (const session of sessions) session.add(1, "x");
  expect(sessions.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(readdirSync(folder("both")).toSorted()).toEqual(["1.jsonl", "2.jsonl", "3.jsonl"]);
});

test("a kernel that runs nothing leaves nothing", () => {
  const history = new History(folder("nothing"));
  expect(history.search(history.open(), { hist_access_type: "tail" })).toEqual([]);
  expect(readdirSync(home)).not.toContain("nothing");
});

test("half a line, as a kernel leaves it that dies while it writes, is skipped", () => {
  const session = new History(folder("torn")).open();
  session.add(1, "whole");
  session.addOutput(1, "7");
  appendFileSync(path.join(folder("torn"), "1.jsonl"), '{"line":2,"inp');
  const history = new History(folder("torn"));
  const request = { hist_access_type: "tail", output: true } as const;
  expect(history.search(history.open(), request)).toEqual([[1, 1, ["whole", "7"]]]);
});

test("the oldest sessions make room: 500 are kept", () => {
  new SessionFiles(folder("many")).claim();
  for (let number = 2; number <= 510; number++)
    writeFileSync(path.join(folder("many"), `${number}.jsonl`), "");
  expect(new SessionFiles(folder("many")).claim()).toBe(511);
  const kept = new SessionFiles(folder("many")).numbers();
  expect([kept.length, kept[0]]).toEqual([500, 12]);
});

test("where nothing can be written the session is kept in memory", () => {
  writeFileSync(folder("a-file"), "");
  const history = new History(path.join(folder("a-file"), "below"));
  const session = history.open();
  session.add(1, "kept");
  expect(inputs(history.search(session, { hist_access_type: "tail" }))).toEqual(["kept"]);
});

test("a project is the nearest folder with a package.json or .git; its history lies where the user's state does", () => {
  const state = { BELOW_STATE_DIR: home };
  const own = path.dirname(path.dirname(import.meta.dirname));
  expect(historyFolder(import.meta.dirname, state)).toBe(historyFolder(own, state));
  expect(historyFolder(own, state)).not.toBe(historyFolder(home, state));
  expect(historyFolder(own, { ...state, BELOW_HISTORY: "off" })).toBeUndefined();
});
