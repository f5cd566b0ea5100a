/**
 * What a notebook's reader may rely on, cell after cell. Each row: a claim, then the cells of one notebook in order,
 * each with what it shows, a pattern its error must match, or nothing.
 * The same table runs in the page, where the evaluator is the same.
 */
import { expect, test } from "vitest";
import { startCells } from "./cells.fixture.ts";

type Case = readonly [claim: string, ...cells: Cell[]];
type Cell = readonly [source: string, want?: unknown];

const cases: readonly Case[] = [
  [
    "a name may be declared again as anything",
    ["const a: number = 1; a", 1],
    ['const a = "two"; a', "two"],
    ["let a = 3; a", 3],
    ["class a {}; typeof a", "function"],
    ["const a = 5; a", 5],
  ],
  [
    "await stands at top level",
    ["const r = await Promise.resolve(7)"],
    ["r + await new Promise<number>(k => setTimeout(() => k(1), 5))", 8],
  ],
  [
    "a closure sees a const that a later cell declares again",
    ["const k = 1; const getK = () => k; getK()", 1],
    ["const k = 2"],
    ["getK()", 2],
  ],
  [
    "a function calls the newest definition of another",
    ["function inner() { return 1 } function outer() { return inner() } outer()", 1],
    ["function inner() { return 2 }"],
    ["outer()", 2],
  ],
  [
    "functions are callable above their declaration and call themselves",
    ["const v = fact(5); function fact(n: number): number { return n < 2 ? 1 : n * fact(n - 1) } v", 120],
    ["fact(3)", 6],
  ],
  [
    "classes extend, refer to themselves, and are declared again",
    [
      "class P { static one = new P(1); constructor(readonly x: number) {} get d() { return this.x * 2 } } class Q extends P {} new Q(4).d + P.one.x",
      9,
    ],
    ["class P { constructor(public y = 3) {} }"],
    ["new P().y", 3],
    ["P.name + Q.name", "PQ"],
  ],
  [
    "patterns declare their names",
    [
      "const { a: [b1, , c1 = 9], ...rest1 } = { a: [1, 2], z: 3, w: 4 } as any; [b1, c1, rest1]",
      [1, 9, { z: 3, w: 4 }],
    ],
    ["let [m1, n1] = [1, 2]; [m1, n1] = [n1, m1]; [m1, n1]", [2, 1]],
  ],
  [
    "a cell in braces is an object where it can be one",
    ["{ a: 1, b: 2 }", { a: 1, b: 2 }],
    ["{ let zz = 1; zz + 1 }"],
  ],
  [
    "only a last expression is shown",
    ["5; const q1 = 1"],
    ["const q2 = 1;\n// end"],
    ["q2; // c\n", 1],
    ["interface I1 { a: 1 }\nq2\ntype T1 = I1", 1],
  ],
  [
    "a const cannot be assigned, here or in later cells",
    ["const c9 = 1; c9"],
    ["c9 = 2", /Assignment to constant|read only/],
    ["function setC() { c9 = 3 } setC()", /Assignment to constant|read only/],
    ["c9", 1],
  ],
  [
    "a name cannot be read above its declaration",
    ["tdz1; const tdz1 = 1", /before initialization/],
    [
      'const f2 = () => tdz2; const e2 = (() => { try { f2(); return "no" } catch { return "yes" } })(); const tdz2 = 4; [e2, f2()]',
      ["yes", 4],
    ],
  ],
  [
    "a failed cell leaves other names alone",
    ["const keep = 1; keep", 1],
    ['const keep2 = (() => { throw new Error("boom") })()', /boom/],
    ["const keep2 = 2; keep + keep2", 3],
  ],
  [
    "a cell with a syntax error defines nothing",
    ["const good = 1; good", 1],
    ["const good = 2; let = = 3", /./],
    ["good", 1],
  ],
  [
    "an error names the cell and line where it was thrown and every cell on the way",
    ['\n\nfunction thrower(x: number): never {\n  const y: string = "a"; throw new Error("E1" + x) }\n'],
    [
      "const u: number = 1\n   thrower(u as any)",
      /E11[\s\S]*thrower \(cell-\d+\.ts:4:32\)[\s\S]*cell-\d+\.ts:2:4/,
    ],
  ],
  [
    "columns are exact after every rewriting",
    ["1; nope1 + 1", /nope1 is not defined[\s\S]*cell-\d+\.ts:1:4/],
    ["{ a: 1, b: nope2() }", /nope2[\s\S]*cell-\d+\.ts:1:12/],
    [
      'enum E9 { A } class S9 { static z = 1; m() { throw new Error("E9") } } new S9().m()',
      /E9[\s\S]*cell-\d+\.ts:1:52[\s\S]*cell-\d+\.ts:1:81/,
    ],
    ["const z9 = 1 as number\n\n// c\nnope3", /nope3[\s\S]*cell-\d+\.ts:4:1/],
    [
      'class C9 { constructor(public x: number) { throw new TypeError("C9" + x) } }\nnew C9(1)',
      /C91[\s\S]*cell-\d+\.ts:1:50[\s\S]*cell-\d+\.ts:2:1/,
    ],
  ],
  [
    "var in blocks and loops belongs to the cell",
    ["for (let i = 0; i < 3; i++) { var lastI = i } lastI", 2],
    ["let s9 = 0; for (const x of [1,2,3]) s9 += x; s9", 6],
    ["if (true) { var inIf = 5 } inIf", 5],
    ["for (var vi = 0, vj = 1; vi < 2; vi++) ; vi + vj", 3],
  ],
  [
    "a cell may use names of built-ins",
    ['const name = "n"; const status = 3, self2 = 1; name + status', "n3"],
    [
      'const performance = 1; const location = "l"; const postMessage = "p"; [performance, location, postMessage]',
      [1, "l", "p"],
    ],
    ["const console = 5; console", 5],
  ],
  [
    "generators and async iteration work at top level",
    [
      "function* g1() { yield 1; yield 2 } async function* ag() { yield* g1() } async  function af(){ let s = 0; for await (const x of ag()) s += x; return s } await af()",
      3,
    ],
    ["[...g1()]", [1, 2]],
  ],
  [
    "import in every form",
    ['import def, { one, two as deux } from "./fix.mjs"; [def, one, deux]', ["d", 1, 2]],
    [
      'import * as ns from "./fix.mjs"; import type { Foo } from "./fix.mjs"; ns.one + (await import("./fix.mjs")).two',
      3,
    ],
    ["typeof import.meta.url", "string"],
  ],
  [
    "exported declarations are visible in later cells",
    [
      "export const ex1 = 1; export function ex2() { return ex1 } export class Ex3 {} export default 42; export type X = 1; export { ex1 as y }",
    ],
    ["[ex2(), typeof Ex3, _default]", [1, "function", 42]],
  ],
  [
    "types vanish, enums stay",
    ["enum Color { Red, Green = 5, Blue } [Color.Blue, Color[0]]", [6, "Red"]],
    [
      "function id<T,>(x: T): T; function id(x: any) { return x } const o1 = { n: 1 } satisfies { n: number }; id<number>(o1!.n as number)",
      1,
    ],
    ["Color.Green", 5],
  ],
  [
    "lines without semicolons stay apart",
    ["const w1 = 1\nconst { x1 } = { x1: 2 }\n;[w1, x1]", [1, 2]],
    ["let w2 = w1 as number\nconst [w3] = [4]\nw3\n// trailing", 4],
    ["const w4 = `a\n${w1}`; w4.length // c", 3],
  ],
  ["cells are strict", ["undeclaredName = 5", /not defined/], ["this === undefined", true]],
  [
    "using disposes at the end of its block or cell",
    [
      'let log1: string[] = []; { using h = { [Symbol.dispose]() { log1.push("d") } }; log1.push("u") } log1',
      ["u", "d"],
    ],
    ['using top1 = { [Symbol.dispose]() { log1.push("top") } }; 1'],
    ["log1.at(-1)", "top"],
  ],
  [
    "a declared name is a property of the global object",
    ['let g5: number | undefined; g5 ?? "undef"', "undef"],
    ['g5 = 6; globalThis.g5 === undefined ? "script scoped" : "global"', "global"],
  ],
  [
    "a promise is awaited before it is shown",
    ["Promise.resolve(3)", 3],
    ["const th = { then: 5 }; [th][0].then", 5],
  ],
];

const rows = cases.map(([claim, ...cells]) => ({ claim, cells }));

test.each(rows)("$claim", async ({ cells }) => {
  const { show, fail } = startCells();
  for (const [source, want] of cells) {
    if (want instanceof RegExp) expect((await fail(source)).traceback.join("\n")).toMatch(want);
    else if (want === undefined) await show(source);
    else expect(await show(source), source).toEqual(want);
  }
});
