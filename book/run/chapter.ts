/**
 * Runs one chapter on a fresh kernel, cell by cell, over the wire. In: a Source. Out: its executed notebook, or
 * the first fault. The kernel is gone when this returns, whatever happened.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kernelArgv } from "../../kernel/index.ts";
import type { Book, Source } from "../book.ts";
import { type Cell, cellsOf } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import type { Executed, WidgetModels } from "../write/notebook.ts";
import { KernelClient, KernelDied, type Reply } from "./client.ts";
import { cellFault, type Scene, thrownFault, thrownText } from "./failure.ts";
import { OutputCollector } from "./outputs.ts";

/** What is stored of a good run. */
export interface ChapterResult {
  /** What each cell showed, by its id: with the chapter's text of the day this is the executed notebook. */
  readonly executed: Readonly<Record<string, Executed>>;
  /** The drivable figures' states; left out where there are none. */
  readonly widgets?: WidgetModels;
  readonly cells: number;
  readonly tests: number;
  readonly seconds: number;
}

export type ChapterOutcome =
  | { readonly kind: "ok"; readonly result: ChapterResult }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "stopped" };

export interface ChapterRun {
  /** Gives a kernel in the folder of the notebooks; without it one is started now. */
  readonly startKernel?: ((root: string) => Promise<KernelClient>) | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called before each cell: its place in the chapter, from 1. */
  readonly onCell: (index: number, count: number) => void;
}

const INTERRUPT_MS = 5_000;

export async function runChapter(book: Book, { chapter }: Source, run: ChapterRun): Promise<ChapterOutcome> {
  const started = performance.now();
  const cells = cellsOf(chapter);
  const scene = { book, chapter, cells: new Map<number, Cell>() };
  const executed = new Map<string, Executed>();
  let current = cells[0];
  const collector = new OutputCollector();
  let client: KernelClient | undefined;
  try {
    client = await (run.startKernel ?? startKernel)(book.root);
    for (const [index, cell] of cells.entries()) {
      if (run.signal.aborted) return { kind: "stopped" };
      current = cell;
      run.onCell(index + 1, cells.length);
      const { outputs, take } = collector.cell();
      scene.cells.set(index + 1, cell);
      const reply = await runCell(client, cell, take, run);
      if (reply === "stopped" || run.signal.aborted) return { kind: "stopped" };
      const fault =
        reply === "timeout" ? timeoutFault(scene, cell, run.timeoutMs) : judge(scene, cell, reply);
      if (fault !== undefined) return { kind: "fault", fault };
      executed.set(cell.id, { executionCount: index + 1, outputs });
    }
  } catch (error) {
    if (run.signal.aborted) return { kind: "stopped" };
    if (!(error instanceof KernelDied) || current === undefined) throw error;
    return {
      kind: "fault",
      fault: cellFault(chapter, current, {
        who: "kernel",
        want: "a kernel that lives to the end of the cell",
        got: error.message,
        hint: undefined,
      }),
    };
  } finally {
    await client?.dispose();
  }
  const tests = cells.filter(({ tags }) => tags.has("test")).length;
  const seconds = Math.round(performance.now() - started) / 1000;
  const widgets = collector.widgets.models();
  const result = {
    executed: Object.fromEntries([...executed].map(([id, each]) => [id, named(each, collector)])),
    ...(Object.keys(widgets).length > 0 ? { widgets } : {}),
    cells: cells.length,
    tests,
    seconds,
  };
  return { kind: "ok", result };
}

/** Last of all: until then a later cell may change an earlier one's output. */
function named({ executionCount, outputs }: Executed, { widgets }: OutputCollector): Executed {
  return { executionCount, outputs: outputs.map((output) => widgets.named(output)) };
}

/** JupyterLab starts a notebook's kernel in the notebook's folder: so do we. */
export function startKernel(root: string): Promise<KernelClient> {
  return KernelClient.start({ argv: kernelArgv(), cwd: join(root, "notebooks") });
}

/** The cell's reply, or why there is none; then the kernel was interrupted and is to be disposed of. */
async function runCell(
  client: KernelClient,
  cell: Cell,
  take: Parameters<KernelClient["execute"]>[1],
  { timeoutMs, signal }: ChapterRun,
): Promise<Reply | "timeout" | "stopped"> {
  const running = execute(client, cell, take);
  const settled = new AbortController();
  const timer = sleep(timeoutMs, "timeout" as const, { signal: settled.signal });
  const stop = Promise.withResolvers<"stopped">();
  signal.addEventListener("abort", () => stop.resolve("stopped"), { signal: settled.signal });
  timer.catch(() => undefined); // aborted below
  const outcome = await Promise.race([running, timer, stop.promise]).finally(() => settled.abort());
  if (typeof outcome !== "string") return outcome;
  // A kernel that heeds the interrupt can be shut down in order; one that does not is killed by dispose().
  const heeded = client.interrupt().then(() => running);
  heeded.catch(() => undefined);
  await Promise.race([heeded, sleep(INTERRUPT_MS, undefined, { ref: false })]);
  return outcome;
}

/**
 * Types were checked for the chapter as a whole, where a cell with `fails` is left out: it alone is checked as it runs,
 * so that a type error which it describes stops it here as it does in JupyterLab.
 */
async function execute(
  client: KernelClient,
  cell: Cell,
  take: Parameters<KernelClient["execute"]>[1],
): Promise<Reply> {
  const silence = (): void => undefined;
  const mayFail = cell.options["fails"] !== undefined;
  if (mayFail) await client.execute("%typecheck stop", silence, true);
  const reply = await client.execute(cell.source, take);
  if (mayFail) await client.execute("%typecheck off", silence, true);
  return reply;
}

/** A cell without `fails` must not throw; one with it must throw what it describes. */
function judge(scene: Scene, cell: Cell, reply: Reply): Fault | undefined {
  const described = cell.options["fails"];
  if (reply.status === "ok") {
    if (described === undefined) return undefined;
    const want = `an error with ${JSON.stringify(described)}`;
    return cellFault(scene.chapter, cell, {
      who: "fails",
      want,
      got: "no error",
      hint: "removing the tag fails",
    });
  }
  if (described !== undefined && thrownText(reply).includes(described)) return undefined;
  return thrownFault(scene, cell, reply);
}

function timeoutFault({ chapter }: Scene, cell: Cell, timeoutMs: number): Fault {
  const fault = {
    who: "cell",
    want: `an end within ${timeoutMs / 1000} s`,
    got: "none; it was interrupted",
    hint: "less work in one cell",
  };
  return cellFault(chapter, cell, fault);
}
