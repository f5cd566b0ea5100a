/** Scores of an exercise's variants → what was found, and what of it is not as it should be. Pure. */
import type { Chapter } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import { type Exercise, pointsOf } from "./exercise.ts";
import type { Mutant } from "./mutate.ts";
import type { Score } from "./prove.ts";
import type { Weak } from "./weak.ts";

/** The share of mutants that tests must notice (docs/book.md, point 9). */
export const LEAST_KILLED = 0.8;
/** Misconceptions an exercise must know. */
export const LEAST_WEAK = 3;

export interface Findings {
  readonly solution: Score;
  readonly stub: Score;
  readonly weak: readonly { readonly weak: Weak; readonly score: Score }[];
  readonly mutants: readonly { readonly mutant: Mutant; readonly isKilled: boolean }[];
}

export interface Verdict extends Findings {
  readonly chapter: Chapter;
  readonly exercise: Exercise;
  readonly points: number;
  readonly faults: readonly Fault[];
}

export function judge(chapter: Chapter, exercise: Exercise, findings: Findings): Verdict {
  const points = pointsOf(exercise.tests);
  const faults = [
    ...solutionFaults(chapter, exercise, points, findings.solution),
    ...stubFaults(chapter, exercise, findings.stub),
    ...weakFaults(chapter, exercise, findings.weak),
    ...mutantFaults(chapter, exercise, findings.mutants),
  ];
  return { chapter, exercise, points, ...findings, faults };
}

function solutionFaults(chapter: Chapter, { id, solution }: Exercise, points: number, score: Score): Fault[] {
  return score.failed.map(({ test, why }) => ({
    ...place(chapter, test.cell.line),
    who: id,
    want: `its solution (line ${solution.line}) to pass, ${points} points`,
    got: why,
  }));
}

function stubFaults(chapter: Chapter, { id, tests }: Exercise, { points, failed }: Score): Fault[] {
  const passed = tests.find((test) => !failed.some((each) => each.test === test));
  if (passed === undefined) return [];
  const hint = "a test that asks for something that only an answer can give";
  return [
    {
      ...place(chapter, passed.cell.line),
      who: id,
      want: "a stub that scores 0",
      got: `${points} points`,
      hint,
    },
  ];
}

function weakFaults(chapter: Chapter, { id, solution, tests }: Exercise, weak: Findings["weak"]): Fault[] {
  const wrong = weak
    .filter(({ weak: { score }, score: { points } }) => points !== score)
    .map(({ weak: { file, score }, score: { points, failed } }) => ({
      file,
      line: 1,
      column: 1,
      who: id,
      want: `${score} of ${pointsOf(tests)} points`,
      got: `${points}${failed.length === 0 ? "" : `; it failed by ${failed.map(({ why }) => why).join(" and by ")}`}`,
    }));
  if (weak.length >= LEAST_WEAK) return wrong;
  const hint = `a file ${id}.NAME.ts in weak/`;
  const few = { who: id, want: `${LEAST_WEAK} weak solutions`, got: `${weak.length}`, hint };
  return [...wrong, { ...place(chapter, solution.line), ...few }];
}

function mutantFaults(chapter: Chapter, { id, solution }: Exercise, mutants: Findings["mutants"]): Fault[] {
  const alive = mutants.filter(({ isKilled }) => !isKilled);
  if (mutants.length === 0 || 1 - alive.length / mutants.length >= LEAST_KILLED) return [];
  const want = `tests that notice ${LEAST_KILLED * 100} % of ${mutants.length} changes of the solution`;
  const got = `${mutants.length - alive.length}; among those that none noticed: ${alive
    .slice(0, 3)
    .map(({ mutant }) => describeMutant(solution.line, mutant))
    .join(" · ")}`;
  return [{ ...place(chapter, solution.line), who: id, want, got }];
}

/** "line 1528: `>=` → `>`" */
export function describeMutant(firstLine: number, { line, from, to }: Mutant): string {
  const short = (text: string): string =>
    (text.length > 30 ? `${text.slice(0, 29)}…` : text).replaceAll(/\s+/g, " ").trim();
  return `line ${firstLine + line - 1}: \`${short(from)}\` → \`${short(to)}\``;
}

function place(
  { file }: Chapter,
  line: number,
): { readonly file: string; readonly line: number; readonly column: number } {
  return { file, line, column: 1 };
}
