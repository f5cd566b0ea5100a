/** Types, completion, inspection and directives, as jupyter_client sees them. The facts are language.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("language.py");

interface TypeFailure {
  readonly status: string;
  readonly ename: string;
  readonly evalue: string;
  readonly lines: readonly string[];
  readonly same: boolean;
  readonly count: number;
}

test("a type error stops the cell before its first line, with place, code, and a squiggle under what is wrong", (context) => {
  const { error, ran } = facts(context, "type error") as { error: TypeFailure; ran: string };
  expect(error).toMatchObject({
    status: "error",
    ename: "TypeScriptError",
    evalue: "Type 'number' is not assignable to type 'string'. (TS2322)",
    same: true,
    lines: [
      "TypeScriptError: Type 'number' is not assignable to type 'string'. (TS2322)",
      `cell-${error.count}.ts:3:3 - error TS2322: Type 'number' is not assignable to type 'string'.`,
      "     3 |   y: string = x;",
      "       |   ^",
    ],
  });
  expect(ran).toBe("'undefined'");
});

test("the caret stands under its character behind an emoji and a tab, in an object, and for each of several errors", (context) => {
  const seen = facts(context, "places") as Record<string, TypeFailure>;
  const last = (name: string): readonly string[] => seen[name].lines.slice(-2);
  expect(last("astral")).toEqual(["     1 | const s = '😀'; s.nope", `       | ${" ".repeat(17)}^~~~`]);
  expect(last("tab")).toEqual(["     3 | \tt = 'text'", "       | \t^"]);
  expect(last("object")).toEqual(["     1 | { a: 1, b: (1).nope }", `       | ${" ".repeat(15)}^~~~`]);
  expect(seen["several"].evalue).toMatch(/^Property 'nope' .* \(TS2339\) \(and 1 more\)$/);
  expect(seen["several"].lines.join("\n")).toMatch(/:1:6 - error TS2339[^]*:3:6 - error TS2339/);
});

test("what is no mistake in a notebook is no error: redeclared and reassigned names, plain JavaScript, live globals", (context) => {
  expect(facts(context, "legal")["values"]).toEqual([
    "1", "4", "1", "2", "5", "1", "'a'", "1", "'s'", "4", "1", "4", "'undefined'", "4", "'function'", "'readFileSync'", "7", "1", "0",
    null, "1", "1", null, "43", "1", "3", "1", "'b'",
  ]); // prettier-ignore
});

test("imports are typed: files beside the notebook, packages, below/tensor, chapters", (context) => {
  expect(facts(context, "imports")).toMatchObject({
    right: "6",
    wrong:
      "TypeScriptError: Argument of type 'string' is not assignable to parameter of type 'number'. (TS2345)",
    package: "'function'",
    below: "2",
    chapter: "'function'",
  });
});

test("a shape error reads as the engine puts it, on the caret's line, without the types that carried it", (context) => {
  const { error, tensor } = facts(context, "shape") as Record<string, TypeFailure>;
  const words = "matmul: inner dims differ: [2,5,128] @ [384,128] (128 vs 384)";
  expect(error.evalue).toBe(`${words} (TS2345)`);
  expect(error.lines.slice(1)).toEqual([
    `cell-${error.count}.ts:3:10 - error TS2345: ${words}`,
    "     3 | h.matmul(w)",
    "       |          ^",
  ]);
  expect(tensor.lines.slice(1)).toEqual([
    `cell-${tensor.count}.ts:2:7 - error TS2322: Type 'Tensor<[2, 5], "f32">' is not assignable to type 'Tensor<[2, 4], "f32">'.`,
    "  axis 1: 5 is not 4",
    "     2 | const bad: Tensor<[2, 4]> = zeros([2, 5])",
    "       |       ^~~",
  ]);
});

test("a name whose cell was stopped is blamed on that cell, not on each use, until it is mended", (context) => {
  const { later, ...rest } = facts(context, "echo");
  expect(later).toMatch(
    /^TypeScriptError: Cannot find name 'broken': cell-\d+\.ts, which declares it, was stopped by a type error. \(TS2304\)$/,
  );
  expect(rest).toMatchObject({ mended: "5", after: "'5.0'" });
});

test("a redeclaration that threw leaves the old value usable by its old type", (context) => {
  expect(facts(context, "half way")).toMatchObject({ ename: "Error", old: "4" });
});
