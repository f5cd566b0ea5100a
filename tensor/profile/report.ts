/** Runs of programs → a line a program: how often, how long, how much work, and how near to what the device can do. Pure. */
import type { ProgramRun } from "../device/device.ts";

/** The most a device was seen to do. */
export interface Peaks {
  /** Operations a second, of a large matrix product. */
  readonly flopsPerSecond: number;
  /** Bytes a second, of a large sum. */
  readonly bytesPerSecond: number;
}

/** One program, all its runs together. */
export interface ProfileRow {
  /** What it computes, in words. */
  readonly program: string;
  readonly runs: number;
  readonly ms: number;
  /** Operations by definition, not instructions. */
  readonly flops: number;
  /** Of what it read and wrote. */
  readonly bytes: number;
  /**
   * Share of the roofline: the time that the slower of its operations (at the device's peak) and its bytes (at its bandwidth) would take,
   * over the time it took. Source: Williams et al. (2009). Above 1 where its data lay in a cache.
   */
  readonly roofline: number;
}

/** Longest first. */
export function rowsOf(runs: readonly ProgramRun[], peaks: Peaks): readonly ProfileRow[] {
  const groups = Map.groupBy(runs, ({ program }) => program);
  return [...groups].map(([program, of]) => rowOf(program, of, peaks)).toSorted((a, b) => b.ms - a.ms);
}

function rowOf(
  program: string,
  runs: readonly ProgramRun[],
  { flopsPerSecond, bytesPerSecond }: Peaks,
): ProfileRow {
  const total = (of: (run: ProgramRun) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
  const [ms, flops, bytes] = [total((r) => r.ms), total((r) => r.flops), total((r) => r.bytes)];
  const leastMs = Math.max(flops / flopsPerSecond, bytes / bytesPerSecond) * 1000;
  return { program, runs: runs.length, ms, flops, bytes, roofline: ms > 0 ? leastMs / ms : 0 };
}

/** Chrome's trace event format, for chrome://tracing and Perfetto: times in µs from the first run. Source: "Trace Event Format" (Google). */
export function traceOf(runs: readonly ProgramRun[]): string {
  const start = runs[0]?.startMs ?? 0;
  const traceEvents = runs.map(({ program, startMs, ms, flops, bytes }) => ({
    name: program,
    ph: "X",
    pid: 1,
    tid: 1,
    ts: (startMs - start) * 1000,
    dur: ms * 1000,
    args: { flops, bytes },
  }));
  return JSON.stringify({ traceEvents, displayTimeUnit: "ms" });
}
