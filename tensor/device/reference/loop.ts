/**
 * A loop program, read aloud: for every place of the parallel axes, the value of each store, computed from the inside out.
 * No order, no vectors, no sharing but of what is the same at one place: the judge of the printers.
 */
import type { Condition, Index } from "../../codegen/index-math.ts";
import type { Expr, LoopProgram, ReduceExpr } from "../../codegen/ir.ts";
import { allocate, convert, type Data, isFloat } from "../../dtype.ts";
import { count, stored } from "./array.ts";
import { functionFor } from "./map.ts";
import { starts, stepFor } from "./reduce.ts";

interface Run {
  readonly program: LoopProgram;
  readonly buffers: readonly Data[];
  /** Where along each axis, the reduced ones last. */
  readonly at: number[];
}

/** The last buffer is the result. */
export function loop(program: LoopProgram, inputs: readonly Data[]): Data {
  const { dtype, size } = program.buffers.at(-1)!;
  const out = allocate(dtype, size);
  const parallel = program.axes.filter(({ role }) => role === "parallel").map((axis) => axis.size);
  const run: Run = { program, buffers: [...inputs, out], at: program.axes.map(() => 0) };
  const total = count(parallel);
  for (let i = 0; i < total; i++) {
    place(run.at, i, parallel, 0);
    for (const { index, value } of program.stores) out[position(run, index)] = evaluate(run, value);
  }
  return out;
}

/** Writes the coordinates of row-major position i into at[from …]. */
function place(at: number[], i: number, sizes: readonly number[], from: number): void {
  let rest = i;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    at[from + axis] = rest % sizes[axis];
    rest = Math.floor(rest / sizes[axis]);
  }
}

function evaluate(run: Run, e: Expr): number {
  switch (e.kind) {
    case "load":
      return e.inside.every((c) => holds(run, c)) ? run.buffers[e.buffer][position(run, e.index)] : 0;
    case "constant":
      return e.value;
    case "position":
      return position(run, e.index);
    case "map": {
      const [a, b, c] = e.inputs.map((x) => evaluate(run, x));
      return stored(e.dtype, functionFor(e.fn, e.inputs[0].dtype)(a, b, c));
    }
    case "cast":
      return (isFloat(e.input.dtype) ? convert : stored)(e.dtype, evaluate(run, e.input));
    case "inside":
      return evaluate(run, e.conditions.every((c) => holds(run, c)) ? e.within : e.otherwise);
    case "reduce":
      return reduced(run, e);
    default:
      throw new Error(`bug: the reference device cannot read "${e.kind}" aloud`);
  }
}

function reduced(run: Run, e: ReduceExpr): number {
  const { axes } = run.program;
  const first = axes.findIndex(({ role }) => role === "reduce");
  const sizes = axes.slice(first).map(({ size }) => size);
  const before = run.at.slice();
  const step = stepFor(e.fn, e.dtype);
  let total = starts[e.fn];
  for (let i = 0; i < count(sizes); i++) {
    place(run.at, i, sizes, first);
    total = step(total, evaluate(run, e.input));
  }
  run.at.splice(0, before.length, ...before);
  return stored(e.dtype, total);
}

function holds(run: Run, { index, size }: Condition): boolean {
  const at = position(run, index);
  return at >= 0 && at < size;
}

function position(run: Run, { offset, terms }: Index): number {
  let sum = offset;
  for (const { factor, atom } of terms) {
    if (atom.kind === "axis") sum += factor * run.at[atom.axis];
    else if (atom.kind === "quotient") sum += factor * Math.floor(position(run, atom.of) / atom.by);
    else if (atom.kind === "value") sum += factor * evaluate(run, atom.value);
    else sum += factor * (position(run, atom.of) % atom.by);
  }
  return sum;
}
