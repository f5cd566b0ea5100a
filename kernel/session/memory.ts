/**
 * Stops a cell before its heap is full: V8 ends the whole process then, and with it all variables.
 * Looks at the process's size now and then while cells run, and only near the limit at main's own heap.
 */
import type { Failure } from "../host/port.ts";
import type { MainThread } from "./thread.ts";

const restMs = 50;
const nearMs = 25;
/** Of the limit: where to look closely, where to stop, and how much a cell must have added itself (one that frees may end). */
const near = 0.5;
const full = 0.9;
const ownShare = 0.02;

/** Calls `onFull` with what to say when a cell fills main's heap. Returns how to end the watch. */
export function watchMemory(
  main: MainThread,
  limitBytes: number,
  onFull: (why: Failure) => void,
): () => void {
  let atStart: number | undefined;
  const next = (): void => void look().catch(() => undefined); // the session closes when the kernel ends
  let timer = setTimeout(next, restMs);
  async function look(): Promise<void> {
    const isNear = main.isBusy && process.memoryUsage.rss() > near * limitBytes;
    if (!main.isBusy) atStart = undefined;
    if (isNear) {
      const { usedSize } = await main.peek<{ usedSize: number }>("Runtime.getHeapUsage", {});
      const before = (atStart ??= usedSize);
      if (usedSize > full * limitBytes && usedSize > before + ownShare * limitBytes) {
        onFull(outOfMemory(usedSize, limitBytes));
        atStart = undefined;
      }
    }
    timer = setTimeout(next, isNear ? nearMs : restMs);
    timer.unref();
  }
  timer.unref();
  return () => clearTimeout(timer);
}

function outOfMemory(usedBytes: number, limitBytes: number): Failure {
  const evalue =
    `want at most ${gigabytes(limitBytes)} GB of JavaScript values, got ${gigabytes(usedBytes)} GB and growing; ` +
    "the cell was stopped, variables keep their values; try freeing some (big = undefined), or typed arrays, which are not counted";
  return { ename: "OutOfMemory", evalue, traceback: [`OutOfMemory: ${evalue}`] };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
