/**
 * Makes sure that an interrupted cell stays stopped: one that was only waiting (a loop with `await sleep(…)`) has nothing to
 * terminate when the interrupt comes, and would go on later. Each job's timers and promises carry its id (AsyncLocalStorage).
 * Intervals of an abandoned job end (timers.ts); when a promise of its is about to continue, it is terminated right there. Not
 * while another job runs: V8 drops all microtasks that wait when it terminates one, and the other job's could be among them.
 * Cost, after the first interrupt only: 35 ns an `await`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { promiseHooks } from "node:v8";
import { memory, stops, type Link } from "./port.ts";

export interface Jobs {
  /** Runs `work` as job `id`. */
  readonly run: <T>(id: number, work: () => Promise<T>) => Promise<T>;
  /** Runs `work` as part of no job: what others share must not be cut off half way, such as the loading of a module. */
  readonly outside: <T>(work: () => T) => T;
  /** The job that the code which asks belongs to: also that of a timer or promise which a finished job left behind. */
  readonly current: () => number | undefined;
  /** From now on a job that is running ends where it comes back from an await, while the worker wants a stop. */
  readonly setTrap: () => void;
  /** Whatever still awaits in job `id` will not continue. */
  readonly abandon: (id: number) => void;
  /** Whether the code that asks belongs to an abandoned job. */
  readonly isAbandoned: () => boolean;
}

const { Atomics, Set } = globalThis; // as they are now: a cell may declare names over them

/** `stopHere` ends what runs now (stop.ts). */
export function createJobs(link: Link, stopHere: () => void): Jobs {
  const current = new AsyncLocalStorage<number>();
  const abandoned = new Set<number>();
  const running = new Set<number>();
  let isTrapSet = false;
  const isAbandoned = (): boolean => {
    if (abandoned.size === 0) return false;
    const id = current.getStore();
    return id !== undefined && abandoned.has(id);
  };
  const isStopWanted = (): boolean => Atomics.load(link.shared, memory.stopWanted) !== stops.nothing;
  const trap = (): void => {
    const id = current.getStore();
    if (id === undefined) return;
    if (running.has(id) ? isStopWanted() : running.size === 0 && abandoned.has(id)) stopHere();
  };
  const setTrap = (): void => {
    // With async hooks in use nothing may be terminated (session/interrupt.ts).
    if (isTrapSet || Atomics.load(link.shared, memory.asyncHooksInUse) === 1) return;
    isTrapSet = true;
    promiseHooks.onBefore(trap);
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
      abandoned.add(id);
      setTrap();
    },
    setTrap,
    isAbandoned,
  };
}
