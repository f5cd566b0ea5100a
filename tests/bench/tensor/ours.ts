/**
 * This library behind the bench's lines (../peers/tensor/serve.mjs): a task → a function that runs it once, and a sample of its answer.
 * Everything is jitted, as a reader would for speed; results are released by a scope, as a loop would.
 */
import {
  type AnyTensor,
  jit,
  profile,
  quantize,
  qmatvec,
  scope,
  type Tensor,
  tensor,
} from "../../../tensor/index.ts";
import { configs, trainer } from "../gpt/train.ts";
import { indices, numbers, sampled } from "../peers/tensor/numbers.mjs";
import type { Task } from "./tasks.ts";

export interface Prepared {
  run(): void | Promise<void>;
  sample(): readonly number[] | Promise<readonly number[]>;
}

type Matrix = Tensor<[number, number]>;
type Vector = Tensor<[number]>;

const matrix = (rows: number, columns: number, salt: number): Matrix =>
  tensor(numbers(rows * columns, salt), { shape: [rows, columns] });
const vector = (n: number, salt: number): Vector => tensor(numbers(n, salt));

export async function prepare(task: Task): Promise<Prepared> {
  if (task.kind === "train") return training(configs[task.config]);
  if (task.kind === "replay") return replay(task.programs);
  const [f, inputs] = make(task);
  const compiled = jit(f);
  for (const x of inputs) await x.realize();
  return {
    run() {
      using _ = scope();
      compiled(...inputs);
    },
    sample: async () => sampled(await compiled(...inputs).data()),
  };
}

type Made = readonly [f: (...inputs: readonly AnyTensor[]) => AnyTensor, inputs: readonly AnyTensor[]];

function make(task: Exclude<Task, { readonly kind: "train" | "replay" }>): Made {
  switch (task.kind) {
    case "matmul":
      return [
        (a, b) => (a as Matrix).matmul(b as Matrix),
        [matrix(task.n, task.n, 1), matrix(task.n, task.n, 2)],
      ];
    case "softmax":
      return [(x) => softmax(x as Matrix), [matrix(task.rows, task.columns, 1)]];
    case "layernorm": {
      const inputs = [matrix(task.rows, task.columns, 1), vector(task.columns, 2), vector(task.columns, 3)];
      return [(x, scale, shift) => layerNorm(x as Matrix, scale as Vector, shift as Vector), inputs];
    }
    case "gelu":
      return [(x) => gelu(x as Vector), [vector(task.n, 1)]];
    case "gather": {
      const index = tensor(indices(task.n, 2, task.rows));
      return [(x, i) => x.take(i as Tensor<[number], "i32">), [matrix(task.rows, task.columns, 1), index]];
    }
    case "matvec":
      return matvec(task.format, task.n);
    case "read":
      throw new TypeError("ours: want a task for tensors, got read; try read.ts");
  }
}

function softmax(x: Matrix): Matrix {
  const powers = x.sub(x.max(-1, { keepdims: true })).exp();
  return powers.div(powers.sum(-1, { keepdims: true }));
}

function layerNorm(x: Matrix, scale: Vector, shift: Vector): Matrix {
  const off = x.sub(x.mean(-1, { keepdims: true }));
  const spread = off.square().mean(-1, { keepdims: true }).add(1e-5).sqrt();
  return off.div(spread).mul(scale).add(shift);
}

function gelu(x: Vector): Vector {
  return x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));
}

function matvec(format: "f32" | "q8" | "q4", n: number): Made {
  const [w, x] = [matrix(n, n, 1), vector(n, 2)];
  if (format === "f32") return [(a, b) => (a as Matrix).matmul(b as Vector), [w, x]];
  const { quants, scales, ...rest } = quantize(w, format);
  return [
    (q, s, b) => qmatvec({ ...rest, quants: q as never, scales: s as never }, b as Vector),
    [quants, scales, x],
  ];
}

/** Each product needs the one before. The sample is how many programs a call runs, as the profiler counts them. */
async function replay(programs: number): Promise<Prepared> {
  const w = tensor([
    [0.5, 0.25],
    [0.25, 0.5],
  ]);
  const step = jit((x: Tensor<[2, 2]>) => {
    let y = x;
    for (let i = 0; i < programs; i++) y = y.matmul(w);
    return y;
  });
  await w.realize();
  const call = (): Tensor => step(w);
  call();
  const { runs } = await profile(call);
  return {
    run() {
      using _ = scope();
      call();
    },
    sample: () => [runs.length],
  };
}

function training(config: (typeof configs)[keyof typeof configs]): Prepared {
  const training = trainer(config);
  const loss = (): Promise<number> => training.step().item();
  return {
    run: async () => void (await loss()),
    sample: async () => [await loss(), await loss(), await loss(), await loss()],
  };
}
