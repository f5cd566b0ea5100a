import { expect, test } from "vitest";
import { startCells } from "./cells.fixture.ts";

const KINDS = [
  ["const", "const it = 'const'"],
  ["let", "let it = 'let'"],
  ["var", "var it = 'var'"],
  ["function", "function it() {}"],
  ["class", "class it {}"],
  ["pattern", "const { it } = { it: 'pattern' }"],
  ["enum", "enum it { A }"],
  ["import", "import { one as it } from './fix.mjs'"],
  ["using", "using it = null"],
] as const;
const IT: Record<string, unknown> = {
  function: "function",
  class: "function",
  enum: "object",
  import: "number",
  using: "object",
};

test.each(KINDS)("%s may be declared over every kind, and every kind over it", async (kind, source) => {
  const { show } = startCells();
  for (const [otherKind, other] of KINDS) {
    await show(other);
    expect(await show(`${source}; typeof it`), `${kind} over ${otherKind}`).toBe(IT[kind] ?? "string");
    await show(other);
    expect(await show("typeof it"), `${otherKind} over ${kind}`).toBe(IT[otherKind] ?? "string");
  }
});

const FAILING = [
  "const it = (() => { throw new Error('boom') })()",
  "let it = missing",
  "class it { static { throw new Error('boom') } }",
  "const { a, it = missing } = { a: 1 }",
  "throw new Error('boom'); const it = 2",
  "await Promise.reject(new Error('boom')); let it = 2",
  "import { nothing as it } from './fix.mjs'",
  "const it = 2; let = = 3",
  "const it = 2; const it = 3",
  "class it { }; class { }",
  "const it = /(/",
];

test.each(FAILING)("a name that a failed cell never reached keeps its value: %s", async (source) => {
  const { show, fail } = startCells();
  await show("const it = 'old'; const ask = () => it");
  await fail(source);
  expect(await show("it + ask()")).toBe("oldold");
  expect((await fail("it = 1")).evalue).toBe("Assignment to constant variable.");
});

test("a name that a failed cell never reached, and that was new, does not exist", async () => {
  const { show, fail } = startCells();
  await fail("const fresh = missing");
  expect(await show("typeof fresh")).toBe("undefined");
});

test("what a failed cell assigned before it failed stays", async () => {
  const { show, fail } = startCells();
  await show("const first = 1, second = 1");
  await fail("const first = 2; throw new Error('boom'); const second = 2");
  expect(await show("[first, second]")).toEqual([2, 1]);
});

test("an abandoned cell gives back what it did not assign", async () => {
  const { show, result, evaluator } = startCells();
  await show("const model = 'trained'");
  void result("const step = 1; const model = await new Promise(() => {})");
  expect(await show("step")).toBe(1);
  evaluator.abandon("cell-2.ts");
  expect(await show("model")).toBe("trained");
});

test("var over an old value keeps it until it is assigned", async () => {
  const { show } = startCells();
  await show("const kept = 1");
  expect(await show("var kept; kept")).toBe(1);
  expect(await show("kept = 2; kept")).toBe(2);
});

test("let without a value is undefined from its line on, and unreadable above it", async () => {
  const { show, fail } = startCells();
  expect(await show("let empty: number | undefined; [empty]")).toEqual([undefined]);
  expect(await fail("[later]; let later")).toMatchObject({
    ename: "ReferenceError",
    evalue: "Cannot access 'later' before initialization",
    position: { file: "cell-2.ts", line: 1, column: 2 },
  });
});

test("var is found in every block, loop, and pattern, but not in functions", async () => {
  const { show } = startCells();
  await show(`if (true) var { a1, b1: [c1] } = { a1: 1, b1: [2] }
    else var d1
    for (var e1 = 0, [f1] = [3]; e1 < 2; e1++) ;
    for (var { g1 } of [{ g1: 4 }]) ;
    for (var h1 in { key: 1 }) ;
    try { var i1 = 5 } finally { }
    switch (1) { case 1: var j1 = 6 }
    label: { var k1 = 7 }
    do var l1 = 8; while (false)
    function inner() { var hidden = 1 }`);
  expect(await show("[a1, c1, d1, e1, f1, g1, h1, i1, j1, k1, l1]")).toEqual([
    1,
    2,
    undefined,
    2,
    3,
    4,
    "key",
    5,
    6,
    7,
    8,
  ]);
  expect(await show("typeof hidden")).toBe("undefined");
});

test("functions and classes have the names they were given", async () => {
  const { show } = startCells();
  const source =
    "async function* gen() {} const arrow = () => 1, Made = class {}; class Named {} [gen, arrow, Made, Named].map(f => f.name)";
  expect(await show(source)).toEqual(["gen", "arrow", "Made", "Named"]);
});

test("inside a class its name stays this class, as in JavaScript", async () => {
  const { show } = startCells();
  await show("class Counter { make() { return new Counter() } } const old = new Counter()");
  expect(await show("class Counter { } old.make() instanceof Counter")).toBe(false);
});

test("using at top level is disposed when the cell ends, and a hoisted function sees it", async () => {
  const { show } = startCells();
  await show("const log: string[] = []");
  await show(
    "log.push(ask()); using res = { name: 'r', [Symbol.dispose]() { log.push('sync') } }; log.push(ask()); function ask() { try { return res.name } catch { return 'too early' } }",
  );
  await show("await using other = { async [Symbol.asyncDispose]() { log.push('async') } }; log.push('used')");
  expect(await show("log")).toEqual(["too early", "r", "sync", "used", "async"]);
});

test.each(["undefined", "NaN", "Infinity"])(
  "%s cannot be declared, and the refusal says where",
  async (name) => {
    const { show, fail } = startCells();
    const { evalue, position } = await fail(`const before = 1;\n let ${name} = 2`);
    expect(evalue).toBe(
      `\`${name}\` cannot be declared: want a name that can be redefined, got one the language fixes; try another`,
    );
    expect(position).toEqual({ file: "cell-1.ts", line: 2, column: 6 });
    expect(await show("typeof before")).toBe("undefined");
  },
);

const LAYOUT: readonly [source: string, want: unknown][] = [
  ["const a2 = 1\nconst { b2 } = { b2: 2 }\n;[a2, b2]", [1, 2]],
  ["let c2 = 1\nlet [d2] = [c2]\nd2", 1],
  ["const e2 = () => 1\nfunction f2() {}\n;(e2)()", 1],
  ["const g2 = 1\nclass H2 {}\n;[g2]", [1]],
  ["const i2 = 5 as number\n;[i2]", [5]],
  ["let j2 = 1, k2, l2 = 3;[j2, k2, l2]", [1, undefined, 3]],
  ["const m2 = // note\n  1; m2", 1],
  ["const\n  n2\n  =\n  1\nn2", 1],
  ["const async = 1, of = 2, get = 3, type = 4;[async, of, get, type]", [1, 2, 3, 4]],
  ["(1, 2)", 2],
  ["1;;;", 1],
  ["'use strict'", "use strict"],
  ["{ a: 1 }\n// comment", { a: 1 }],
  ["/* { */ { a: 1, ...{ b: 2 } }", { a: 1, b: 2 }],
  ["{ m() { return 1 } }.m()", 1],
  ["{ a: 1 } as const", { a: 1 }],
];

test.each(LAYOUT)("%j is read as it is laid out", async (source, want) => {
  expect(await startCells().show(source)).toEqual(want);
});

test.each([
  "",
  " \n\t",
  "// only a comment",
  "/* a */\n// b\n",
  ";",
  "interface Empty {}",
  "#!/usr/bin/env node",
  "\uFEFF",
])("%j runs and shows nothing", async (source) => {
  expect(await startCells().result(source)).toEqual({ hasValue: false, value: undefined, warnings: [] });
});

test("a cell of 5000 lines runs", async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `const long${index}: number = ${index}`);
  expect(await startCells().show(`${lines.join("\n")}\nlong0 + long4999`)).toBe(4999);
});

test("a name of ours in a cell's text does not clash with the names the scripts are called with", async () => {
  const { show } = startCells();
  const source =
    "const __cell = 1, __load = 2, __meta = 3, __tick = 4; [__cell, __load, __meta, __tick, (await import('./fix.mjs')).one]";
  expect(await show(source)).toEqual([1, 2, 3, 4, 1]);
  expect(await show("typeof import.meta.url + __meta")).toBe("string3");
});
