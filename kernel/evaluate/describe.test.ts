import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { startCells } from "./cells.fixture.ts";

// [claim, cell, line, column of the failing place]; the text at that place is what a reader would point at.
const PLACES: readonly [source: string, pointsAt: string][] = [
  ["const a = 1 as number\n\n  missing + 1", "missing + 1"],
  ["let f = missing", "missing"],
  ["const { a, b = missing } = { a: 1 }", "missing"],
  ["missing = 5", "missing"],
  ["const fixed = 1; fixed = 2", "fixed = 2"],
  ["const o = { x: 1 }; o.missing.x", "x"],
  ["const o: any = null; (o as string)!.length", "length"],
  ["(undefined as any)()", "()"],
  ["'😀'; throw new Error('after a surrogate pair')", "new Error('after"],
  ["const größe: number = 1; throw new Error('x')", "new Error"],
  ["1;\r\n\r\n throw new Error('after CRLF')", "new Error"],
  ["1;\u2028 throw new Error('after U+2028')", "new Error"],
  ["\t throw new Error('after a tab')", "new Error"],
  [
    "class A<T> implements I { constructor(public x: T, private y?: number) { throw new Error('x') } }\nnew A(1)",
    "new Error",
  ],
  ["enum E { A, B = (() => { throw new Error('x') })() }", "new Error"],
  ["const f = <T,>(x: T): T => { throw new Error('x') }; f<number>(1)", "new Error"],
  ["function f(): void { throw new Error('x') } f()", "new Error"],
  ["1; function f() {} throw new Error('x')", "new Error"],
  ["await Promise.reject(new Error('x'))", "new Error"],
  ["await null; throw new Error('after await')", "new Error"],
  ["using h = { [Symbol.dispose]() { throw new Error('x') } }", "new Error"],
  ["{ a: 1, b: missing }", "missing"],
  ["{ a: 1,\n b: missing }", "missing"],
  ["var { a, [missing]: b } = { a: 1 }", "missing"],
  ["export const x = missing.y", "missing"],
  ["export default missing", "missing"],
  ["[1].map((x: number) => { throw new Error('x') })", "new Error"],
  ["JSON.parse('{')", "parse"],
  ["class A { accessor x = missing } new A()", "missing"],
  ["(await import('./fix.mjs')).one.two.three", "three"],
];

test.each(PLACES)("%j fails at %j", async (source, pointsAt) => {
  const { position, traceback } = await startCells().fail(source);
  const { file, line = 0, column = 0 } = position ?? {};
  const shown = source.split(/\r\n|\n|\u2028/)[line - 1];
  expect(file).toBe("cell-1.ts");
  expect(shown.slice(column - 1)).toMatch(new RegExp(`^${pointsAt.replace(/[()'.+]/g, "\\$&")}`));
  expect(traceback.join("\n")).not.toMatch(/evaluate\/|node:|vitest|__cell|eval/);
});

const SYNTAX: readonly [source: string, line: number, column: number, message: string | RegExp][] = [
  ["const x = {\n  a: 1,\n  b 2\n}", 3, 5, "Unexpected token '2'"],
  ["foo(\n]", 2, 1, "Unexpected token ']'"],
  ["1;\r\n\r\n  let x = ;", 3, 11, "Unexpected token ';'"],
  ["if (x", 1, 6, "Unexpected end of input"],
  ["let a = 1; let a = 2", 1, 16, "Identifier 'a' has already been declared"],
  ["import { one } from './fix.mjs'; function one() {}", 1, 43, /already been declared/],
  ["class { }", 1, 7, /./],
  ["'😀' +* 2", 1, 7, /./],
  ["{ a: 1, b: = }", 1, 12, "Unexpected token '='"],
  ["return 5", 1, 1, /return/],
  ["`abc", 1, 2, "Unterminated template"],
  ["const r = /(/", 1, 12, /Unterminated group/],
];

test.each(SYNTAX)("%j does not parse at %i:%i", async (source, line, column, message) => {
  const { ename, evalue, position, traceback } = await startCells().fail(source);
  expect({ ename, position }).toEqual({
    ename: "SyntaxError",
    position: { file: "cell-1.ts", line, column },
  });
  expect(evalue).toMatch(message);
  expect(traceback.slice(0, 2)).toEqual([`SyntaxError: ${evalue}`, `    at cell-1.ts:${line}:${column}`]);
  expect(traceback[2]).toBe(`${String(line).padStart(6)} | ${source.split(/\r?\n/)[line - 1]}`);
});

test("a traceback is headline, frames innermost first, and the failing line with a caret", async () => {
  const { show, fail } = startCells();
  await show("\n\nfunction thrower(x: number): never {\n  const y = 'a'; throw new Error('E' + x)\n}");
  expect((await fail("const u: number = 1\n   thrower(u as any)")).traceback).toEqual([
    "Error: E1",
    "    at thrower (cell-1.ts:4:24)",
    "     4 |   const y = 'a'; throw new Error('E' + x)",
    "       |                        ^",
    "    at cell-2.ts:2:4",
  ]);
});

test("an async stack tells every cell on the way", async () => {
  const { show, fail } = startCells();
  await show("async function inner() { await null; throw new Error('late') }");
  await show("const outer = async (): Promise<void> => {\n  await inner() }");
  const frames = (await fail("await Promise.all([outer()])")).traceback.filter((line) =>
    line.startsWith("    at "),
  );
  expect(frames).toEqual([
    "    at inner (cell-1.ts:1:44)",
    "    at outer (cell-2.ts:2:3)",
    "    at Promise.all (index 0)",
    "    at cell-3.ts:1:1",
  ]);
});

test("a callback that fails later still names its cell", async () => {
  const source = "await new Promise((_, no) => setTimeout(() => no(new Error('timer')), 1))";
  const { traceback } = await startCells().fail(source);
  expect(traceback[1]).toContain(` (cell-1.ts:1:${source.indexOf("new Error") + 1})`);
});

test("frames of modules on disk stay, with their paths and without the query", async () => {
  const folder = mkdtempSync(join(tmpdir(), "below evaluate "));
  const file = join(folder, "boom.mjs");
  writeFileSync(file, "export function boom(x) {\n  throw new Error('disk ' + x);\n}\n");
  const { show, fail } = startCells();
  await show(`const { boom } = await import(${JSON.stringify(`${pathToFileURL(file).href}?v=1`)})`);
  const { traceback, position } = await fail("\n  boom(7)");
  rmSync(folder, { recursive: true });
  expect(traceback).toEqual([
    "Error: disk 7",
    `    at boom (${file}:2:9)`,
    "    at cell-2.ts:2:3",
    "     2 |   boom(7)",
    "       |   ^",
  ]);
  expect(position).toEqual({ file: "cell-2.ts", line: 2, column: 3 });
});

test("the host says which of its own frames nobody needs", async () => {
  const isInternal = (path: string): boolean => path.startsWith("data:");
  const { fail } = startCells({ isInternal });
  const source = encodeURIComponent("export const call = (f) => f()");
  const { traceback } = await fail(
    `const { call } = await import("data:text/javascript,${source}")\ncall(() => { throw new Error("x") })`,
  );
  expect(traceback.filter((line) => line.startsWith("    at "))).toEqual([
    "    at <anonymous> (cell-1.ts:2:20)",
    "    at cell-1.ts:2:1",
  ]);
});

test("causes follow, each with its own place, and a circle ends", async () => {
  const { traceback } = await startCells().fail(`const inner = new TypeError("inner", { cause: "deep" });
    const outer = new Error("outer", { cause: inner }); throw outer`);
  expect(traceback.filter((line) => !line.startsWith(" "))).toEqual([
    "Error: outer",
    "Caused by: TypeError: inner",
    "Caused by: Uncaught: deep",
  ]);
  const circle = await startCells().fail("const self = new Error('self'); self.cause = self; throw self");
  expect(circle.traceback.join("\n")).not.toContain("Caused by");
});

test("an AggregateError tells each of its errors", async () => {
  const { traceback } = await startCells().fail(
    "await Promise.any([Promise.reject(new Error('p1')), Promise.reject(2)])",
  );
  const told = traceback.filter((line) => !line.startsWith(" "));
  expect(told).toEqual([
    "AggregateError: All promises were rejected",
    "Error 1 of 2: Error: p1",
    "Error 2 of 2: Uncaught: 2",
  ]);
});

test("endless recursion is one frame and a count", async () => {
  const { ename, traceback } = await startCells().fail(
    "function deep(n: number): number { return deep(n + 1) + 1 }\ndeep(0)",
  );
  expect(ename).toBe("RangeError");
  expect(traceback.at(-1)).toMatch(/^ {4}… \d+ more of these$/);
  expect(traceback.length).toBeLessThan(8);
});

const THROWN: readonly [expression: string, evalue: string][] = [
  ["null", "null"],
  ["undefined", "undefined"],
  ["'text'", "text"],
  ["42n", "42n"],
  ["Symbol('s')", "Symbol(s)"],
  ["function named() {}", "[function named]"],
  ["[1, 'a', [2]]", "[1, 'a', […]]"],
  ["{ a: 1, b: { c: 2 } }", "{ a: 1, b: {…} }"],
  ["Object.create(null, { a: { value: 1, enumerable: true } })", "[no prototype] { a: 1 }"],
  ["{ get a() { throw 1 }, b: 2 }", "{ a: undefined, b: 2 }"],
  ["new (class Point { x = 1 })()", "Point { x: 1 }"],
  [
    "new Proxy({}, { get() { throw 1 }, has() { throw 2 }, ownKeys() { throw 3 }, getPrototypeOf() { throw 4 } })",
    "a value that cannot be shown",
  ],
];

test.each(THROWN)("throw %s is told as %s", async (expression, evalue) => {
  const told = await startCells().fail(`throw ${expression}`);
  expect(told).toMatchObject({ ename: "Uncaught", evalue });
  expect(told.traceback[0]).toBe(`Uncaught: ${evalue}`);
});

const ERRORS: readonly [expression: string, ename: string, evalue: string][] = [
  ["new (class MyError extends Error {})('mine')", "MyError", "mine"],
  ["Object.assign(new Error('x'), { name: 'Named' })", "Named", "x"],
  ["new DOMException('dom', 'AbortError')", "AbortError", "dom"],
  ["new Error('two\\nlines')", "Error", "two\nlines"],
  ["new Error()", "Error", ""],
  ["Object.assign(new Error('x'), { message: 5 })", "Error", "5"],
  ["Object.defineProperty(new Error('x'), 'stack', { get() { throw 1 } })", "Error", "x"],
  ["Object.assign(new Error('x'), { stack: 5 })", "Error", "x"],
  ["Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })", "Error", ""],
];

test.each(ERRORS)("%s is a %s", async (expression, ename, evalue) => {
  expect(await startCells().fail(`throw ${expression}`)).toMatchObject({ ename, evalue });
});

test("what acorn refuses, the next parser may accept; what both refuse is told by acorn", async () => {
  const source = "const o: { f?: <const T>(x: T) => T } = {}; o.f ?? 'read'";
  expect(await startCells().show(source)).toBe("read");
  const { acornParse } = await import("./acorn.ts");
  const refused = await startCells({ parsers: [acornParse] }).fail(source);
  expect(refused.position).toEqual({ file: "cell-1.ts", line: 1, column: 17 });
});
