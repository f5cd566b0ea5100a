/**
 * Weak solutions: what somebody writes who believes something wrong. One file each, chapters/NN-slug/weak/EXERCISE.NAME.ts,
 * which holds the whole cell and begins with a comment: the belief, and `Score: N`, the points it must get.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../book.ts";
import { type Fault, position } from "../fault.ts";
import { nearest } from "../../kernel/nearest.mjs";

export interface Weak {
  readonly exercise: string;
  /** "counts-from-zero" */
  readonly name: string;
  readonly belief: string;
  readonly score: number;
  readonly source: string;
  /** Path from the root of the book. */
  readonly file: string;
}

const NAME = /^(?<exercise>[a-z0-9-]+)\.(?<name>[a-z0-9-]+)\.ts$/;
const HEADER = /^\/\*\*(?<text>[\s\S]*?)\*\//;
const SCORE = /\bScore:\s*(?<score>\d+(?:\.\d+)?)\b/;

/** By exercise and name. Files that do not say what they must are faults. */
export function readWeak(
  root: string,
  { folder }: Source,
  exercises: readonly string[],
): { readonly weak: readonly Weak[]; readonly faults: readonly Fault[] } {
  const files = filesIn(join(root, folder, "weak")).map((name) => `${folder}/weak/${name}`);
  const read = files.map((file) => readOne(file, readFileSync(join(root, file), "utf8"), exercises));
  return {
    weak: read.filter((each): each is Weak => "score" in each),
    faults: read.filter((each): each is Fault => "who" in each),
  };
}

function readOne(file: string, text: string, exercises: readonly string[]): Weak | Fault {
  const { exercise, name } = NAME.exec(file.split("/").at(-1) ?? "")?.groups ?? {};
  if (exercise === undefined || name === undefined)
    return fault(file, "a name like ex-sum.counts-from-zero.ts", file.split("/").at(-1) ?? "");
  if (!exercises.includes(exercise))
    return fault(
      file,
      `an exercise of the chapter (${exercises.join(", ")})`,
      exercise,
      nearest(exercise, exercises),
    );
  const header = HEADER.exec(text)?.groups?.["text"] ?? "";
  const score = SCORE.exec(header)?.groups?.["score"];
  const belief = header
    .replace(SCORE, "")
    .replaceAll(/^\s*\*/gm, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  if (score === undefined || belief === "")
    return fault(file, "a comment first that says the belief and Score: N", header.trim() || "none");
  return { exercise, name, belief, score: Number(score), source: text, file };
}

function fault(file: string, want: string, got: string, hint?: string): Fault {
  return { file, ...position("", 0), who: "weak solution", want, got, hint };
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
