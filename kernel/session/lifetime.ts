/**
 * When a kernel ends: shutdown_request, SIGTERM, or the death of the process that wanted it. And SIGINT, which interrupts.
 */
import { createRequire } from "node:module";
import { log } from "./log.ts";

const parentCheckMs = 1000;

/** Calls `onGone` once `pid` no longer runs. With 0 nobody is watched. Returns how to end the watch. */
export function watchParent(pid: number, onGone: () => void): () => void {
  if (!(pid > 0)) return () => undefined;
  const wasOurParent = process.ppid === pid;
  const timer = setInterval(() => {
    if (wasOurParent ? process.ppid === pid && isAlive(pid) : isAlive(pid)) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  return () => clearInterval(timer);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it runs, but is another user's
  }
}

interface SignalHandle {
  onsignal: () => void;
  start(signal: number): number;
  unref(): void;
}

/**
 * Signals that arrive in the worker's own event loop: main's is blocked while a cell loops, and workers have no
 * process.on("SIGINT"). Needs the worker's flag --expose-internals.
 */
export function takeSignals(handlers: Readonly<Record<number, () => void>>): void {
  try {
    const { internalBinding } = createRequire(import.meta.url)("internal/test/binding") as {
      internalBinding: (name: string) => { Signal: new () => SignalHandle };
    };
    for (const [signal, handle] of Object.entries(handlers)) {
      const watch = new (internalBinding("signal_wrap").Signal)();
      watch.onsignal = handle;
      watch.start(Number(signal));
      watch.unref();
    }
  } catch (error) {
    log(`SIGINT and SIGTERM will end the kernel at once: ${String(error)}`);
  }
}
