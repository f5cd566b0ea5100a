/** The parts that know no server: outlines, modules, wording, directives. */
import { expect, test } from "vitest";
import { DirectiveError, takeDirectives } from "./directives.ts";
import { CellModules } from "./modules.ts";
import { outlineOf } from "./outline.ts";
import { wordingOf } from "./wording.ts";

const nothing: ReadonlySet<string> = new Set();

test("an outline names everything that a cell declares, in whatever way", () => {
  const declared = (source: string): unknown =>
    outlineOf(source)?.declared.map(({ name, kind }) => [name, kind]);
  expect(declared("const { a, b: [c] } = x; let d; var e; for (var f of []) {}")).toEqual([
    ["a", "const"], ["c", "const"], ["d", "let"], ["e", "let"], ["f", "let"],
  ]); // prettier-ignore
  expect(declared("import q, { r as s } from 'm'; import * as t from 'n'; export { u as v } from 'w'")).toEqual([
    ["q", "import"], ["s", "import"], ["t", "import"], ["v", "import"],
  ]); // prettier-ignore
  expect(declared("interface I {}; type T = 1; enum E {}; class C {}; function f() {}; export default 3")).toEqual([
    ["I", "type"], ["T", "type"], ["E", "enum"], ["C", "class"], ["f", "function"], ["_default", "const"],
  ]); // prettier-ignore
  expect(outlineOf("let = = 3")).toBeUndefined();
});

test("an object literal is known by its value, unless it is typed, spread, made or taken apart", () => {
  const cell =
    "const a = { k: 1 }, b: T = { k: 1 }, c = { ...a }, d = f({}), { e } = { e: {} }; let g = { m() {} }";
  const literals = outlineOf(cell)?.declared.filter(({ isLiteral }) => isLiteral);
  expect(literals?.map(({ name }) => name)).toEqual(["a", "g"]);
});

test("a cell imports the names it mentions from the cell that declared them last, and no others", () => {
  const modules = new CellModules();
  modules.add(modules.create("cell-1.ts", "const a = 1; let b = 2; const c = 3")!, nothing);
  modules.add(modules.create("cell-2.ts", "const a = 'text'")!, nothing);
  const [line] = modules.create("cell-3.ts", "a; b = 5; const c = 4")!.text.split("\n");
  expect(line).toBe(
    'import { a } from "./cell-2.below.ts"; declare let b: typeof import("./cell-1.below.ts").b;',
  );
});

test("cells whose names are all declared anew are forgotten, but for those that types still depend on", () => {
  const modules = new CellModules();
  modules.add(modules.create("cell-1.ts", "class P { x = 1 }")!, nothing);
  modules.add(modules.create("cell-2.ts", "const p = new P()")!, nothing);
  modules.add(modules.create("cell-3.ts", "class P { y = 2 }")!, nothing);
  expect(modules.get("cell-1.ts")).toBeDefined();
  modules.add(modules.create("cell-4.ts", "const p = 5")!, nothing);
  expect([modules.get("cell-1.ts"), modules.get("cell-2.ts")]).toEqual([undefined, undefined]);
});

test("TypeScript's wrapping is taken off a shape error, and nothing off a message that has none", () => {
  const wrapped = `Argument of type 'X' is not assignable to parameter of type 'X & ShapeError<"einsum: axis j of \\"ij,jk->ik\\" is 3 and 4">'.\n  Property`;
  expect(wordingOf(wrapped)).toEqual([`einsum: axis j of "ij,jk->ik" is 3 and 4`]);
  expect(wordingOf("ShapeError<`matmul: inner dims differ: [${N},3] @ [4,5] (3 vs 4)`>")).toEqual([
    "matmul: inner dims differ: [N,3] @ [4,5] (3 vs 4)",
  ]);
  expect(wordingOf("Type 'A' is not assignable to type 'B'.\n  Property 'x' is missing.")).toEqual([
    "Type 'A' is not assignable to type 'B'.",
    "  Property 'x' is missing.",
  ]);
});

test("directives stand above the code, leave their lines blank, and no line moves", () => {
  expect(takeDirectives("// a note\n%time\n// %typecheck off\n\nconst x = 1\n%what")).toEqual({
    source: `// a note\n${" ".repeat(5)}\n${" ".repeat(17)}\n\nconst x = 1\n%what`,
    directives: [
      { name: "time", argument: "", line: 2 },
      { name: "typecheck", argument: "off", line: 3 },
    ],
  });
  expect(takeDirectives("%time 1 + 1").source).toBe("      1 + 1");
  expect(() => takeDirectives("%tim")).toThrow(DirectiveError);
});
