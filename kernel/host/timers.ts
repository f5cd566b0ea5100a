/**
 * Timers and immediates whose callbacks may be stopped: each callback runs in a frame of its own (stop.ts), else a termination
 * would cut off Node's list of timers or its round of immediates too. Intervals of an interrupted cell end; what calls back
 * once does so, because others may wait for it (a library that has planned its flush). Replaces the globals and node:timers.
 */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import { AddonLoops } from "./addons.ts";

type Callback = (this: unknown, ...args: unknown[]) => unknown;
type Make = (callback: unknown, ...rest: unknown[]) => unknown;

export interface Frames {
  /** Runs what it is given, to its end or to where it is stopped. */
  readonly inFrame: (work: () => void) => void;
  /** Whether the code that asks belongs to a cell that was interrupted. */
  readonly isAbandoned: () => boolean;
}

const { Object, Reflect, clearInterval, setImmediate } = globalThis; // as they are now: a cell may declare names over them

/** Returns what to call after each stop: it takes up what an add-on could not queue. */
export function frameTimers({ inFrame, isAbandoned }: Frames): () => void {
  const loops = new AddonLoops(setImmediate);
  replace("setTimeout", (callback) => frame(callback, inFrame));
  replace("setInterval", (callback) => {
    const framed = frame(callback, inFrame);
    return function (...args) {
      if (isAbandoned()) clearInterval(this as NodeJS.Timeout);
      else framed.apply(this, args);
    };
  });
  replace("setImmediate", (callback) => loops.watch(callback) ?? frame(callback, inFrame));
  syncBuiltinESMExports();
  return () => loops.takeUp();
}

function replace(
  name: "setTimeout" | "setInterval" | "setImmediate",
  wrap: (callback: Callback) => Callback,
): void {
  const make = timers[name] as Make;
  const framed: Make = (callback, ...rest) =>
    make(typeof callback === "function" ? wrap(callback as Callback) : callback, ...rest);
  // Its name, its length, and what promisify wants.
  Object.defineProperties(framed, Object.getOwnPropertyDescriptors(make));
  Reflect.set(timers, name, framed);
  Reflect.set(globalThis, name, framed);
}

function frame(callback: Callback, inFrame: (work: () => void) => void): Callback {
  return function (...args) {
    let failure: { error: unknown } | undefined;
    inFrame(() => {
      try {
        Reflect.apply(callback, this, args);
      } catch (error) {
        failure = { error };
      }
    });
    if (failure) throw failure.error;
  };
}
