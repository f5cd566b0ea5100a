import { expect, test } from "vitest";
import { startCells, type Cells } from "./cells.fixture.ts";

class Stopped extends Error {}

/** Cells whose loops are stopped at the given question of theirs, and at each one after it. */
function startGuarded(stopAt: number): Cells & { readonly questions: () => number } {
  let questions = 0;
  const check = (): void => {
    if (++questions >= stopAt) throw new Stopped("stopped by the reader");
  };
  return { ...startCells({ guard: { check } }), questions: () => questions };
}

/** Where two loops take turns, the clock decides which of them is stopped. */
const ENDLESS: readonly [source: string, ...columns: number[]][] = [
  ["while (true) {}", 15],
  ["for (;;);", 9],
  ["for (let i = 0; ; i++) {}", 25],
  ["do { state++ } while (true)", 5],
  ["for (const x of (function* () { while (true) yield 1 })()) state = x", 46, 60],
  ["while (true) { try { while (true) {} } catch {} }", 15],
  ["while (true) try { continue } finally { continue }", 14],
  ["await (async () => { while (true) await null })()", 35],
  ["for (let i = 0; i < 1e15; i++) await null", 32],
  ["const f = async () => { for (let i = 0; i < 1e15; i++) await null }; await f()", 56],
  ["for (let i = 0; i < 1e15; i++) for (let j = 0; j < 2; j++) state = j", 32],
  ["for (let i = 0; i < 1e15; i++) Math.sqrt(i)", 32],
  ["outer: while (true) { for (var { x } of [{ x: 1 }]) continue outer }", 22, 53],
  [
    "for (const key in new Proxy({}, { ownKeys: () => Array.from({ length: 1e5 }, (_, i) => `${i}`), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })) state = +key",
    176,
  ],
];

test.each(ENDLESS)("%s is stopped where it loops, and state is kept", async (source, ...columns) => {
  const { show, fail } = startGuarded(50);
  await show("let state = 41");
  const { ename, evalue, position } = await fail(source);
  expect([ename, evalue]).toEqual(["Stopped", "stopped by the reader"]);
  expect(columns.map((column) => ({ file: "cell-2.ts", line: 1, column }))).toContainEqual(position);
  expect(await show("state >= 0")).toBe(true);
});

test("a stop reaches a loop inside a function of an earlier cell", async () => {
  const { show, fail } = startGuarded(50);
  await show("\nfunction spin() { while (true) {} }");
  expect((await fail("spin()")).position).toEqual({ file: "cell-1.ts", line: 2, column: 33 });
});

test("innermost counted loops of arithmetic are not guarded", async () => {
  const { show, questions } = startGuarded(Infinity);
  expect(
    await show(
      "function sum(n: number) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i * i); return s } sum(1000)",
    ),
  ).toBe(499500);
  expect(questions()).toBe(0);
});

test("guards change no result", async () => {
  const source = `const seen: unknown[] = [];
    for (let i = 0; i < 3; i++) for (const j of [1, 2]) if (j > 1) seen.push(i * j); else continue
    let n = 0; do n++; while (n < 5)
    while (n --> 3) seen.push(n)
    label: for (;;) { switch (n) { case 2: break label } }
    for (const key in { a: 1 }) seen.push(key)
    for await (const x of [Promise.resolve("p")]) seen.push(x)
    for (var { v } of [{ v: 7 }]) var { w } = { w: v }
    seen.push(v, w); seen`;
  expect(await startGuarded(Infinity).show(source)).toEqual(await startCells().show(source));
});
