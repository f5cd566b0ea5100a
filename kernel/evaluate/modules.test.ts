import { expect, test } from "vitest";
import { startCells } from "./cells.fixture.ts";

const IMPORTS: readonly [source: string, want: unknown][] = [
  ["import d from './fix.mjs'; d", "d"],
  ["import d, { one, two as deux } from './fix.mjs'; [d, one, deux]", ["d", 1, 2]],
  ["import d, * as all from './fix.mjs'; [d, all.one]", ["d", 1]],
  ["import { default as d } from './fix.mjs'; d", "d"],
  ["import { 'one' as eins } from './fix.mjs'; eins", 1],
  ["import { type Nothing, one } from './fix.mjs'; import type { Foo } from './none.mjs'; one", 1],
  ["import './fix.mjs'", undefined],
  ["import {} from './fix.mjs'", undefined],
  ["use(); import { one } from './fix.mjs'; function use() { return one } use()", 1],
  ["(await import('./fix.mjs')).two", 2],
  ["const load = (name: string) => import(name); (await load('./fix.mjs')).one", 1],
  ["import.meta.url", "file:///notebook.ipynb"],
  ["const where = (at = import.meta.url) => at; where()", "file:///notebook.ipynb"],
  ["const o = { import: 1 }; o.import", 1],
];

test.each(IMPORTS)("%s", async (source, want) => {
  expect(await startCells().show(source)).toEqual(want);
});

test("an imported name cannot be assigned", async () => {
  const { show, fail } = startCells();
  await show("import { one } from './fix.mjs'");
  expect((await fail("one = 2")).evalue).toBe("Assignment to constant variable.");
});

test("import attributes reach the host, from both kinds of import", async () => {
  const asked: unknown[] = [];
  const importModule = (specifier: string, options?: ImportCallOptions): Promise<unknown> => {
    asked.push([specifier, options]);
    return Promise.resolve({ default: { rows: 3 } });
  };
  const { show } = startCells({ importModule });
  expect(await show("import data from './data.json' with { type: 'json' }; data.rows")).toBe(3);
  await show("await import('./data.json', { with: { type: 'json' } })");
  await show("import './plain.mjs'");
  const json = { with: { type: "json" } };
  expect(asked).toEqual([
    ["./data.json", json],
    ["./data.json", json],
    ["./plain.mjs", undefined],
  ]);
});

const EXPORTS: readonly [cell: string, later: string, want: unknown][] = [
  ["export const a = 1, { b } = { b: 2 }", "[a, b]", [1, 2]],
  ["export async function f() { return 1 }", "await f()", 1],
  ["export abstract class A { abstract m(): void }", "typeof A", "function"],
  ["export enum E { X = 4 }", "E.X", 4],
  ["export default 40 + 2", "_default", 42],
  ["export default (1, 2)", "_default", 2],
  ["export default function named() { return 3 }", "[_default(), named()]", [3, 3]],
  ["export default class Named {}", "_default === Named", true],
  ["export default function () { return 4 }", "_default()", 4],
  ["export default class { m() { return 5 } }\n", "new _default().m()", 5],
  ["export default { a: 1 } as const", "_default", { a: 1 }],
  ["let x = 1; export { x, x as y }; x = 2", "[x, y]", [2, 2]],
  ["export { one as eins, default as d } from './fix.mjs'", "[eins, d]", [1, "d"]],
  ["export { default } from './fix.mjs'", "_default", "d"],
  ["export * as ns from './fix.mjs'", "ns.two", 2],
  ["export * from './named.mjs'", "[one, Two]", [1, 2]],
  ["export * from './fix.mjs'", "[one, 'default' in globalThis]", [1, false]],
  [
    "export type T = 1; export interface I {} ; export declare const z: 1; export default interface J {}",
    "typeof z",
    "undefined",
  ],
  ["export type { Foo } from './none.mjs'; export type * from './none.mjs'", "1", 1],
];

test.each(EXPORTS)("after `%s`, `%s` is %j", async (cell, later, want) => {
  const { show } = startCells();
  await show(cell);
  expect(await show(later)).toEqual(want);
});

test("a cell may export a name of an earlier cell", async () => {
  const { show } = startCells();
  await show("const early = 1");
  expect(await show("export { early as late }; late")).toBe(1);
});

const MISSING: readonly [source: string, message: string][] = [
  [
    "import { tow } from './fix.mjs'",
    'import from "./fix.mjs": want the export `tow`, got default, one, two',
  ],
  [
    "import { ones } from './fix.mjs'",
    'import from "./fix.mjs": want the export `ones`, got default, one, two; did you mean `one`?',
  ],
  [
    "import { two } from './named.mjs'",
    'import from "./named.mjs": want the export `two`, got one, Two; did you mean `Two`?',
  ],
  [
    "import it from './named.mjs'",
    'import from "./named.mjs": want the export `default`, got one, Two; try import * as name from "./named.mjs"',
  ],
  [
    "import { Shape } from './named.mjs'",
    'import from "./named.mjs": want the export `Shape`, got one, Two; if it is a type, try `import type`',
  ],
];

test.each(MISSING)("%s says who is missing, and where", async (source, message) => {
  const { evalue, position, traceback } = await startCells().fail(`const before = 1;\n  ${source}`);
  expect(evalue).toBe(message);
  expect(position).toEqual({ file: "cell-1.ts", line: 2, column: 3 });
  expect(traceback).toEqual([
    `SyntaxError: ${message}`,
    "    at cell-1.ts:2:3",
    `     2 |   ${source}`,
    "       |   ^",
  ]);
});

test("a module that fails while it loads is told with its own place and the cell's import", async () => {
  const source = encodeURIComponent("\nthrow new TypeError('at load')");
  const { traceback, position } = await startCells().fail(`1;\nimport "data:text/javascript,${source}"`);
  expect(traceback[0]).toBe("TypeError: at load");
  expect(traceback[1]).toMatch(/^ {4}at data:text\/javascript,.*:2:7$/);
  expect(position).toEqual({ file: "cell-1.ts", line: 2, column: 1 });
});

test("import() of what is not there rejects, it does not throw", async () => {
  const { show } = startCells({
    importModule: () => {
      throw new Error("no such module");
    },
  });
  expect(await show("await import('./x').catch((error: Error) => error.message)")).toBe("no such module");
});
