/** The rows of `npm run bench -- tensor`: what is measured at how many threads, against whom, with which goal. Data, no clock. */
import type { Claim } from "../row.ts";
import { nameOf, type Task, weightBytes } from "./tasks.ts";

/** A claim about a task that all contestants run in turns. */
export interface TaskClaim extends Claim {
  readonly task: Task;
  readonly threads: number;
  /** Whose samples count as ours. */
  readonly oursName: string;
  /** What a contestant's milliseconds are in the row's unit. */
  readonly fromMs: (ms: number) => number;
}

/** Wasm peers are not asked beyond what their APIs have; `null`: reported, without a goal. */
type Goals = Readonly<Record<string, string | null>>;

const wasmPeers: Goals = { "onnxruntime-web": "<=1.0", tfjs: "<=1.0", "jax-js": "<=1.0" };
const others: Goals = { numpy: "<=1.0", ...wasmPeers, "onnxruntime-node": null };

const rowTasks: readonly (readonly [Task, torch: string])[] = [
  [{ kind: "softmax", rows: 1024, columns: 1024 }, "<=2.0"],
  [{ kind: "layernorm", rows: 4096, columns: 384 }, "<=0.8"],
  [{ kind: "gelu", n: 4 * 2 ** 20 }, "<=1.0"],
  [{ kind: "gather", rows: 50_257, columns: 384, n: 8192 }, "<=2.5"],
];

const trainTasks: readonly Task[] = [
  { kind: "train", config: "GPT-128" },
  { kind: "train", config: "GPT-384" },
];

/** tfjs and jax-js have one thread in Node, whatever is asked; they are compared all the same. */
export function claimsFor(threads: readonly number[]): readonly TaskClaim[] {
  const most = Math.max(...threads);
  return [
    ...threads.flatMap((n) => [256, 512, 1024, 2048].flatMap((size) => matmulClaims(size, n))),
    ...rowTasks.flatMap(([task, torch]) => timed(task, most, { torch, ...others })),
    ...trainTasks.flatMap((task) => timed(task, most, { torch: "<=1.3", "jax-js": "<=0.333" })),
  ];
}

function matmulClaims(n: number, threads: number): readonly TaskClaim[] {
  const judged = n >= 512;
  const goal = (text: string): string | null => (judged ? text : null);
  const against = (oursName: string, goals: Goals): TaskClaim[] =>
    Object.entries(goals).map(([peerName, goal]) => ({
      ...threaded({ kind: "matmul", n }, threads, oursName),
      unit: "GFLOPS",
      peerName,
      goal,
      fromMs: (ms) => (2 * n ** 3) / ms / 1e6,
    }));
  return [
    ...against("below", {
      numpy: goal(">=0.85"),
      "onnxruntime-web": goal(">=2.0"),
      tfjs: goal(">=3.0"),
      "jax-js": goal(">=3.0"),
      "onnxruntime-node": null,
      torch: null,
    }),
    ...against("below, no revectorisation", { numpy: goal(">=0.5") }),
  ];
}

function timed(task: Task, threads: number, goals: Goals): TaskClaim[] {
  return Object.entries(goals).map(([peerName, goal]) => ({
    ...threaded(task, threads, "below"),
    unit: "ms",
    peerName,
    goal,
    fromMs: (ms) => ms,
  }));
}

function threaded(
  task: Task,
  threads: number,
  oursName: string,
): Pick<TaskClaim, "what" | "task" | "threads" | "oursName"> {
  const suffix = oursName === "below" ? "" : ` (${oursName})`;
  return {
    what: `${nameOf(task)}, ${threads} ${threads === 1 ? "thread" : "threads"}${suffix}`,
    task,
    threads,
    oursName,
  };
}

/** Bytes that plain WebAssembly reads, for the yardstick: more than a cache holds. */
export const readTask = { kind: "read", bytes: 64 * 2 ** 20 } as const;

/** Share of that bandwidth at which a product with a vector reads its weights. */
export const matvecClaims = (["f32", "q8", "q4"] as const).map((format) => ({
  format,
  task: { kind: "matvec", format, n: 4096 } as const,
  bytes: weightBytes(format, 4096),
  goal: { f32: ">=0.65", q8: ">=0.4", q4: ">=0.25" }[format],
}));

export const replayTask = { kind: "replay", programs: 64 } as const;
export const replayGoal = "<=3";
