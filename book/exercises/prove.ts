/**
 * Runs the variants of a chapter's solutions on a kernel. Each exercise is met in the chapter's own state: the cells before it
 * have run, then every variant takes the solution's place in turn and the exercise's tests judge it, then the solution
 * itself goes on. An endless variant is interrupted, and the state lives on; a kernel that dies is started again up to there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Cell, cellsOf, type Chapter } from "../chapter.ts";
import { KernelClient, KernelDied } from "../run/client.ts";
import type { Exercise, ExerciseTest } from "./exercise.ts";

/** One text to judge in a solution's place. */
export interface Variant {
  readonly source: string;
  /** Only whether a test fails is asked: stop at the first that does. */
  readonly untilFailure: boolean;
}

export interface Score {
  readonly points: number;
  /** Tests that failed, with the first line of why. */
  readonly failed: readonly { readonly test: ExerciseTest; readonly why: string }[];
}

export interface ProveOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Longest time for the chapter's own cells. */
  readonly cellMs: number;
  readonly signal: AbortSignal;
}

/** A variant may take so many times as long as the solution, and this long at least. */
const PATIENCE = 20;
const LEAST_MS = 3_000;
const HEED_MS = 5_000;

/** A chapter on a kernel, as far as it has run. Dispose of it. */
export class Prover {
  readonly #chapter: Chapter;
  readonly #options: ProveOptions;
  #client: KernelClient | undefined;
  /** Code cells that have run. */
  #done = 0;

  constructor(chapter: Chapter, options: ProveOptions) {
    this.#chapter = chapter;
    this.#options = options;
  }

  /** Scores of the variants, in order; the first must be the solution, whose time the others' limit comes from. */
  async *score(exercise: Exercise, variants: readonly Variant[]): AsyncGenerator<Score> {
    let limitMs = this.#options.cellMs;
    for (const [index, variant] of variants.entries()) {
      await this.#runTo(exercise.at);
      const started = performance.now();
      yield await this.#judge(exercise, variant, limitMs);
      if (index === 0) limitMs = Math.max(LEAST_MS, PATIENCE * (performance.now() - started));
    }
    await this.#runTo(exercise.at + 1);
  }

  async dispose(): Promise<void> {
    await this.#client?.dispose();
    this.#client = undefined;
  }

  async #judge({ tests }: Exercise, variant: Variant, limitMs: number): Promise<Score> {
    const failed: Score["failed"][number][] = [];
    const broken = await this.#run(variant.source, limitMs);
    for (const test of tests) {
      // What does not even run cannot pass, and an older definition must not pass in its place.
      const why = broken ?? (await this.#run(test.cell.source, limitMs));
      if (why !== undefined) failed.push({ test, why });
      if (why !== undefined && variant.untilFailure) break;
    }
    const points = tests.reduce(
      (sum, test) => sum + (failed.some((each) => each.test === test) ? 0 : test.points),
      0,
    );
    return { points, failed };
  }

  /** Runs the chapter's own cells up to, and without, the one at `at`. */
  async #runTo(at: number): Promise<void> {
    const cells = cellsOf(this.#chapter);
    this.#client ??= await this.#start();
    for (; this.#done < at; this.#done++) {
      const cell = cells[this.#done];
      if (cell.tags.has("hidden")) continue; // a reader has none, so nothing can need it
      const why = await this.#run(cell.source, this.#options.cellMs);
      if (why !== undefined && !cell.tags.has("fails")) throw new ChapterFailed(this.#chapter, cell, why);
    }
  }

  async #start(): Promise<KernelClient> {
    this.#done = 0;
    return KernelClient.start(this.#options);
  }

  /** Why the code did not run to its end, or undefined. */
  async #run(source: string, limitMs: number): Promise<string | undefined> {
    this.#options.signal.throwIfAborted();
    const client = this.#client;
    if (client === undefined) return "the kernel has died";
    const running = client.execute(source, () => undefined);
    running.catch(() => undefined); // awaited below, or given up
    const timer = new AbortController();
    const late = sleep(limitMs, "late" as const, { signal: timer.signal }).catch(() => "late" as const);
    try {
      const outcome = await Promise.race([running, late]);
      if (outcome !== "late")
        return outcome.status === "ok" ? undefined : `${outcome.ename}: ${outcome.evalue}`;
      await this.#stop(client, running);
      return `no end within ${(limitMs / 1000).toFixed(0)} s`;
    } catch (error) {
      if (!(error instanceof KernelDied)) throw error;
      await this.dispose();
      return error.message;
    } finally {
      timer.abort();
    }
  }

  async #stop(client: KernelClient, running: Promise<unknown>): Promise<void> {
    const heeded = client.interrupt().then(() => running);
    const isFree = await Promise.race([heeded.then(() => true), sleep(HEED_MS, false, { ref: false })]);
    if (!isFree) await this.dispose();
  }
}

/** A cell of the chapter itself failed: `below run` says more. */
export class ChapterFailed extends Error {
  override readonly name = "ChapterFailed";
  readonly chapter: Chapter;
  readonly cell: Cell;
  constructor(chapter: Chapter, cell: Cell, why: string) {
    super(why);
    this.chapter = chapter;
    this.cell = cell;
  }
}
