/**
 * Stops what main is doing and keeps its state. Measured rules:
 * - ask main to stop, and again, until it answers a ping: it stops only what is the user's (host/stop.ts), and may be elsewhere;
 * - then settle the job from here: a terminated continuation leaves its promise pending for ever;
 * - never stop a main that has async hooks enabled: Node aborts when a callback is cut short.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Failure } from "../host/port.ts";
import type { Kernel } from "./kernel.ts";
import type { MainThread } from "./thread.ts";

/** How long main may take to answer; long enough for it to unwind. */
const answerMs = 5;
/** From when on main stops more than what comes back from an await: any code of the user's; and whatever keeps it busy. */
const usersMs = 5;
const anythingMs = 1000;
/** For the report of a job that was terminated while it ran synchronously; and a loop that sleeps shortly ends meanwhile, in nobody's way. */
const graceMs = 5;
/** How often main is looked at while nothing runs, and how long it may then be busy. */
const watchMs = 1000;
/** How long a callback of a cell that was never stopped may keep main busy while no cell does. */
const callbackMs = 5000;

/** Stops the running job, or with none whatever keeps main busy. Resolves when main is free again. */
export async function interrupt(main: MainThread, why: Failure = interrupted): Promise<void> {
  main.stopping(why); // a cell that is cut off before its first await reports by itself, but does not know why
  if (!main.usesAsyncHooks) await free(main);
  else if (main.isBusy && !(await main.answers(watchMs))) why = stillComputing;
  if (main.isBusy) await sleep(graceMs);
  main.stopNothing();
  main.abandon(why);
}

export const interrupted: Failure = failure(
  "Interrupted",
  "the cell was stopped; variables keep their values",
);
const stillComputing: Failure = failure(
  "Interrupted",
  "the cell was given up, but it still computes: async hooks are enabled, and stopping a callback would end the process; try Restart",
);

function failure(ename: string, evalue: string): Failure {
  return { ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

/** What a reader's interrupt means: whatever is done for the running cell ends, be it still before its first line. */
export async function stopCell(kernel: Pick<Kernel, "main" | "preparing">): Promise<void> {
  for (const each of kernel.preparing) each.abort();
  await interrupt(kernel.main);
}

/** Stops until main answers; not a cell that has begun meanwhile, where `isOver` says so. */
async function free(main: MainThread, isOver = (): boolean => false): Promise<void> {
  const began = performance.now();
  do {
    if (isOver()) return;
    if (main.isReady || main.hasBegun) main.stop(wantedAfter(performance.now() - began));
  } while (!(await main.answers(answerMs)));
}

/** A stop at an await harms least: the add-on that a computing cell has just called may not expect one. */
function wantedAfter(ms: number): "awaits" | "users" | "anything" {
  if (ms < usersMs) return "awaits";
  return ms < anythingMs ? "users" : "anything";
}

/**
 * Watches main while no cell has it: what a stopped cell left behind and loops is terminated within seconds, a callback that
 * an ordinary cell left (a timer, a listener) when it has looped for five; `onStopped` is told. A cell that waits behind such a
 * callback has not begun, and begins then. Returns how to end the watch.
 */
export function watchCallbacks(main: MainThread, onStopped: () => void): () => void {
  let checking = false;
  const timer = setInterval(() => {
    if (checking || main.hasBegun || main.usesAsyncHooks) return;
    checking = true;
    void check(main, onStopped).finally(() => (checking = false));
  }, watchMs);
  return () => clearInterval(timer);
}

async function check(main: MainThread, onStopped: () => void): Promise<void> {
  const patienceMs = main.hasZombies && !main.isBusy ? watchMs : callbackMs;
  if ((await main.answers(patienceMs)) || main.hasBegun) return;
  await free(main, () => main.hasBegun);
  main.stopNothing();
  onStopped();
}
