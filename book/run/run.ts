/**
 * `below run`: chapters in order, each on a fresh kernel over the wire, its result kept by the hash of all inputs.
 * What is done is never done again, so a run that was stopped or killed goes on where it was.
 */
import { join } from "node:path";
import { type Book, readBook, type Source } from "../book.ts";
import { countChapters, folderName } from "../chapter.ts";
import { describeFault } from "../fault.ts";
import { importGraph, withImports } from "../graph.ts";
import { type Inputs, readInputs } from "../inputs.ts";
import type { RunOptions } from "../options.ts";
import { prepare } from "../prepare.ts";
import { hashOf, openStore, type Store } from "../store.ts";
import { writeBook } from "../write/book.ts";
import { sweepTemporary, writeFolder, writeWhole } from "../write/files.ts";
import { executedNotebook, notebookName, notebookText } from "../write/notebook.ts";
import { type ChapterResult, runChapter } from "./chapter.ts";
import { createProgress, type Line, type Progress, summary } from "./progress.ts";

const CELL_MS = 600_000;

/** One run of the book: what its chapters share. */
interface BookRun {
  readonly book: Book;
  readonly inputs: Inputs;
  readonly store: Store;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Returns an exit code: 0 all ran, 1 faults (on stderr), 130 stopped by options.signal. */
export async function runBook(options: RunOptions): Promise<number> {
  const prepared = await prepare(options);
  if (!prepared?.isGood) return 1;
  const { book, inputs, selected } = prepared;
  for (const note of writeBook(book, selected)) options.stdout.write(`${note}\n`);
  const store = openStore(join(book.root, "build/cache/run"));
  const signal = options.signal ?? new AbortController().signal;
  const run = { book, inputs, store, options, signal, progress: createProgress(options.stdout) };
  const lines = await runAll(
    run,
    book.sources.filter(({ chapter }) => selected.has(chapter.slug)),
  );
  writeIndex(run);
  if (signal.aborted) return stopped(options, lines);
  options.stdout.write(`\n${summary(lines)}`);
  return lines.some(({ state }) => state === "failed") ? 1 : 0;
}

async function runAll(run: BookRun, sources: readonly Source[]): Promise<readonly Line[]> {
  const graph = importGraph(run.book);
  const failed = new Set<string>();
  const lines: Line[] = [];
  for (const source of sources) {
    if (run.signal.aborted) break;
    const { slug } = source.chapter;
    const dependsOnFailed = !withImports(graph, [slug]).isDisjointFrom(failed);
    const line = dependsOnFailed ? skip(run, source) : await runOne(run, source);
    if (line.state === "failed") failed.add(slug);
    lines.push(line);
  }
  return lines;
}

async function runOne(run: BookRun, source: Source): Promise<Line> {
  const { slug } = source.chapter;
  const key = run.inputs.run(slug);
  const cached = run.options.cache === false ? undefined : stored(run.store, slug, key);
  if (cached !== undefined) return keep(run, source, cached, "cached");
  const name = lineName(source);
  run.progress.start(name);
  const outcome = await runChapter(run.book, source, {
    timeoutMs: run.options.timeoutMs ?? CELL_MS,
    startKernel: run.options.startKernel,
    signal: run.signal,
    onCell: (index, count) => run.progress.cell(index, count),
  });
  if (outcome.kind === "ok") {
    remember(run, slug, key, outcome.result);
    return keep(run, source, outcome.result, "ran");
  }
  const line = {
    name,
    cells: 0,
    tests: 0,
    seconds: 0,
    state: outcome.kind === "fault" ? ("failed" as const) : ("stopped" as const),
  };
  run.progress.end(line);
  if (outcome.kind === "fault") run.options.stderr.write(`${describeFault(outcome.fault)}\n`);
  return line;
}

function skip(run: BookRun, source: Source): Line {
  const line = { name: lineName(source), cells: 0, tests: 0, seconds: 0, state: "skipped" as const };
  run.progress.end(line);
  return line;
}

function keep(run: BookRun, source: Source, result: ChapterResult, state: "ran" | "cached"): Line {
  const notebook = executedNotebook(source.chapter, new Map(Object.entries(result.executed)), result.widgets);
  const path = join(run.book.root, "build/notebooks-run", notebookName(source.chapter));
  writeWhole(path, notebookText(notebook));
  const { cells, tests, seconds } = result;
  const line = { name: lineName(source), cells, tests, seconds, state };
  run.progress.end(line);
  return line;
}

function lineName({ chapter }: Source): string {
  return folderName(chapter).replace("-", " ");
}

function stored(store: Store, slug: string, key: string): ChapterResult | undefined {
  const text = store.get(slug, key);
  return text === undefined ? undefined : (JSON.parse(text) as ChapterResult);
}

/** Stores a result only if its inputs are still what they were when it began: someone may be writing. */
function remember(run: BookRun, slug: string, key: string, result: ChapterResult): void {
  if (readInputs(readBook(run.book.root)).run(slug) === key) run.store.put(slug, key, JSON.stringify(result));
  else run.options.stdout.write(`${slug} changed while it ran: the result is shown, not kept\n`);
}

/** build/artifacts/index.json: what is known of each chapter as it now stands. Derived, so it can always be made again. */
function writeIndex({ book, inputs, store }: BookRun): void {
  const chapters = book.sources.flatMap(({ chapter: { slug } }) => {
    const key = inputs.run(slug);
    const result = stored(store, slug, key);
    return result === undefined
      ? []
      : [[slug, { key, outputs: hashOf(JSON.stringify(result.executed)), seconds: result.seconds }] as const];
  });
  const folder = join(book.root, "build/artifacts");
  sweepTemporary(folder);
  writeWhole(join(folder, "index.json"), `${JSON.stringify(Object.fromEntries(chapters), null, 2)}\n`);
  removeOldRuns(book);
}

/** Runs of chapters that are gone or have another number now. */
function removeOldRuns(book: Book): void {
  const folder = join(book.root, "build/notebooks-run");
  sweepTemporary(folder);
  const current = new Set(book.sources.map(({ chapter }) => notebookName(chapter)));
  if (book.broken.size === 0)
    writeFolder(folder, new Map(), (file) => file.endsWith(".ipynb") && !current.has(file));
}

function stopped({ stdout }: RunOptions, lines: readonly Line[]): number {
  const done = lines.filter(({ state }) => state === "ran" || state === "cached").length;
  stdout.write(`\nstopped; ${countChapters(done)} done and kept: the next run goes on from there\n`);
  return 130;
}
