import { expect, test } from "vitest";
import { mutantsOf } from "./mutate.ts";

/** The changed line of each mutant, trimmed. */
function changed(source: string, most = 100): readonly string[] {
  return mutantsOf(source, most).map((mutant) => mutant.source.split("\n")[mutant.line - 1].trim());
}

test("each kind of slip is made once, and nothing else", () => {
  const mutants = changed(
    "function f(a: number, b: 1 | 2 = 2) {\n  if (a < b && !isNaN(a)) return Math.max(a, b);\n}",
  );
  expect(mutants.toSorted()).toEqual(
    [
      "function f(a: number, b: 1 | 2 = 3) {", // the default runs, the type does not
      "if (!(a < b && !isNaN(a))) return Math.max(a, b);",
      "if (a <= b && !isNaN(a)) return Math.max(a, b);",
      "if (a < b || !isNaN(a)) return Math.max(a, b);",
      "if (a < b &&  isNaN(a)) return Math.max(a, b);",
      "if (a < b && !isNaN(a)) return Math.min(a, b);",
    ].toSorted(),
  );
});

test("a thrown error goes as a whole, and its words stay", () => {
  expect(changed("throw new RangeError(`want ${1 + 1}`);")).toEqual([";"]);
});

test("every mutant is another program, and differs in one place", () => {
  const source =
    "let s = 0;\nfor (let i = 0; i < 9; i++) s += i % 2 ? -i * 3 : i ** 2;\ns = (s) - (1);\n({ s });";
  const mutants = mutantsOf(source, 100);
  expect(new Set(mutants.map((mutant) => mutant.source)).size).toBe(mutants.length);
  for (const mutant of mutants) {
    expect(mutant.source).not.toBe(source);
    expect(mutant.source.replace(mutant.to, mutant.from).length).toBe(source.length);
  }
  expect(changed(source)).toContain("s = (s) + (1);"); // not the first sign in sight: the one between the sides
  expect(mutants.some(({ to }) => to === "i--" || to === "")).toBe(false); // the step of a loop stays
});

test("only what stands between the markers is changed", () => {
  const source =
    "export function f(n: number) {\n  const one = 1;\n  // BEGIN SOLUTION\n  return n + one;\n  // END SOLUTION\n}";
  expect(changed(source)).toEqual(["return n - one;"]);
});

test("a cap is spread over the whole solution, and the same ones are chosen each time", () => {
  const source = Array.from({ length: 20 }, (_, i) => `f(${i});`).join("\n");
  const chosen = mutantsOf(source, 5);
  expect(chosen.map(({ line }) => line)).toEqual([1, 5, 9, 13, 17]);
  expect(mutantsOf(source, 5)).toEqual(chosen);
});
