/**
 * `npm run bench -- kernel`: our kernel against ipykernel and Deno, as jupyter_client sees them.
 * Rounds → rows. Kernels take turns cell by cell on the same machine, so a slow minute falls on all of them;
 * the order changes, so that none always follows the same other (whose work still fills the caches).
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cellKinds, type CellKind, endless, lines, sum } from "./cells.ts";
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
  const bench = { client, workplace, contestants, results: new Map(), nextNumber: 17, progress };
  try {
    await measureStarts(bench, rounds);
    await measureCells(bench, rounds);
    return claims.map((claim) => judge(bench, claim));
  } finally {
    await client.dispose();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same rows where there is no client to measure with: nothing is known, and `why` says the reason. */
export function unmeasured(why: string): readonly Row[] {
  return claims.map(({ what, unit, peerName, goal }) => ({
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
  readonly progress: (text: string) => void;
}

const starting = "start to kernel_info_reply";
const firstCell = "first cell";
const idleMemory = "resident memory, idle after the first cell";
const interrupting = "interrupt of while (true)";
const startMeasures = [starting, firstCell, idleMemory];
const settleMs = 500;
/** So many that, over the usual seven rounds, one in a hundred can be told. */
const interruptsARound = 20;

/** What is printed, in order. Goals are the issue's; what has none is there to be watched. */
const claims: readonly Claim[] = [
  { what: starting, unit: "ms", peerName: "ipykernel", goal: "<=0.9" },
  { what: starting, unit: "ms", peerName: "deno", goal: null },
  { what: sum.what, unit: "ms", peerName: "deno", goal: "<=0.7" },
  { what: sum.what, unit: "ms", peerName: "ipykernel", goal: null },
  ...[firstCell, ...cellKinds.slice(1).map(({ what }) => what)].flatMap((what) => againstBoth(what, "ms")),
  { what: idleMemory, unit: "MB", peerName: "deno", goal: "<=0.6" },
  { what: idleMemory, unit: "MB", peerName: "ipykernel", goal: null },
  { what: interrupting, unit: "ms", peerName: null, goal: "<=50", statistic: "p99" },
  { what: interrupting, unit: "ms", peerName: "ipykernel", goal: null },
];

function againstBoth(what: string, unit: string): Claim[] {
  const python = cellKinds.find((kind) => kind.what === what)?.python;
  const peers =
    python === undefined && cellKinds.some((kind) => kind.what === what) ? ["deno"] : ["deno", "ipykernel"];
  const goalOf = (peerName: string): string | null =>
    what === lines.what && peerName === "deno" ? "<=1.0" : null;
  return peers.map((peerName) => ({ what, unit, peerName, goal: goalOf(peerName) }));
}

/** A kernel alone on the machine: its start, its first cell, its memory at rest. The first round warms the disk's cache. */
async function measureStarts(bench: Bench, rounds: number): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    bench.progress(round === 0 ? "first starts" : `starts ${round}/${rounds}`);
    if (round === 1) forget(bench);
    for (const { name, language } of inTurn(bench, round)) {
      await sample(bench, name, starting, () => bench.client.start(name, bench.workplace));
      if (!isMeasured(bench, name, starting)) continue;
      const cell = language === "python" ? sum.python! : sum.typescript;
      await sample(bench, name, firstCell, () =>
        bench.client.execute(name, cell(bench.nextNumber++, bench.workplace)),
      );
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      await sample(bench, name, idleMemory, () => bench.client.memory(name));
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
    await measureInterrupts(bench, round);
  }
}

async function measureKind(bench: Bench, kind: CellKind, round: number): Promise<void> {
  const firstCounted = kind.repeats - (kind.counted ?? kind.repeats);
  for (let repeat = 0; repeat < kind.repeats; repeat++) {
    const what = repeat < firstCounted ? `${kind.what}, before` : kind.what;
    for (const { name, language } of inTurn(bench, round + repeat)) {
      const write = language === "python" ? kind.python : kind.typescript;
      if (write === undefined) continue;
      const cell = write(bench.nextNumber++, bench.workplace);
      await sample(bench, name, what, () => bench.client.execute(name, cell));
    }
  }
}

/** Counts only if the state is still there. Deno is left out: its kernelspec's signal kills the process. */
async function measureInterrupts(bench: Bench, round: number): Promise<void> {
  for (let turn = 0; turn < interruptsARound; turn++) await measureInterrupt(bench, round + turn);
}

async function measureInterrupt(bench: Bench, turn: number): Promise<void> {
  for (const { name, language } of inTurn(bench, turn)) {
    if (name === "deno") continue;
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
  const next: Samples = await measure().then(
    (ms) => [...known, ms],
    (error: unknown) => ({ fault: error instanceof Error ? error.message : String(error) }),
  );
  bench.results.set(`${kernel}: ${what}`, next);
  if ("fault" in next) bench.progress(`${what}: ${next.fault}`);
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

function judge(bench: Bench, claim: Claim): Row {
  const samplesOf = (name: string): Samples => {
    const fault = bench.contestants.find((contestant) => contestant.name === name)?.fault;
    return fault === undefined
      ? (bench.results.get(`${name}: ${claim.what}`) ?? { fault: "not measured" })
      : { fault };
  };
  return row(claim, samplesOf("below"), claim.peerName === null ? null : samplesOf(claim.peerName));
}
