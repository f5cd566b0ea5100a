/**
 * How the coordinates of one value follow from those of another: the views, as arithmetic on indices.
 */
import type { Concat, Node, Pad, Permute, SetSlice, Slice, Value } from "../graph.ts";
import {
  type Condition,
  type Index,
  linear,
  number,
  plus,
  quotient,
  rangeOf,
  reshaped,
  rest,
  times,
  zero,
} from "../codegen/index-math.ts";

type View = Extract<Node, { op: "reshape" | "permute" | "expand" | "slice" }>;

/** Coordinates in the view's input of the element at `coords` of the view. */
export function through(node: View, shape: readonly number[], coords: readonly Index[]): readonly Index[] {
  const input = node.inputs[0].shape;
  switch (node.op) {
    case "reshape":
      return reshaped(coords, shape, input);
    case "permute":
      return permuted(node, coords);
    case "expand":
      return coords.map((c, i) => (input[i] === 1 ? zero : c));
    case "slice":
      return sliced(node, coords);
  }
}

function permuted({ axes }: Permute, coords: readonly Index[]): readonly Index[] {
  const result: Index[] = [];
  axes.forEach((axis, i) => (result[axis] = coords[i]));
  return result;
}

function sliced({ start, step }: Slice, coords: readonly Index[]): readonly Index[] {
  return coords.map((c, i) => plus(times(c, step[i]), number(start[i])));
}

/** Where an element comes from that lies inside, and when it does. */
export interface Part {
  readonly coords: readonly Index[];
  readonly conditions: readonly Condition[];
}

/** The padded input. */
export function padded({ before, inputs }: Pad, coords: readonly Index[]): Part {
  const shifted = coords.map((c, i) => plus(c, number(-before[i])));
  return { coords: shifted, conditions: inside(shifted, inputs[0].shape) };
}

/** Each input of a concatenation. */
export function pieces({ axis, inputs }: Concat, coords: readonly Index[]): readonly Part[] {
  let start = 0;
  return inputs.map((x) => {
    const shifted = coords.with(axis, plus(coords[axis], number(-start)));
    start += x.shape[axis];
    return { coords: shifted, conditions: inside([shifted[axis]], [x.shape[axis]]) };
  });
}

/** The value put into a slice. */
export function replaced({ start, step, inputs }: SetSlice, coords: readonly Index[]): Part {
  const { shape } = inputs[1];
  const conditions: Condition[] = [];
  const at = coords.map((c, i) => {
    const by = Math.abs(step[i]);
    const first = step[i] < 0 ? start[i] + (shape[i] - 1) * step[i] : start[i]; // the lowest place it writes
    const off = plus(c, number(-first));
    if (by > 1) conditions.push({ index: rest(off, by), size: 1 });
    const place = quotient(off, by);
    return step[i] < 0 ? plus(times(place, -1), number(shape[i] - 1)) : place;
  });
  return { coords: at, conditions: [...conditions, ...inside(at, shape)] };
}

/** The conditions that are not sure anyway. */
function inside(coords: readonly Index[], shape: readonly number[]): Condition[] {
  return coords.flatMap((index, i) => {
    const [low, high] = rangeOf(index);
    return low >= 0 && high < shape[i] ? [] : [{ index, size: shape[i] }];
  });
}

/**
 * Which axes an index into a value runs over, if it meets every element exactly once as they run; undefined if not.
 * Such an index is a sum of axes whose factors are 1, n₁, n₁·n₂, …
 */
export function axesMeeting(
  coords: readonly Index[],
  shape: readonly number[],
): ReadonlySet<number> | undefined {
  const index = linear(coords, shape);
  if (index.offset !== 0) return undefined;
  const axes = new Set<number>();
  let met = 1;
  for (const { factor, atom } of index.terms.toSorted((a, b) => a.factor - b.factor)) {
    if (atom.kind !== "axis" || factor !== met) return undefined;
    met *= atom.size;
    axes.add(atom.axis);
  }
  return met === shape.reduce((a, b) => a * b, 1) ? axes : undefined;
}

/** A value as strides over some axes from a buffer: what a product reads its operands by. */
export interface Strided {
  readonly buffer: Value;
  readonly offset: number;
  /** One per axis, in elements. */
  readonly strides: readonly number[];
}

/** The buffer under the value's views, if plain strides lead there. */
export function stridedOf(
  value: Value,
  axes: readonly Index[],
  baseOf: (value: Value, coords: readonly Index[]) => readonly [Value, readonly Index[]],
): Strided | undefined {
  const [buffer, coords] = baseOf(value, axes);
  const index = linear(coords, buffer.shape);
  const strides = axes.map(() => 0);
  for (const { factor, atom } of index.terms) {
    if (atom.kind !== "axis") return undefined;
    strides[atom.axis] = factor;
  }
  return { buffer, offset: index.offset, strides };
}
