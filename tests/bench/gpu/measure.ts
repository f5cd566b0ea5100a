/** `node measure.ts TASK`: computes on the GPU, and says for each of a few runs the share of the GPU's own peak and the time, as JSON. */
import {
  device,
  jit,
  profile,
  random,
  scaledDotProductAttention,
  type Tensor,
} from "../../../tensor/index.ts";
import { prepare } from "../tensor/ours.ts";
import type { Task } from "../tensor/tasks.ts";

/** What was seen of one run. */
export interface Seen {
  readonly ms: number;
  /** Of the operations a second of the GPU's fastest product, and of the bytes a second of its fastest sum. */
  readonly ofFlops: number;
  readonly ofBandwidth: number;
}

const tasks: Readonly<Record<string, Task>> = {
  matmul: { kind: "matmul", n: 4096 },
  softmax: { kind: "softmax", rows: 4096, columns: 4096 },
  matvec: { kind: "matvec", format: "f32", n: 8192 },
  q8: { kind: "matvec", format: "q8", n: 8192 },
  train: { kind: "train", config: "GPT-128" },
};
const runs = 5;

const [, , name] = process.argv;
await device("webgpu");
process.stdout.write(JSON.stringify(await seen(await runnerOf(name))));
process.exit(0);

async function runnerOf(task: string): Promise<() => unknown> {
  if (task !== "attention") {
    const prepared = await prepare(tasks[task]);
    return () => prepared.run();
  }
  const [q, k, v] = [1, 2, 3].map((seed) => random.normal([1, 8, 4096, 64], { seed }) as Tensor);
  const attend = jit((a: Tensor, b: Tensor, c: Tensor) =>
    scaledDotProductAttention(a as never, b as never, c as never, { causal: true }),
  );
  return () => attend(q, k, v);
}

async function seen(run: () => unknown): Promise<readonly Seen[]> {
  await profile(run); // compiles, and measures the peaks
  const found: Seen[] = [];
  for (let i = 0; i < runs; i++) {
    const { rows, peaks } = await profile(run);
    const total = (of: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((n, row) => n + of(row), 0);
    const ms = total((row) => row.ms);
    found.push({
      ms,
      ofFlops: total((row) => row.flops) / (ms / 1000) / peaks.flopsPerSecond,
      ofBandwidth: total((row) => row.bytes) / (ms / 1000) / peaks.bytesPerSecond,
    });
  }
  return found;
}
