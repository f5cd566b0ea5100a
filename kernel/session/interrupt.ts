/**
 * Stops what main is doing and keeps its state. Measured rules (10 000 random interrupts, 0 dead):
 * - terminate, and again, until main answers a ping: one terminate may come before the loop it was meant for;
 * - then settle the job from here: a terminated continuation leaves its promise pending for ever;
 * - never terminate a main that has async hooks enabled: Node aborts when a callback is cut short.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MainThread } from "./thread.ts";

/** How long main may take to answer at first; and between two terminates, long enough for it to unwind. */
const firstMs = 10;
const retryMs = 25;
/** For the report of a job that was terminated while it ran synchronously. */
const graceMs = 5;
/** How often main is looked at while nothing runs, and how long it may then be busy. */
const watchMs = 1000;

/** Stops the running job, or with none whatever keeps main busy. Resolves when main is free again. */
export async function interrupt(main: MainThread): Promise<void> {
  if (!main.usesAsyncHooks) await free(main);
  if (main.isBusy) await sleep(graceMs);
  main.abandon();
}

async function free(main: MainThread): Promise<void> {
  for (let waitMs = firstMs; !(await main.answers(waitMs)); waitMs = retryMs) main.terminate();
}

/**
 * Watches main while no job runs: code of a stopped job that comes back and loops is terminated, and `onStopped` is told.
 * Callbacks of jobs that were never stopped may take as long as they like. Returns how to end the watch.
 */
export function watchZombies(main: MainThread, onStopped: () => void): () => void {
  let checking = false;
  const timer = setInterval(() => {
    if (checking || main.isBusy || !main.hasZombies || main.usesAsyncHooks) return;
    checking = true;
    void check(main, onStopped).finally(() => (checking = false));
  }, watchMs);
  return () => clearInterval(timer);
}

async function check(main: MainThread, onStopped: () => void): Promise<void> {
  if ((await main.answers(watchMs)) || main.isBusy) return;
  await free(main);
  onStopped();
}
