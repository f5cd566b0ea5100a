/**
 * `below dev` and `below site --serve`: the site on this machine, made again when a chapter's file is saved.
 * The text shows first; then, in dev, what changed is checked and run, and the page shows what it printed.
 */
import { type FSWatcher, mkdirSync, watch } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { readBook } from "../book.ts";
import { describeFault } from "../fault.ts";
import type { BookOptions } from "../options.ts";
import { startKernel } from "../run/chapter.ts";
import type { KernelClient } from "../run/client.ts";
import { runBook } from "../run/run.ts";
import { hashFolder } from "../store.ts";
import { exportSite, SITE } from "./site.ts";
import { serveFolder, type Served } from "./serve.ts";

export interface WatchOptions extends BookOptions {
  /** Whether changed chapters run (`below dev`), or only their pages are written (`below site --serve`). */
  readonly runs: boolean;
  readonly port: number;
  readonly base?: string;
  /** Aborting ends it. */
  readonly signal: AbortSignal;
}

/** Editors write a file in several steps. */
const SETTLE_MS = 40;

/** Serves until options.signal aborts. Returns an exit code. */
export async function watchBook(options: WatchOptions): Promise<number> {
  const { root, stdout, signal } = options;
  const served = await serve(options);
  if (served === undefined) return 1;
  const warm = options.runs ? warmKernels(root) : undefined;
  const changes = watchFolders([join(root, "chapters"), join(root, "datasets")]);
  try {
    stdout.write(`reading: ${served.address}   watching chapters/; Ctrl-C ends it\n`);
    await makeAll({ ...options, served, warm, signal });
    while (!signal.aborted) {
      await changes.next(signal);
      await untilQuiet(changes, signal);
      if (!signal.aborted) await makeUnlessChanged({ ...options, served, warm }, changes);
    }
  } finally {
    changes.close();
    await warm?.dispose();
    await served.dispose();
  }
  return 0;
}

/** undefined, with a line that says why, if another program has the port: often the same command in another terminal. */
async function serve({ root, stdout, port, base = "/" }: WatchOptions): Promise<Served | undefined> {
  try {
    return await serveFolder({ folder: join(root, SITE), port, base, live: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    stdout.write(`site: want port ${port}, got one that another program uses; try --port ${port + 1}\n`);
    return undefined;
  }
}

interface Making extends WatchOptions {
  readonly served: Served;
  readonly warm: WarmKernels | undefined;
}

/** A save while chapters run ends that run: its result would be of yesterday's text. */
async function makeUnlessChanged(making: Making, changes: Changes): Promise<void> {
  const superseded = new AbortController();
  const signal = AbortSignal.any([making.signal, superseded.signal]);
  const done = makeAll({ ...making, signal });
  const finished = new AbortController();
  const changed = changes
    .peek(AbortSignal.any([finished.signal, signal]))
    .then((is) => is && superseded.abort());
  await done.finally(() => finished.abort());
  await changed;
}

/** Text first, then results, then the search index. What is wrong goes to the terminal and onto the open page. */
async function makeAll(making: Making): Promise<void> {
  const { root, served, signal } = making;
  const started = performance.now();
  const told: string[] = [];
  if (readBook(root).broken.size === 0) {
    const said = await quietly((streams) => exportSite({ root, ...streams, search: false }));
    if (said.code === 0) served.notify("reload");
    else told.push(said.stderr);
    if (said.code === 0) making.stdout.write(`page: ${seconds(started)}\n`);
  }
  if (signal.aborted) return;
  const stderr = new PassThrough({ encoding: "utf8" });
  const before = outputsHash(root);
  const code = making.runs ? await runChanged(making, stderr) : await saidFaults(root, stderr);
  told.push((stderr.read() as string | null) ?? "");
  const fault = told.join("").trim();
  if (signal.aborted) return;
  if (fault !== "") making.stderr.write(`${fault}\n`);
  if (code !== 0 || fault !== "") return served.notify("fault", fault);
  const full = await quietly((streams) => exportSite({ root, ...streams }));
  if (full.code === 0 && outputsHash(root) !== before) served.notify("reload");
  served.notify("good");
}

/** Of what the cells showed. */
function outputsHash(root: string): string {
  return hashFolder(join(root, "build/notebooks-run"), (file) => file.endsWith(".ipynb"));
}

function runChanged({ root, chapters, stdout, signal, warm }: Making, stderr: PassThrough): Promise<number> {
  return runBook({ root, chapters, stdout, stderr, signal, ...(warm && { startKernel: () => warm.take() }) });
}

/** Without running: what keeps a chapter from being read. */
async function saidFaults(root: string, stderr: PassThrough): Promise<number> {
  const { faults } = readBook(root);
  for (const fault of faults) stderr.write(`${describeFault(fault)}\n`);
  return faults.length > 0 ? 1 : 0;
}

async function quietly(
  work: (streams: { stdout: PassThrough; stderr: PassThrough }) => Promise<number>,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const [stdout, stderr] = [new PassThrough({ encoding: "utf8" }), new PassThrough({ encoding: "utf8" })];
  stdout.resume();
  const code = await work({ stdout, stderr });
  return { code, stderr: (stderr.read() as string | null) ?? "" };
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

interface WarmKernels {
  take(): Promise<KernelClient>;
  dispose(): Promise<void>;
}

/** One kernel is always started and waiting, so that a run begins at once, on a state that is clean. */
function warmKernels(root: string): WarmKernels {
  mkdirSync(join(root, "notebooks"), { recursive: true }); // where they stand
  const start = (): Promise<KernelClient> => {
    const kernel = startKernel(root);
    kernel.catch(() => undefined); // whoever takes it hears of it
    return kernel;
  };
  let next = start();
  return {
    take() {
      const kernel = next;
      next = start();
      return kernel;
    },
    async dispose() {
      await (await next.catch(() => undefined))?.dispose();
    },
  };
}

interface Changes {
  /** Waits for a change, and takes it. Resolves to false where the signal came first. */
  next(signal: AbortSignal): Promise<boolean>;
  /** The same, but leaves the change to the next call. */
  peek(signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** Our own half-written files and editors' swap files are no changes. */
function watchFolders(folders: readonly string[]): Changes {
  const state = { isChanged: false, wake: (): void => undefined };
  const watchers: FSWatcher[] = folders.map((folder) =>
    watch(folder, { recursive: true }, (_, name) => {
      if (name === null || /(?:\.tmp|~|\.sw[a-z]|\.ipynb_checkpoints.*)$|^\.|[\\/]\./.test(name)) return;
      state.isChanged = true;
      state.wake();
    }),
  );
  const peek = async (signal: AbortSignal): Promise<boolean> => {
    while (!state.isChanged && !signal.aborted) {
      const woken = Promise.withResolvers<void>();
      state.wake = woken.resolve;
      signal.addEventListener("abort", () => woken.resolve(), { once: true });
      await woken.promise;
    }
    return state.isChanged && !signal.aborted;
  };
  return {
    peek,
    async next(signal) {
      const is = await peek(signal);
      state.isChanged = false;
      return is;
    },
    close: () => watchers.forEach((watcher) => watcher.close()),
  };
}

async function untilQuiet(changes: Changes, signal: AbortSignal): Promise<void> {
  for (;;) {
    const quiet = AbortSignal.any([AbortSignal.timeout(SETTLE_MS), signal]);
    if (!(await changes.next(quiet))) break;
  }
  await sleep(0);
}
