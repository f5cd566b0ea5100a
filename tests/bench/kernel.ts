/**
 * `npm run bench -- kernel`: our kernel, with and without type checks, against ipykernel, Deno and tslab, as jupyter_client sees them.
 * Rounds → rows. Kernels take turns cell by cell on the same machine, so a slow minute falls on all of them;
 * the order changes, so that none always follows the same other (whose work still fills the caches).
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cellKinds, type CellKind, endless, lines, sum, typed } from "./cells.ts";
import {
  type Contestant,
  enterKernels,
  isolatedEnvironment,
  type KernelName,
  type RunNpm,
} from "./contestants.ts";
import { KernelClient } from "./kernel-client.ts";
import { type Claim, type Row, row, type Samples } from "./row.ts";

/**
 * Median times and memory of a run, one row per claim and peer.
 * python: an interpreter with jupyter_client and ipykernel. progress: told what happens, in words.
 */
export async function benchKernel(
  python: string,
  runNpm: RunNpm,
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "below-bench-"));
  const workplace = join(directory, "work");
  mkdirSync(workplace);
  const contestants = await enterKernels(directory, python, runNpm);
  const client = new KernelClient(python, isolatedEnvironment(directory));
  const bench = { client, workplace, contestants, results: new Map(), nextNumber: 17, restarts: 0, progress };
  try {
    await measureStarts(bench, rounds);
    await measureCells(bench, rounds);
    return measures.map((measure) => judge(bench, measure));
  } finally {
    await client.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same rows where there is no client to measure with: nothing is known, and `why` says the reason. */
export function unmeasured(why: string): readonly Row[] {
  return measures.map(({ claim: { what, unit, peerName, goal } }) => ({
    what,
    unit,
    peerName,
    goal,
    ours: null,
    peer: null,
    ratio: null,
    ok: null,
    why,
  }));
}

interface Bench {
  readonly client: KernelClient;
  /** Where the kernels run and find the files that cells import. */
  readonly workplace: string;
  readonly contestants: readonly Contestant[];
  /** "kernel: what" → samples. */
  readonly results: Map<string, Samples>;
  /** Used once each, so that no cell's text repeats. */
  nextNumber: number;
  /** How often tslab was started again. */
  restarts: number;
  readonly progress: (text: string) => void;
}

/**
 * Of some 250 cells tslab leaves one without its idle (its execute_reply and busy come, nothing else does): then it is started
 * again, and the cell is sent once more.
 */
const mostRestarts = 6;

const starting = "start to kernel_info_reply";
const firstCell = "first cell";
const idleMemory = "resident memory, idle after the first cell, language server apart";
const serverMemory = "resident memory of the language server, idle after the first cell";
const completing = { live: "completion of a live object's keys", typed: "completion of typed members" };
const interrupting = "interrupt of while (true)";
const startMeasures = [starting, firstCell, idleMemory, serverMemory];
const settleMs = 500;
/** So many that, over the usual seven rounds, one in a hundred can be told. */
const interruptsARound = 20;
const completionRepeats = 10;

/** A row before it is measured: its claim, which of ours it is about, and the measurement by its own name. */
interface Measure {
  readonly claim: Claim;
  readonly ours: KernelName;
  readonly what: string;
}

const checked = "below";
const unchecked = "below-unchecked";

/** What is printed, in order. The goals are the issue's; the rest is there to be watched. Deno and ipykernel check no types. */
const measures: readonly Measure[] = [
  measure(starting, "ipykernel", "<=0.9"),
  measure(starting, "deno", null),
  measure(sum.what, "deno", "<=0.7", unchecked),
  measure(sum.what, "ipykernel", null, unchecked),
  measure(typed.what, "tslab", "<=1.0", checked),
  measure(typed.what, null, "<=35", checked),
  ...cellKinds
    .filter((kind) => kind !== typed && kind.onTslab)
    .map(({ what }) => measure(what, "tslab", null, checked)),
  measure(firstCell, "deno", null),
  measure(firstCell, "ipykernel", null),
  ...cellKinds
    .slice(1)
    .flatMap(({ what, python }) => [
      measure(what, "deno", what === lines.what ? "<=1.0" : null, unchecked),
      ...(python === undefined ? [] : [measure(what, "ipykernel", null, unchecked)]),
    ]),
  measure(completing.live, "tslab", "<=1.0"),
  measure(completing.typed, "tslab", null),
  measure(completing.typed, null, "<=40"),
  measure(idleMemory, "deno", "<=0.6"),
  measure(idleMemory, "ipykernel", null),
  measure(serverMemory, null, null),
  inP99(measure(interrupting, null, "<=50", unchecked)),
  measure(interrupting, "ipykernel", null, unchecked),
];

/** `kernel`: where it matters for the row's name whether types were checked. */
function measure(what: string, peerName: string | null, goal: string | null, kernel?: KernelName): Measure {
  const unit = what.startsWith("resident") ? "MB" : "ms";
  const suffix = kernel === undefined ? "" : kernel === checked ? ", types checked" : ", types unchecked";
  return { claim: { what: `${what}${suffix}`, unit, peerName, goal }, ours: kernel ?? checked, what };
}

function inP99(one: Measure): Measure {
  return { ...one, claim: { ...one.claim, statistic: "p99" } };
}

/** A kernel alone on the machine: its start, its first cell, its memory at rest. The first round warms the disk's cache. */
async function measureStarts(bench: Bench, rounds: number): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    bench.progress(round === 0 ? "first starts" : `starts ${round}/${rounds}`);
    if (round === 1) forget(bench);
    for (const { name, language } of inTurn(bench, round)) {
      if (name === "tslab" || name === unchecked) continue; // no row is about their start
      await sample(bench, name, starting, () => bench.client.start(name, bench.workplace));
      if (!isMeasured(bench, name, starting)) continue;
      const cell = language === "python" ? sum.python! : sum.typescript;
      await sample(bench, name, firstCell, () =>
        bench.client.execute(name, cell(bench.nextNumber++, bench.workplace)),
      );
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      await sample(bench, name, idleMemory, async () => (await bench.client.memory(name)).kernelMB);
      if (name === checked)
        await sample(bench, name, serverMemory, async () => (await bench.client.memory(name)).serverMB);
      await bench.client.stop(name);
    }
  }
}

/** All kernels alive, one cell at a time, each kernel in turn. The first round only warms up. */
async function measureCells(bench: Bench, rounds: number): Promise<void> {
  for (const { name } of inTurn(bench, 0)) await bench.client.start(name, bench.workplace);
  for (let round = 0; round <= rounds; round++) {
    bench.progress(round === 0 ? "warming up" : `cells ${round}/${rounds}`);
    if (round === 1) forget(bench, startMeasures);
    for (const kind of cellKinds) await measureKind(bench, kind, round);
    await measureCompletion(bench, round);
    await measureInterrupts(bench, round);
  }
}

async function measureKind(bench: Bench, kind: CellKind, round: number): Promise<void> {
  const firstCounted = kind.repeats - (kind.counted ?? kind.repeats);
  for (let repeat = 0; repeat < kind.repeats; repeat++) {
    const what = repeat < firstCounted ? `${kind.what}, before` : kind.what;
    for (const { name, language } of inTurn(bench, round + repeat)) {
      const write = language === "python" ? kind.python : kind.typescript;
      if (write === undefined || (name === "tslab" && !kind.onTslab)) continue;
      const cell = write(bench.nextNumber++, bench.workplace);
      await sample(bench, name, what, () => bench.client.execute(name, cell));
    }
  }
}

/** Each name is new, so nothing asked is remembered. Counts only if what is offered is right. */
async function measureCompletion(bench: Bench, round: number): Promise<void> {
  for (let repeat = 0; repeat < completionRepeats; repeat++) {
    for (const { name } of inTurn(bench, round + repeat)) {
      if (name !== checked && name !== "tslab") continue;
      const n = bench.nextNumber++;
      // Inside, so that a kernel which does not answer costs its rows and not the bench.
      await sample(bench, name, completing.live, async () => {
        await bench.client.execute(name, {
          code: `const shelf${n} = { apple${n}: 1, avocado${n}: 2 };\nclass Tree${n} { rings${n} = 3 }\nconst tree${n} = new Tree${n}();\n${n}`,
          result: `${n}`,
        });
        return bench.client.complete(name, `shelf${n}.a`, [`apple${n}`, `avocado${n}`]);
      });
      await sample(bench, name, completing.typed, () =>
        bench.client.complete(name, `new Tree${n}().r`, [`rings${n}`]),
      );
    }
  }
}

/** Counts only if the state is still there. Deno is left out: its kernelspec's signal kills the process; tslab too: it has no error to end with. */
async function measureInterrupts(bench: Bench, round: number): Promise<void> {
  for (let turn = 0; turn < interruptsARound; turn++) await measureInterrupt(bench, round + turn);
}

async function measureInterrupt(bench: Bench, turn: number): Promise<void> {
  for (const { name, language } of inTurn(bench, turn)) {
    if (name === "deno" || name === "tslab") continue;
    const n = bench.nextNumber++;
    const { code, line } = endless(language, n);
    await sample(bench, name, interrupting, async () => {
      const ms = await bench.client.interrupt(name, code, line);
      await bench.client.execute(name, { code: `kept + ${n}`, result: `${n + n}` });
      return ms;
    });
  }
}

/** Drops what a warm-up measured, but not a fault (a dead kernel is not waited for again) nor what is `kept`. */
function forget({ results }: Bench, kept: readonly string[] = []): void {
  for (const [key, samples] of results) {
    const isKept = kept.some((what) => key.endsWith(`: ${what}`));
    if (!isKept && !("fault" in samples)) results.delete(key);
  }
}

/** Adds a measurement to what is known of (kernel, what); the first fault stands for all of them. */
async function sample(
  bench: Bench,
  kernel: KernelName,
  what: string,
  measure: () => Promise<number>,
): Promise<void> {
  const known = bench.results.get(`${kernel}: ${what}`) ?? [];
  if ("fault" in known) return;
  const next: Samples = await orAgain(bench, kernel, measure).then(
    (ms) => [...known, ms],
    (error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }),
  );
  bench.results.set(`${kernel}: ${what}`, next);
  if ("fault" in next) bench.progress(`${what}: ${next.fault}`);
}

async function orAgain(bench: Bench, kernel: KernelName, measure: () => Promise<number>): Promise<number> {
  try {
    return await measure();
  } catch (error) {
    const isSilent = error instanceof Error && error.message.includes("no answer within");
    if (kernel !== "tslab" || !isSilent || bench.restarts >= mostRestarts) throw error;
    bench.restarts++;
    bench.progress(`tslab: ${error.message}; it is started again`);
    await bench.client.stop(kernel);
    await bench.client.start(kernel, bench.workplace);
    return measure();
  }
}

function isMeasured(bench: Bench, kernel: KernelName, what: string): boolean {
  return Array.isArray(bench.results.get(`${kernel}: ${what}`));
}

/** Those that can run, starting with another one each time, and every second time backwards. */
function inTurn({ contestants }: Bench, turn: number): readonly Contestant[] {
  const present = contestants.filter(({ fault }) => fault === undefined);
  const first = turn % present.length;
  const order = [...present.slice(first), ...present.slice(0, first)];
  return turn % 2 === 0 ? order : order.toReversed();
}

function judge(bench: Bench, { claim, ours, what }: Measure): Row {
  const samplesOf = (name: string): Samples => {
    const fault = bench.contestants.find((contestant) => contestant.name === name)?.fault;
    return fault === undefined
      ? (bench.results.get(`${name}: ${what}`) ?? { fault: "not measured" })
      : { fault };
  };
  const judged = row(claim, samplesOf(ours), claim.peerName === null ? null : samplesOf(claim.peerName));
  if (claim.peerName !== "tslab" || bench.restarts === 0) return judged;
  return {
    ...judged,
    why: `${judged.why}; in the run tslab gave no answer ${bench.restarts} times and was started again`,
  };
}
