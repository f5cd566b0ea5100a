/**
 * `below check --exercises`: proves each exercise of the chosen chapters on a kernel, over the wire.
 * A chapter whose every input is as it was comes from the cache.
 */
import { join } from "node:path";
import { kernelArgv } from "../../kernel/index.ts";
import type { Book, Source } from "../book.ts";
import { folderName } from "../chapter.ts";
import { describeFault, type Fault } from "../fault.ts";
import type { Inputs } from "../inputs.ts";
import type { BookOptions } from "../options.ts";
import { prepare } from "../prepare.ts";
import { hashOf, openStore, type Store } from "../store.ts";
import { writeBook } from "../write/book.ts";
import { type Exercise, exercisesOf, stubOf } from "./exercise.ts";
import { mutantsOf } from "./mutate.ts";
import { ChapterFailed, Prover, type Score, type Variant } from "./prove.ts";
import { type ExerciseRow, lines, row } from "./report.ts";
import { judge, type Verdict } from "./verdict.ts";
import { readWeak, type Weak } from "./weak.ts";

export interface ExerciseOptions extends BookOptions {
  /** Print one JSON array of rows instead of lines. */
  readonly json?: boolean;
  /** false: prove everything again. Default true. */
  readonly cache?: boolean;
  /** Most mutants of one solution, default 40. */
  readonly mutants?: number;
  readonly signal?: AbortSignal;
}

const CELL_MS = 600_000;
const MUTANTS = 40;

/** What is printed for one chapter, and kept. */
interface Proof {
  readonly rows: readonly ExerciseRow[];
  readonly text: readonly string[];
  readonly faults: readonly string[];
}

/** Returns an exit code: 0 every exercise judges as it should, 1 not, 130 stopped. */
export async function proveExercises(options: ExerciseOptions): Promise<number> {
  const prepared = await prepare(options);
  if (!prepared?.isGood) return 1;
  const { book, selected, inputs } = prepared;
  writeBook(book, selected); // the kernel imports the chapters' modules from build/
  const store = openStore(join(book.root, "build/cache/exercises"));
  const proofs: Proof[] = [];
  try {
    for (const source of book.sources.filter(({ chapter }) => selected.has(chapter.slug)))
      proofs.push(await proveOnce(book, source, inputs, store, options));
  } catch (error) {
    if (options.signal?.aborted) return 130;
    throw error;
  }
  if (options.json)
    options.stdout.write(
      `${JSON.stringify(
        proofs.flatMap(({ rows }) => rows),
        null,
        2,
      )}\n`,
    );
  const faults = proofs.flatMap((proof) => proof.faults);
  for (const fault of faults) options.stderr.write(`${fault}\n`);
  return faults.length === 0 ? 0 : 1;
}

async function proveOnce(
  book: Book,
  source: Source,
  inputs: Inputs,
  store: Store,
  options: ExerciseOptions,
): Promise<Proof> {
  const exercises = exercisesOf(source.chapter);
  const { weak, faults } = readWeak(
    book.root,
    source,
    exercises.map(({ id }) => id),
  );
  const most = options.mutants ?? MUTANTS;
  const key = hashOf(
    inputs.run(source.chapter.slug),
    `${most}`,
    ...weak.flatMap((each) => [each.file, each.source]),
  );
  const cached = options.cache === false ? undefined : store.get(source.chapter.slug, key);
  const proof =
    cached === undefined
      ? await prove(book, source, exercises, weak, options)
      : (JSON.parse(cached) as Proof);
  if (cached === undefined) store.put(source.chapter.slug, key, JSON.stringify(proof));
  else if (!options.json) options.stdout.write(proof.text.map((line) => `${line}\n`).join(""));
  return { ...proof, faults: [...faults.map(describeFault), ...proof.faults] };
}

async function prove(
  book: Book,
  { chapter }: Source,
  exercises: readonly Exercise[],
  weak: readonly Weak[],
  options: ExerciseOptions,
): Promise<Proof> {
  const verdicts: Verdict[] = [];
  const text: string[] = [];
  const say = (line: string): void => {
    text.push(line);
    if (!options.json) options.stdout.write(`${line}\n`);
  };
  const signal = options.signal ?? new AbortController().signal;
  const prover = new Prover(chapter, {
    argv: kernelArgv(),
    cwd: join(book.root, "notebooks"),
    cellMs: CELL_MS,
    signal,
  });
  say(`${folderName(chapter)}  ${exercises.length} exercises`);
  try {
    for (const exercise of exercises) {
      const own = weak.filter((each) => each.exercise === exercise.id);
      verdicts.push(await proveExercise(prover, chapter, exercise, own, options));
      lines(verdicts[verdicts.length - 1]).forEach(say);
    }
  } catch (error) {
    if (!(error instanceof ChapterFailed)) throw error;
    return {
      rows: verdicts.map(row),
      text,
      faults: [...faultsOf(verdicts), describeFault(chapterFault(error))],
    };
  } finally {
    await prover.dispose();
  }
  return { rows: verdicts.map(row), text, faults: faultsOf(verdicts) };
}

async function proveExercise(
  prover: Prover,
  chapter: Source["chapter"],
  exercise: Exercise,
  weak: readonly Weak[],
  options: ExerciseOptions,
): Promise<Verdict> {
  const mutants = mutantsOf(exercise.solution.source, options.mutants ?? MUTANTS);
  const variants: Variant[] = [
    { source: exercise.solution.source, untilFailure: false },
    { source: stubOf(exercise), untilFailure: false },
    ...weak.map(({ source }) => ({ source, untilFailure: false })),
    ...mutants.map(({ source }) => ({ source, untilFailure: true })),
  ];
  const scores: Score[] = [];
  for await (const score of prover.score(exercise, variants)) {
    scores.push(score);
    if (options.stdout.isTTY && !options.json)
      options.stdout.write(`\r\u001B[K${exercise.id}  ${scores.length}/${variants.length}\r\u001B[K`);
  }
  const [solution, stub, ...rest] = scores;
  return judge(chapter, exercise, {
    solution,
    stub,
    weak: weak.map((each, i) => ({ weak: each, score: rest[i] })),
    mutants: mutants.map((mutant, i) => ({ mutant, isKilled: rest[weak.length + i].failed.length > 0 })),
  });
}

function faultsOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ faults }) => faults.map(describeFault));
}

function chapterFault({ chapter, cell, message }: ChapterFailed): Fault {
  const hint = "below run, which says more";
  return {
    file: chapter.file,
    line: cell.line,
    column: 1,
    who: "cell",
    want: "no error",
    got: message,
    hint,
  };
}
