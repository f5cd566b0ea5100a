/**
 * Makes sure that an interrupted cell stays stopped: one that was only waiting (a loop with `await sleep(…)`) has nothing to
 * terminate when the interrupt comes, and would go on later. Each job's promises carry its id (AsyncLocalStorage); when one
 * of an abandoned job is about to continue, main waits right there until the worker terminates it. Not while another job
 * runs: V8 drops all microtasks that wait when it terminates one, and the other job's could be among them.
 * Cost, after the first interrupt only: 35 ns an `await`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { promiseHooks } from "node:v8";
import { memory, type Link, type ToWorker } from "./port.ts";

export interface Jobs {
  /** Runs `work` as job `id`. */
  readonly run: <T>(id: number, work: () => Promise<T>) => Promise<T>;
  /** Runs `work` as part of no job: what others share must not be cut off half way, such as the loading of a module. */
  readonly outside: <T>(work: () => T) => T;
  /** The job that the code which asks belongs to: also that of a timer or promise which a finished job left behind. */
  readonly current: () => number | undefined;
  /** Whatever still awaits in job `id` will not continue. */
  readonly abandon: (id: number) => void;
}

const { Atomics, Set } = globalThis; // as they are now: a cell may declare names over them
const tries = 20;
const sliceMs = 50;

export function createJobs(link: Link): Jobs {
  const current = new AsyncLocalStorage<number>();
  const abandoned = new Set<number>();
  const running = new Set<number>();
  const trap = (): void => {
    const id = current.getStore();
    if (id !== undefined && abandoned.has(id) && running.size === 0) waitForTheEnd(link);
  };
  return {
    run(id, work) {
      running.add(id);
      return current.run(id, work).finally(() => running.delete(id));
    },
    outside: (work) => current.exit(work),
    current: () => current.getStore(),
    abandon(id) {
      running.delete(id);
      // With async hooks in use nothing may be terminated (session/interrupt.ts).
      if (Atomics.load(link.shared, memory.asyncHooksInUse) === 1) return;
      if (abandoned.size === 0) promiseHooks.onBefore(trap);
      abandoned.add(id);
    },
  };
}

/**
 * Asks the worker to terminate this very call, and gives up after a second: better a zombie than a kernel that hangs.
 * The worker takes each request off the shared memory before it terminates: one that comes late must not hit what runs then.
 */
function waitForTheEnd({ port, shared }: Link): void {
  for (let i = 0; i < tries; i++) {
    if (Atomics.compareExchange(shared, memory.trapped, 0, 1) === 0)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
      port.postMessage({ type: "zombie" } satisfies ToWorker);
    Atomics.wait(shared, memory.never, 0, sliceMs);
  }
  Atomics.store(shared, memory.trapped, 0);
}
