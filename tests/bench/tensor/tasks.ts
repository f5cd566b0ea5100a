/** What the contestants are asked: plain data that goes to each as JSON. */
import type { configs } from "../gpt/train.ts";

export type Task =
  | { readonly kind: "matmul"; readonly n: number }
  | { readonly kind: "softmax" | "layernorm"; readonly rows: number; readonly columns: number }
  | { readonly kind: "gelu"; readonly n: number }
  | { readonly kind: "gather"; readonly rows: number; readonly columns: number; readonly n: number }
  | { readonly kind: "matvec"; readonly format: "f32" | "q8" | "q4"; readonly n: number }
  /** Plain reading of so many bytes by WebAssembly: what matvec is compared with. */
  | { readonly kind: "read"; readonly bytes: number }
  /** A jitted chain of so many programs that cannot fuse. */
  | { readonly kind: "replay"; readonly programs: number }
  | { readonly kind: "train"; readonly config: keyof typeof configs };

export function nameOf(task: Task): string {
  switch (task.kind) {
    case "matmul":
      return `matmul ${task.n}`;
    case "softmax":
    case "layernorm":
      return `${task.kind} ${task.rows}x${task.columns}`;
    case "gelu":
      return `gelu ${task.n / 2 ** 20}M`;
    case "gather":
      return `gather ${task.n} of ${task.rows}x${task.columns}`;
    case "matvec":
      return `matvec ${task.format} ${task.n}x${task.n}`;
    case "read":
      return `read ${task.bytes / 2 ** 20} MiB`;
    case "replay":
      return `replay of ${task.programs} programs`;
    case "train":
      return `training step ${task.config}`;
  }
}

/** Bytes of weights that a matvec reads, scales included. */
export function weightBytes(format: "f32" | "q8" | "q4", n: number): number {
  const perElement = { f32: 4, q8: 1 + 2 / 32, q4: 1 / 2 + 2 / 32 }[format];
  return perElement * n * n;
}
