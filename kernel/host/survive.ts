/**
 * Keeps the kernel alive through what would end an ordinary process: process.exit in a cell, errors in callbacks.
 * Comes in: what to do with text for stderr. Goes out: `exit`, the way the kernel itself ends.
 */
import { createHook, type AsyncHook } from "node:async_hooks";
import { memory, type Link } from "./port.ts";

/** Thrown where a cell calls process.exit. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";
}

/** Replaces process.exit for cells and returns the real one for the kernel. */
export function survive(
  link: Link,
  report: (headline: string, error: unknown) => void,
): { exit: (code: number) => never } {
  const exit = process.exit.bind(process);
  process.exit = (code?: number | string | null) => {
    throw new ProcessExit(
      `cell called process.exit(${code ?? ""}); the kernel goes on; use Restart to end it`,
    );
  };
  process.on("uncaughtException", (error: unknown) => {
    // Terminated callbacks surface as `null` (an addon's, a timer's): that was an interrupt, not an error.
    if (error !== null) report("Uncaught in a callback: ", error);
  });
  process.on("unhandledRejection", (reason: unknown) => report("Unhandled rejection: ", reason));
  noticeAsyncHooks(link);
  return { exit };
}

/** An enabled async hook makes Node abort when a callback is terminated: the worker must know before it interrupts. */
function noticeAsyncHooks({ shared }: Link): void {
  const prototype = Object.getPrototypeOf(createHook({})) as { enable: (this: AsyncHook) => AsyncHook };
  const { enable } = prototype;
  prototype.enable = function (this: AsyncHook) {
    Atomics.store(shared, memory.asyncHooksInUse, 1);
    return enable.call(this);
  };
}
