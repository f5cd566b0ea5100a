/** Verdicts → lines for a person, rows for a program. */
import { folderName } from "../chapter.ts";
import { describeFault } from "../fault.ts";
import { describeMutant, type Verdict } from "./verdict.ts";

/** One exercise in one line, and the mutants that no test noticed. */
export function lines({ exercise, points, stub, solution, weak, mutants }: Verdict): readonly string[] {
  const killed = mutants.filter(({ isKilled }) => isKilled).length;
  const scores = weak.map(({ weak: { name }, score }) => `${name} ${score.points}`).join(", ");
  const first = `${exercise.id}  stub ${stub.points}/${points}  solution ${solution.points}/${points}  weak: ${scores || "none"}  mutants noticed ${killed}/${mutants.length}`;
  const alive = mutants.filter(({ isKilled }) => !isKilled);
  return [
    first,
    ...alive.map(({ mutant }) => `  not noticed: ${describeMutant(exercise.solution.line, mutant)}`),
  ];
}

export interface ExerciseRow {
  readonly chapter: string;
  readonly exercise: string;
  readonly points: number;
  readonly stub: number;
  readonly solution: number;
  readonly weak: readonly {
    readonly name: string;
    readonly belief: string;
    readonly want: number;
    readonly got: number;
  }[];
  readonly mutants: readonly {
    readonly line: number;
    readonly from: string;
    readonly to: string;
    readonly noticed: boolean;
  }[];
  readonly ok: boolean;
  readonly faults: readonly string[];
}

export function row({
  chapter,
  exercise,
  points,
  stub,
  solution,
  weak,
  mutants,
  faults,
}: Verdict): ExerciseRow {
  return {
    chapter: folderName(chapter),
    exercise: exercise.id,
    points,
    stub: stub.points,
    solution: solution.points,
    weak: weak.map(({ weak: { name, belief, score }, score: { points: got } }) => ({
      name,
      belief,
      want: score,
      got,
    })),
    mutants: mutants.map(({ mutant: { line, from, to }, isKilled }) => ({
      line: exercise.solution.line + line - 1,
      from,
      to,
      noticed: isKilled,
    })),
    ok: faults.length === 0,
    faults: faults.map(describeFault),
  };
}
