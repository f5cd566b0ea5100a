/**
 * Ends what a cell is doing, and nothing else. V8's termination cuts JavaScript off wherever it is and runs no `finally`: in Node's
 * own code it would lose a timer, a round of immediates, or the immediate by which Dawn looks for finished GPU work. So:
 * - Main itself decides, by what stands on its stack at that very moment: the worker's session evaluates `stopExpression`, which V8
 *   does also in the middle of a loop. No termination is ever on its way without something to hit.
 * - What Node calls (a timer's callback) runs in a frame where a termination ends (`inFrame`), and Node goes on behind it.
 */
import type { Session } from "node:inspector";
import { getCallSites, type CallSiteObject } from "node:util";
import { memory, stopHook, stops, type Link } from "./port.ts";

export interface Stopper {
  /** Runs `work` to its end, or to where it is stopped. Costs 5 µs. */
  readonly inFrame: (work: () => void) => void;
  /** At the end of a frame: a stop that has been asked for must not miss it. */
  readonly settle: () => void;
  /** Stops what runs next, and tells when it has. */
  readonly terminate: (stopped?: () => void) => void;
  /** Stops what runs now: does not return. */
  readonly stopHere: () => void;
}

/** A stack deeper than this without any code of the user's is not Node's or ours either. */
const mostFrames = 200;
const settleMs = 50;
const frameHook = Symbol.for("below.frame");
const frameExpression = 'globalThis[Symbol.for("below.frame")]()';
/** What stands on the stack above what is to be stopped: `stop` here, and the worker's expression that calls it. */
const ownFrames = 2;

const { Atomics, Reflect } = globalThis; // as they are now: a cell may declare names over them
const now = performance.now.bind(performance);

/** `session`: main's own. */
export function createStopper(session: Session): Stopper {
  let isStopping = false;
  let next: (() => void) | undefined;
  const terminate = (stopped?: () => void): void => {
    if (isStopping) return;
    isStopping = true;
    session.post("Runtime.terminateExecution", () => {
      isStopping = false;
      stopped?.();
    });
  };
  const settle = (): void => {
    if (isStopping) turn(() => isStopping);
  };
  const inFrame = (work: () => void): void => {
    next = work;
    session.post("Runtime.evaluate", { expression: frameExpression, silent: true });
    if (next === work) inFrame(work); // it has not begun: that was a stop for what ran before
  };
  Reflect.defineProperty(globalThis, frameHook, {
    value: () => {
      const work = next;
      next = undefined;
      work?.();
      settle();
    },
  });
  const stopHere = (): void => {
    terminate();
    settle();
  };
  return { inFrame, settle, terminate, stopHere };
}

/** V8 looks for a termination at each turn of a loop. */
function turn(isStopping: () => boolean): void {
  for (const end = now() + settleMs; isStopping() && now() < end;);
}

export interface StopOptions {
  /** Ends a cell where it comes back from an await. */
  readonly setTrap: () => void;
  /** Called when something has been stopped. */
  readonly stopped: () => void;
  /** Which files are the kernel's own. */
  readonly isInternal: (place: string) => boolean;
}

/** Offers the worker `stopExpression`. */
export function answerStops({ shared }: Link, { terminate }: Stopper, options: StopOptions): void {
  const { setTrap, stopped, isInternal } = options;
  const stop = (): void => {
    const wanted = Atomics.load(shared, memory.stopWanted);
    if (wanted === stops.nothing) return;
    setTrap();
    if (wanted === stops.awaits) return;
    const stack = getCallSites(mostFrames, { sourceMap: false }).slice(ownFrames);
    if (wanted === stops.anything || isUsersTurn(stack, isInternal)) terminate(stopped); // the last thing done here: what runs next is stopped
  };
  Reflect.defineProperty(globalThis, stopHook, { value: stop });
}

/** Whether main runs the user's code, or what that has called; but not while a timer is made: half of one is none. */
function isUsersTurn(stack: readonly CallSiteObject[], isInternal: (place: string) => boolean): boolean {
  const users = stack.findIndex(
    ({ scriptName }, at) =>
      !scriptName.startsWith("node:") &&
      !isInternal(scriptName) &&
      // An expression that main evaluates, as `frameExpression`, has no name.
      !(scriptName === "" && stack[at + 1]?.scriptName === "node:inspector"),
  );
  return users >= 0 && !stack.slice(0, users).some(({ scriptName }) => timerFiles.has(scriptName));
}

/** Where timers and immediates are made: Node's files and ours. An add-on whose `setImmediate` fails may wait for it for ever. */
const timerFiles = new Set([
  "node:timers",
  "node:internal/timers",
  new URL("timers.ts", import.meta.url).href,
]);
