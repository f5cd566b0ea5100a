/**
 * Which of the device's settings are fastest on the GPU that is here: the same product with each way to cut it, and the same rows by one
 * invocation each and by a workgroup each. The setting that nobody measured stays unless another is faster by more than the clock wavers.
 */
import type { Choice } from "../device/webgpu/choice.ts";
import { startWebGpu, type WebGpu } from "../device/webgpu/index.ts";
import { constant, type Value } from "../graph.ts";
import { binary, unary } from "../ops/elementwise.ts";
import { matmul } from "../ops/product.ts";
import { max, sum } from "../ops/reduce.ts";
import { type Tile, tiles } from "../codegen/wgsl/matmul.ts";

export interface Tuned {
  /** What the driver calls the GPU. */
  readonly gpu: string;
  readonly choice: Choice;
  /** The best time of each setting. */
  readonly measured: readonly { readonly what: string; readonly ms: number }[];
}

const repeats = 5;
/** Time of another setting over the first one's, below which it is chosen. */
const clearly = 0.95;

/** Measures. `candidates`: the first is the one to beat. Throws RangeError where there is no GPU. */
export async function tune(candidates: readonly Tile[] = tiles): Promise<Tuned> {
  const { name, isSoftware } = (await startWebGpu()).gpu;
  const n = isSoftware ? 128 : 1024;
  const products: { readonly what: string; readonly ms: number; readonly tile: Tile }[] = [];
  for (const tile of candidates) {
    const ms = await fastest(await startWebGpu({ tile, shares: false }), () => square(n));
    products.push({ what: `product ${n}×${n}×${n}, ${nameOf(tile)}`, ms, tile });
  }
  const { tile } = best(products);
  const rows: { readonly what: string; readonly ms: number; readonly shares: boolean }[] = [];
  for (const shares of [true, false]) {
    const ms = await fastest(await startWebGpu({ tile, shares }), () => softmax(n));
    rows.push({ what: `softmax ${n}×${n}, ${shares ? "a workgroup" : "an invocation"} a row`, ms, shares });
  }
  const measured = [...products, ...rows].map(({ what, ms }) => ({ what, ms }));
  return { gpu: name, choice: { tile, shares: best(rows).shares }, measured };
}

function best<T extends { readonly ms: number }>(all: readonly T[]): T {
  const fast = all.reduce((a, b) => (b.ms < a.ms ? b : a));
  return fast.ms < clearly * all[0].ms ? fast : all[0];
}

/** The best of a few runs by the GPU's clock. */
async function fastest(gpu: WebGpu, make: () => Value): Promise<number> {
  let least = Infinity;
  for (let i = 0; i <= repeats; i++) {
    let ms = 0;
    gpu.observe((run) => (ms += run.ms));
    const value = make();
    gpu.realize([value], () => undefined);
    await gpu.settled?.([value]);
    gpu.observe(undefined);
    if (i > 0) least = Math.min(least, ms); // the first one warms up
  }
  return least;
}

function numbers(n: number): Value {
  const data = Float32Array.from({ length: n * n }, (_, i) => Math.sin(i));
  return constant(data, [n, n], "f32");
}

function square(n: number): Value {
  return matmul(numbers(n), numbers(n));
}

function softmax(n: number): Value {
  const row = { axis: 1, keepdims: true } as const;
  const x = numbers(n);
  const powers = unary("exp", binary("sub", x, max(x, row)));
  return binary("div", powers, sum(powers, row));
}

function nameOf({ by, x, y, rows, columns, depth }: Tile): string {
  return by === "invocation"
    ? `${rows}×${columns} an invocation`
    : `${y * rows}×${x * columns} a workgroup, ${rows}×${columns} an invocation, ${depth} deep`;
}
