/**
 * Fewer, longer loops: axes of one role that everything crosses as if they were one become one.
 */
import {
  type Axis,
  type Expr,
  ExprTable,
  indicesOf,
  type LoopProgram,
  reachable,
  rewritten,
} from "../codegen/ir.ts";
import { axisIndex, type Index, merged, substitute } from "../codegen/index-math.ts";

/** The same program with as few axes as its indices allow. */
export function withFewAxes(program: LoopProgram): LoopProgram {
  let current = withoutOnes(program);
  for (;;) {
    const next = firstMerge(current);
    if (next === undefined) return current;
    current = next;
  }
}

function withoutOnes(program: LoopProgram): LoopProgram {
  return program.axes.every((a) => a.size !== 1)
    ? program
    : renumbered(
        program,
        program.axes.map((a) => a.size !== 1),
      );
}

function firstMerge(program: LoopProgram): LoopProgram | undefined {
  const { axes } = program;
  for (let i = 0; i < axes.length; i++)
    for (let j = 0; j < axes.length; j++)
      if (i !== j && axes[i].role === axes[j].role) {
        const next = merge(program, i, j);
        if (next !== undefined) return next;
      }
  return undefined;
}

/** Axes i and j as one, i outside; it takes i's place, and j's goes. */
function merge(program: LoopProgram, i: number, j: number): LoopProgram | undefined {
  const { axes, stores } = program;
  const [m, n] = [axes[i].size, axes[j].size];
  const change = (index: Index): Index | undefined => merged(index, i, j, i, m, n);
  const values = stores.map((s) => s.value);
  const all = [...reachable(values).flatMap(indicesOf), ...stores.map((s) => s.index)];
  if (all.some((index) => change(index) === undefined)) return undefined;
  const next = changed(program, (index) => change(index)!);
  const joined: Axis = { size: m * n, role: axes[i].role };
  return renumbered(
    { ...next, axes: axes.with(i, joined) },
    axes.map((_, axis) => axis !== j),
  );
}

/** Drops the axes that are not kept, which no index mentions, and closes the gaps. */
function renumbered(program: LoopProgram, kept: readonly boolean[]): LoopProgram {
  const numbers = kept.map((_, axis) => kept.slice(0, axis).filter(Boolean).length);
  const next = changed(program, (index) => moved(index, numbers, program.axes));
  return { ...next, axes: program.axes.filter((_, axis) => kept[axis]) };
}

function moved(index: Index, numbers: readonly number[], axes: readonly Axis[]): Index {
  return substitute(index, (axis) => axisIndex(numbers[axis], axes[axis].size));
}

function changed(program: LoopProgram, change: (index: Index) => Index): LoopProgram {
  const table = new ExprTable();
  const values: readonly Expr[] = rewritten(
    program.stores.map((s) => s.value),
    table,
    change,
  );
  const stores = program.stores.map((s, i) => ({ ...s, index: change(s.index), value: values[i] }));
  return { ...program, stores };
}
