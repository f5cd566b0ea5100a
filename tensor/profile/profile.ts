/**
 * profile: runs a function and tells of every program that its device ran: time, operations, bytes, share of the roofline.
 */
import type { ProgramRun } from "../device/device.ts";
import type { MimeBundle } from "../display.ts";
import { unwrap } from "../handle.ts";
import { tensorsIn } from "../jit.ts";
import { compute, ready, session } from "../session.ts";
import { measurePeaks, type Watch } from "./peaks.ts";
import { type Peaks, type ProfileRow, rowsOf, traceOf } from "./report.ts";
import { profileBundle } from "./show.ts";

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");
const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** What ran, and for how long. As a cell's value: a table and a picture. */
export class Profile {
  /** One a program, longest first. */
  readonly rows: readonly ProfileRow[];
  /** Every run, in order. */
  readonly runs: readonly ProgramRun[];
  /** Of the whole function, waiting and JavaScript included. */
  readonly wallMs: number;
  /** What the shares of the roofline refer to. */
  readonly peaks: Peaks;

  constructor(runs: readonly ProgramRun[], wallMs: number, peaks: Peaks) {
    this.runs = runs;
    this.wallMs = wallMs;
    this.peaks = peaks;
    this.rows = rowsOf(runs, peaks);
  }

  /** JSON for chrome://tracing or Perfetto. */
  trace(): string {
    return traceOf(this.runs);
  }
  toString(): string {
    return profileBundle(this.rows, this.wallMs)["text/plain"];
  }
  [inspect](): string {
    return this.toString();
  }
  [jupyterDisplay](): MimeBundle {
    return profileBundle(this.rows, this.wallMs);
  }
}

/**
 * Runs f (async or not), computes the tensors that it returns, and tells what the device did meanwhile.
 * The first call on a device also measures its peaks. Throws TypeError inside another profile or inside jit.
 */
export async function profile(f: () => unknown): Promise<Profile> {
  if (session.profiling || session.traces.length > 0)
    throw new TypeError(
      `profile: want one at a time, outside jit, got ${session.profiling ? "another that runs" : "it inside"}`,
    );
  session.profiling = true;
  try {
    await ready();
    const { device } = session;
    const peaks = session.peaks.get(device) ?? (await measurePeaks(watch));
    session.peaks.set(device, peaks);
    const runs: ProgramRun[] = [];
    device.observe((run) => runs.push(run));
    const startMs = performance.now();
    const results = tensorsIn(await f()).map((x) => unwrap(x, "profile"));
    compute(results);
    await device.settled?.(results);
    return new Profile(runs, performance.now() - startMs, peaks);
  } finally {
    session.device.observe(undefined);
    session.profiling = false;
  }
}

const watch: Watch = async (value) => {
  const runs: ProgramRun[] = [];
  const { device } = session;
  device.observe((run) => runs.push(run));
  compute([value]);
  await device.settled?.([value]);
  device.observe(undefined);
  return runs;
};
