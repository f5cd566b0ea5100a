/**
 * Exercises that judge well and exercises that do not, proved on the real kernel. The judge: scores worked out by hand.
 */
import { Writable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { chapterText, type FixtureCell, WEIGHTS } from "../fixtures/chapters.ts";
import { type Clone, cloneWith } from "../fixtures/clone.ts";
import { proveExercises } from "./exercises.ts";
import type { ExerciseRow } from "./report.ts";

const SOLUTION = `/** Sum of all numbers. Throws RangeError if there are none. */
export function total(xs: readonly number[]): number {
  // BEGIN SOLUTION
  if (xs.length === 0) throw new RangeError("total: want numbers, got none");
  let sum = 0;
  for (const x of xs) sum += x;
  return sum;
  // END SOLUTION
}`;
const ASSERT = 'import assert from "node:assert/strict";';
const SOLVED: FixtureCell = { tags: "export, solution", options: [":exercise: ex-total"], source: SOLUTION };
const VISIBLE = `${ASSERT}\nassert.equal(total(some), 7);\nassert.equal(total([0]), 0);`;
const HIDDEN = `${ASSERT}\nassert.throws(() => total([]), RangeError);`;

function weak(belief: string, score: number, body: string): string {
  return `/**\n * ${belief}\n * Score: ${score}\n */\nexport function total(xs: readonly number[]): number {\n  ${body}\n}\n`;
}

const WEAK = {
  "skips-first": weak(
    "Believes that counting begins at 1.",
    2,
    'if (!xs.length) throw new RangeError("none");\n  return xs.slice(1).reduce((a, b) => a + b, 0);',
  ),
  "forgets-empty": weak(
    "Believes that nothing sums to nothing, whatever was promised.",
    1,
    "return xs.reduce((a, b) => a + b, 0);",
  ),
  "first-only": weak(
    "Believes that return ends a turn of the loop, not the function.",
    0,
    "for (const x of xs) return x;\n  return 0;",
  ),
};

const clones: Clone[] = [];
afterEach(() => clones.splice(0).forEach((clone) => clone.dispose()));

/** A book whose first chapter has one exercise, worth 1 visible and 2 hidden points. */
function bookWith(visible: string, files: Readonly<Record<string, string>>): Clone {
  const test = (tags: string, points: number, source: string): FixtureCell => ({
    tags,
    options: [":exercise: ex-total", `:points: ${points}`],
    source,
  });
  const front = { title: "What is a weight?", chapter: 1, slug: "weights" };
  // No import of a chapter: the kernel that proves is the project's own, and so are its modules.
  const cells = [
    "# Sums",
    { source: "const some = [1, 2, 4];" },
    SOLVED,
    test("test", 1, visible),
    test("test, hidden", 2, HIDDEN),
  ];
  const contents = JSON.stringify([
    { number: 1, slug: "weights", title: "What is a weight?", exports: ["total"], users: [] },
  ]);
  const clone = cloneWith({
    "chapters/contents.json": contents,
    [WEIGHTS]: chapterText(front, ...cells),
    ...Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`chapters/01-weights/weak/ex-total.${name}.ts`, text]),
    ),
  });
  clones.push(clone);
  return clone;
}

async function prove(
  { root }: Clone,
  json = true,
): Promise<{ code: number; stdout: string; stderr: string; rows: readonly ExerciseRow[] }> {
  const written = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr"): Writable =>
    new Writable({ write: (chunk, _, done) => ((written[name] += String(chunk)), done()) });
  const code = await proveExercises({ root, json, stdout: into("stdout"), stderr: into("stderr") });
  return { code, ...written, rows: json ? (JSON.parse(written.stdout) as ExerciseRow[]) : [] };
}

test("a good exercise is proved: stub 0, solution all, weak ones as they say, mutants noticed; the second time from the cache", async () => {
  const endless = weak("Believes that a loop finds its own end.", 0, "for (;;) xs.length;");
  const clone = bookWith(VISIBLE, { ...WEAK, "never-ends": endless });
  const first = await prove(clone);
  expect(first.stderr).toBe("");
  expect(first.code).toBe(0);
  expect(first.rows).toMatchObject([
    {
      chapter: "01-weights",
      exercise: "ex-total",
      points: 3,
      stub: 0,
      solution: 3,
      weak: [
        { name: "first-only", want: 0, got: 0 },
        { name: "forgets-empty", want: 1, got: 1 },
        { name: "never-ends", want: 0, got: 0 },
        { name: "skips-first", want: 2, got: 2 },
      ],
      ok: true,
    },
  ]);
  const { mutants } = first.rows[0];
  expect(mutants.length).toBeGreaterThan(4);
  expect(mutants.filter(({ noticed }) => !noticed)).toEqual([]);
  const again = await prove(clone, false);
  expect(again.stdout).toContain(
    "ex-total  stub 0/3  solution 3/3  weak: first-only 0, forgets-empty 1, never-ends 0, skips-first 2",
  );
  expect(again.code).toBe(0);
});

test("what judges badly is said, with its place: a test that asks nothing, a wrong score, too few misconceptions, a solution that fails", async () => {
  const lenient = bookWith(`${ASSERT}\nassert.ok(true);`, {
    "forgets-empty": weak(
      "Believes that nothing sums to nothing.",
      3,
      "return xs.reduce((a, b) => a + b, 0);",
    ),
  });
  const { code, stderr, rows } = await prove(lenient);
  expect(code).toBe(1);
  expect(rows[0]).toMatchObject({ stub: 1, solution: 3, ok: false });
  const lines = stderr
    .trim()
    .split("\n")
    .filter((line) => !line.includes("want a stub"));
  expect(lines[0]).toMatch(
    /weak\/ex-total\.forgets-empty\.ts:1:1: ex-total: want 3 of 3 points, got 1; it failed by AssertionError/,
  );
  expect(lines[1]).toMatch(
    /chapter\.md:\d+:1: ex-total: want 3 weak solutions, got 1; try a file ex-total\.NAME\.ts in weak\//,
  );
  expect(lines[2]).toMatch(
    /ex-total: want tests that notice 80 % of \d+ changes of the solution, got \d; among those/,
  );

  const wrong = bookWith(`${ASSERT}\nassert.equal(total(some), 8);`, WEAK);
  expect((await prove(wrong)).stderr).toMatch(
    /chapter\.md:\d+:1: ex-total: want its solution \(line \d+\) to pass, 3 points, got AssertionError/,
  );
});

test("a test that a stub passes is a fault where it stands", async () => {
  const clone = bookWith(`${ASSERT}\nassert.equal(typeof total, "function");`, WEAK);
  expect((await prove(clone)).stderr).toMatch(
    /chapter\.md:\d+:1: ex-total: want a stub that scores 0, got 1 points; try a test that asks/,
  );
});

test("a weak solution that does not say what it is, is a fault", async () => {
  const clone = bookWith(VISIBLE, {
    ...WEAK,
    "says-nothing": "export function total(): number { return 0 }\n",
  });
  clone.write("chapters/01-weights/weak/ex-totl.x.ts", WEAK["first-only"]);
  const { code, stderr } = await prove(clone);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "weak/ex-total.says-nothing.ts:1:1: weak solution: want a comment first that says the belief and Score: N, got none",
  );
  expect(stderr).toContain(
    "weak/ex-totl.x.ts:1:1: weak solution: want an exercise of the chapter (ex-total), got ex-totl; try ex-total",
  );
});
