/** A chapter → its exercises: what a student fills in, and the tests that judge it, with their points. Pure. */
import { type Cell, cellsOf, type Chapter } from "../chapter.ts";

export interface Exercise {
  readonly id: string;
  /** The cell with the solution between its markers; its place among the chapter's code cells, from 0. */
  readonly solution: Cell;
  readonly at: number;
  readonly tests: readonly ExerciseTest[];
}

export interface ExerciseTest {
  readonly cell: Cell;
  readonly points: number;
  readonly isHidden: boolean;
}

const BEGIN = /^[ \t]*\/\/ BEGIN SOLUTION\b.*$/m;
const REGION = /^(?<indent>[ \t]*)\/\/ BEGIN SOLUTION\b.*\n(?:.*\n)*?[ \t]*\/\/ END SOLUTION\b.*$/gm;

/** In the order of the chapter. An exercise without a solution or without tests is the rubric's business, and is left out. */
export function exercisesOf(chapter: Chapter): readonly Exercise[] {
  const cells = cellsOf(chapter);
  return cells.flatMap((cell, at) => {
    const id = cell.options["exercise"];
    if (id === undefined || !cell.tags.has("solution")) return [];
    const tests = cells.filter(({ options, tags }) => options["exercise"] === id && tags.has("test"));
    return tests.length === 0 ? [] : [{ id, solution: cell, at, tests: tests.map(testOf) }];
  });
}

function testOf(cell: Cell): ExerciseTest {
  return { cell, points: Number(cell.options["points"] ?? 0), isHidden: cell.tags.has("hidden") };
}

export function pointsOf(tests: readonly ExerciseTest[]): number {
  return tests.reduce((sum, { points }) => sum + points, 0);
}

/** What a student starts from: each solution replaced by an error that says so. Without markers the whole cell is the solution. */
export function stubOf({ id, solution: { source } }: Exercise): string {
  const line = `throw new Error("${id}: not written yet");`;
  return BEGIN.test(source) ? source.replaceAll(REGION, (_, indent: string) => `${indent}${line}`) : line;
}

/** Offsets [start, end) in the cell's source of what the student writes. */
export function solutionRanges(source: string): readonly (readonly [start: number, end: number])[] {
  const found = [...source.matchAll(REGION)];
  if (found.length === 0) return [[0, source.length]];
  return found.map((match) => [match.index, match.index + match[0].length]);
}
