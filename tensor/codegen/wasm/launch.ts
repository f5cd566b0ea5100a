/**
 * How a template's code is called: exported functions `(start, end, params, scratch)` that do items start … end − 1.
 * `params` is the address of i32 words: the address of each buffer, by number. `scratch` is this thread's own memory.
 */
import type { FunctionWriter, Local, Locals, ModuleWriter } from "./encode.ts";
import { type Expr, i32 } from "./instructions.ts";

/** A tensor in a buffer: element (…batch, row, column) is at offset + Σ index·stride. In elements; stride 0 repeats. */
export interface View {
  readonly buffer: number;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly row: number;
  readonly column: number;
}

/** One exported function, done before the next begins. */
export interface Phase {
  readonly fn: string;
  readonly items: number;
  /** Fewest items that are worth a thread's turn. */
  readonly grain: number;
}

export interface TemplateLaunch {
  readonly phases: readonly Phase[];
  /** Bytes of each thread's scratch. */
  readonly scratchBytes: number;
  /** Bytes of the program's workspace, which its phases share. */
  readonly workspaceBytes: number;
}

/** Where a result stands. */
export interface Place {
  readonly params: Local<"i32">;
  /** Number of the matrix, row-major over the batch axes. */
  readonly batch: Local<"i32">;
  readonly row: Local<"i32">;
  readonly column: Local<"i32">;
}

/** Writes results column … column + lanes − 1 of a row; 4 of them, or as many as a local says. */
export type StoreTile = (
  f: FunctionWriter,
  at: Place,
  result: Local<"v128">,
  lanes: 4 | Local<"i32">,
) => void;

const launched = ["i32", "i32", "i32", "i32"] as const;

/** An exported function that does each item from `start` to `end`. */
export function writePhase(
  module: ModuleWriter,
  name: string,
  body: (f: FunctionWriter, item: Local<"i32">, params: Local<"i32">, scratch: Local<"i32">) => void,
): void {
  module.fn(name, launched, "void", (f, [start, end, params, scratch]: Locals<typeof launched>) => {
    const item = f.local("i32");
    f.for(item, start, end, 1, () => body(f, item, params, scratch));
  });
}

/** Address of buffer `buffer`. */
export function bufferAt(params: Local<"i32">, buffer: number): Expr<"i32"> {
  return i32.load(params, buffer * 4);
}

/** Address of matrix number `batch` of a view, without its constant offset. */
export function matrixAt(
  params: Local<"i32">,
  view: View,
  sizes: readonly number[],
  batch: Local<"i32">,
): Expr<"i32"> {
  let address = bufferAt(params, view.buffer);
  let inner = 1;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const index =
      inner * sizes[axis] === product(sizes)
        ? i32.divU(batch, inner)
        : i32.remU(i32.divU(batch, inner), sizes[axis]);
    if (view.batch[axis] !== 0 && sizes[axis] > 1)
      address = i32.add(address, i32.mul(index, view.batch[axis] * 4));
    inner *= sizes[axis];
  }
  return view.offset === 0 ? address : i32.add(address, view.offset * 4);
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}
