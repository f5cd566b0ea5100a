/**
 * What the device in use can do at most, as this library reaches it: the fastest of a few large matrix products, and of a few large sums.
 * Measured once a device, in well under a second; sizes grow until a run is long enough for the clock.
 */
import type { ProgramRun } from "../device/device.ts";
import { compute } from "../session.ts";
import { constant, type Value } from "../graph.ts";
import { matmul } from "../ops/product.ts";
import { sum } from "../ops/reduce.ts";
import type { Peaks } from "./report.ts";

/** Computes a value on the device, and gives the programs that ran. */
export type Watch = (value: Value) => Promise<readonly ProgramRun[]>;

const longEnoughMs = 5;
const repeats = 3;

export async function measurePeaks(watch: Watch): Promise<Peaks> {
  return {
    flopsPerSecond: await fastest(watch, [64, 128, 256, 512], square, (run) => run.flops),
    bytesPerSecond: await fastest(watch, [2 ** 16, 2 ** 18, 2 ** 20, 2 ** 22], line, (run) => run.bytes),
  };
}

/** A product of two square matrices that are given: nothing of it can be left out. */
function square(n: number): () => Value {
  const [a, b] = [ones(n * n, [n, n]), ones(n * n, [n, n])];
  compute([a, b]);
  return () => matmul(a, b);
}

function line(n: number): () => Value {
  const x = ones(n, [n]);
  compute([x]);
  return () => sum(x, { axis: 0, keepdims: false });
}

function ones(n: number, shape: readonly number[]): Value {
  return constant(new Float32Array(n).fill(1), shape, "f32");
}

/** Work a second of the fastest run, at the first size that takes long enough. */
async function fastest(
  watch: Watch,
  sizes: readonly number[],
  make: (n: number) => () => Value,
  work: (run: ProgramRun) => number,
): Promise<number> {
  let best = 1;
  for (const n of sizes) {
    const next = make(n);
    const rounds: (readonly ProgramRun[])[] = [];
    for (let i = 0; i < repeats; i++) rounds.push(await watch(next()));
    const times = rounds.map((runs) => runs.reduce((total, { ms }) => total + ms, 0));
    const works = rounds.map((runs) => runs.reduce((total, run) => total + work(run), 0));
    best = Math.max(best, ...times.map((ms, i) => (ms > 0 ? (works[i] / ms) * 1000 : 0)));
    if (Math.min(...times) >= longEnoughMs) return best;
  }
  return best;
}
