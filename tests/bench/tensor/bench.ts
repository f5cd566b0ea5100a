/**
 * `npm run bench -- tensor`: this library against its peers. Contestants take turns on the same task, run by run, so that a slow minute falls on all;
 * the order changes, so that none always follows the same other. Who answers wrongly is not timed.
 */
import { type Row, row, type Samples } from "../row.ts";
import { aloneRows } from "./alone.ts";
import { claimsFor, matvecClaims, readTask, replayGoal, replayTask, type TaskClaim } from "./claims.ts";
import { Contestant } from "./contestant.ts";
import { enter, type Entry, truth, type Wanted } from "./contestants.ts";
import { Judge } from "./judge.ts";
import { nameOf, type Task } from "./tasks.ts";

export interface TensorBench extends Wanted {
  readonly rounds: number;
  /** How many threads to measure with, each in turn. */
  readonly threads: readonly number[];
}

/** A run of at least so long is one sample: the clock is exact to microseconds, other processes are not. */
const sampleMs = 60;

export async function benchTensor(bench: TensorBench): Promise<readonly Row[]> {
  const entries = await enter(bench);
  const judge = new Judge(truth(bench.python));
  try {
    const claims = claimsFor(bench.threads);
    const rows: Row[] = [];
    for (const threads of bench.threads) {
      const results = await inTurns(bench, entries, threads, tasksOf(claims, threads), judge);
      rows.push(...claims.filter((claim) => claim.threads === threads).map((claim) => rowOf(claim, results)));
    }
    const most = Math.max(...bench.threads);
    const own = entries.filter(({ name }) => name === "below" || name === "read");
    const results = await inTurns(
      bench,
      own,
      most,
      [readTask, ...matvecClaims.map(({ task }) => task), replayTask],
      judge,
    );
    rows.push(...yardstickRows(results, most), ...(await aloneRows(bench.rounds, bench.progress)));
    return rows;
  } finally {
    judge.dispose();
  }
}

/** "contestant: task" → milliseconds a run, or what went wrong. */
export type Results = Map<string, Samples>;
const key = (name: string, task: Task): string => `${name}: ${nameOf(task)}`;

function tasksOf(claims: readonly TaskClaim[], threads: number): readonly Task[] {
  const own = claims.filter((claim) => claim.threads === threads);
  return [...new Map(own.map(({ task }) => [nameOf(task), task])).values()];
}

/** Every task by every contestant that takes it, in turns. */
export async function inTurns(
  { rounds, progress }: Pick<TensorBench, "rounds" | "progress">,
  entries: readonly Entry[],
  threads: number,
  tasks: readonly Task[],
  judge: Judge,
): Promise<Results> {
  const results: Results = new Map();
  for (const entry of entries)
    if ("fault" in entry)
      for (const task of tasks) results.set(key(entry.name, task), { fault: entry.fault });
  const present = entries
    .filter((entry) => "start" in entry)
    .map((entry) => new Contestant(entry.start(threads)));
  try {
    for (const task of tasks) {
      progress(`${nameOf(task)}, ${threads} threads`);
      const ready = await prepared(present, task, judge, results);
      for (let round = 0; round < rounds; round++) await oneRound(ready, task, round, results);
    }
  } finally {
    for (const contestant of present) contestant.dispose();
  }
  return results;
}

/** Those whose answer is right. The others have their fault noted. */
async function prepared(
  contestants: readonly Contestant[],
  task: Task,
  judge: Judge,
  results: Results,
): Promise<readonly Contestant[]> {
  const ready: Contestant[] = [];
  for (const contestant of contestants) {
    if (!takes(contestant.name, task)) continue;
    try {
      await contestant.prepare(task);
      await judge.check(task, await contestant.sample());
      await contestant.time(0);
      results.set(key(contestant.name, task), []);
      ready.push(contestant);
    } catch (error) {
      results.set(key(contestant.name, task), {
        fault: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return ready;
}

/** Who has a row for what: nobody is asked what its library does not have. */
function takes(name: string, task: Task): boolean {
  if (name === "read") return task.kind === "read";
  if (task.kind === "read") return false;
  if (name === "below") return true;
  if (name === "below, no revectorisation") return task.kind === "matmul";
  return task.kind === "train"
    ? name === "torch" || name === "jax-js"
    : task.kind !== "matvec" && task.kind !== "replay";
}

async function oneRound(
  ready: readonly Contestant[],
  task: Task,
  round: number,
  results: Results,
): Promise<void> {
  const first = round % Math.max(1, ready.length);
  const order = [...ready.slice(first), ...ready.slice(0, first)];
  for (const contestant of round % 2 === 0 ? order : order.toReversed()) {
    const known = results.get(key(contestant.name, task)) ?? [];
    if ("fault" in known) continue;
    const next = await contestant.time(sampleMs).then(
      (ms): Samples => [...known, ms],
      (error: unknown): Samples => ({ fault: error instanceof Error ? error.message : String(error) }),
    );
    results.set(key(contestant.name, task), next);
  }
}

function rowOf(claim: TaskClaim, results: Results): Row {
  const { task, oursName, fromMs, what, unit, peerName, goal } = claim;
  const samples = (name: string): Samples =>
    converted(results.get(key(name, task)) ?? { fault: "not measured" }, fromMs);
  return row({ what, unit, peerName, goal }, samples(oursName), peerName === null ? null : samples(peerName));
}

function converted(samples: Samples, from: (value: number) => number): Samples {
  return "fault" in samples ? samples : samples.map(from);
}

/** Bandwidth, shares of it, and the cost of a program in a replay. */
function yardstickRows(results: Results, threads: number): readonly Row[] {
  const read = results.get(key("read", readTask)) ?? { fault: "not measured" };
  const gigabytes = converted(read, (ms) => readTask.bytes / ms / 1e6);
  const what = `read bandwidth of plain WebAssembly, ${threads} threads`;
  const rows = [row({ what, unit: "GB/s", peerName: null, goal: null }, gigabytes, null)];
  const of = (task: Task): Samples => results.get(key("below", task)) ?? { fault: "not measured" };
  for (const { task, bytes, goal } of matvecClaims) {
    const speed = converted(of(task), (ms) => bytes / ms / 1e6);
    rows.push(
      row(
        { what: `${nameOf(task)}, ${threads} threads`, unit: "GB/s", peerName: "read", goal },
        speed,
        gigabytes,
      ),
    );
  }
  const each = converted(of(replayTask), (ms) => (ms * 1000) / replayTask.programs);
  rows.push(row({ what: "replay, a program", unit: "us", peerName: null, goal: replayGoal }, each, null));
  return rows;
}
