/**
 * Operations that move elements without changing them. Values in, values out; shapes are checked here.
 */
import { insertionOf, permutationOf, positionOf, positionsOf, type AxisArgument } from "../shape/axes.ts";
import { checkBroadcastTo } from "../shape/broadcast.ts";
import { show } from "../shape/error.ts";
import { checkStack, concatPosition } from "../shape/join.ts";
import { checkSizes, product, reshapeSizes } from "../shape/reshape.ts";
import { type Range, slicePlan } from "../shape/slice.ts";
import { promote } from "../dtype.ts";
import { cast, valueOf, type Value } from "../graph.ts";

export function reshape(x: Value, sizes: readonly number[]): Value {
  const shape = reshapeSizes(x.shape, sizes);
  return sameSizes(shape, x.shape) ? x : valueOf({ op: "reshape", inputs: [x] }, shape, x.dtype);
}

export function permute(x: Value, axes: readonly number[]): Value {
  const order = permutationOf(axes, x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  return order.every((axis, i) => axis === i)
    ? x
    : valueOf({ op: "permute", inputs: [x], axes: order }, shape, x.dtype);
}

export function transpose(x: Value, axis1 = -2, axis2 = -1): Value {
  const i = positionOf("transpose", axis1, x.shape);
  const j = positionOf("transpose", axis2, x.shape);
  return permute(
    x,
    x.shape.map((_, axis) => (axis === i ? j : axis === j ? i : axis)),
  );
}

export function matrixTranspose(x: Value): Value {
  if (x.shape.length !== 2)
    throw new RangeError(`T: want a matrix [M,N], got ${show(x.shape)}; try transpose()`);
  return permute(x, [1, 0]);
}

export function broadcastTo(x: Value, shape: readonly number[]): Value {
  checkSizes("broadcastTo", shape);
  checkBroadcastTo(x.shape, shape);
  if (sameSizes(x.shape, shape)) return x;
  const aligned = reshape(x, [...Array.from({ length: shape.length - x.shape.length }, () => 1), ...x.shape]);
  return sameSizes(aligned.shape, shape)
    ? aligned
    : valueOf({ op: "expand", inputs: [aligned] }, [...shape], x.dtype);
}

export function squeeze(x: Value, axis?: number): Value {
  if (axis === undefined)
    return reshape(
      x,
      x.shape.filter((n) => n !== 1),
    );
  const at = positionOf("squeeze", axis, x.shape);
  if (x.shape[at] !== 1)
    throw new RangeError(`squeeze: axis ${axis} of ${show(x.shape)} has size ${x.shape[at]}, want 1`);
  return reshape(x, x.shape.toSpliced(at, 1));
}

export function unsqueeze(x: Value, axis: number): Value {
  return reshape(x, x.shape.toSpliced(insertionOf("unsqueeze", axis, x.shape), 0, 1));
}

export function slice(x: Value, ranges: readonly Range[]): Value {
  const plan = slicePlan(ranges, x.shape);
  const cut = strided(
    x,
    plan.map((s) => s.start),
    plan.map((s) => s.step),
    plan.map((s) => s.size),
  );
  return reshape(
    cut,
    plan.filter((s) => !s.drop).map((s) => s.size),
  );
}

export function flip(x: Value, axis?: AxisArgument): Value {
  const turned = positionsOf("flip", axis, x.shape);
  const backwards = x.shape.map((_, i) => turned.includes(i));
  return strided(
    x,
    x.shape.map((n, i) => (backwards[i] ? n - 1 : 0)),
    x.shape.map((_, i) => (backwards[i] ? -1 : 1)),
    x.shape,
  );
}

function strided(
  x: Value,
  start: readonly number[],
  step: readonly number[],
  shape: readonly number[],
): Value {
  const whole = sameSizes(shape, x.shape) && step.every((s, i) => s === 1 || shape[i] === 0);
  return whole ? x : valueOf({ op: "slice", inputs: [x], start, step }, shape, x.dtype);
}

export function pad(x: Value, widths: readonly (readonly [number, number])[], value: number): Value {
  if (widths.length !== x.shape.length)
    throw new RangeError(`pad: want [before, after] for each axis of ${show(x.shape)}, got ${widths.length}`);
  checkSizes("pad", widths.flat());
  const shape = x.shape.map((n, i) => widths[i][0] + n + widths[i][1]);
  return valueOf({ op: "pad", inputs: [x], before: widths.map((w) => w[0]), value }, shape, x.dtype);
}

export function concat(values: readonly Value[], axis: number): Value {
  const at = concatPosition(
    values.map((v) => v.shape),
    axis,
  );
  const dtype = values.map((v) => v.dtype).reduce((a, b) => promote("concat", a, b));
  const size = values.reduce((sum, v) => sum + v.shape[at], 0);
  const inputs = values.map((v) => cast(v, dtype));
  return inputs.length === 1
    ? inputs[0]
    : valueOf({ op: "concat", inputs, axis: at }, values[0].shape.with(at, size), dtype);
}

export function stack(values: readonly Value[], axis: number): Value {
  checkStack(values.map((v) => v.shape));
  const at = insertionOf("stack", axis, values[0].shape);
  return concat(
    values.map((v) => unsqueeze(v, at)),
    at,
  );
}

/** `parts`: how many equal parts, or the sizes. */
export function split(x: Value, parts: number | readonly number[], axis: number): Value[] {
  const at = positionOf("split", axis, x.shape);
  const sizes = typeof parts === "number" ? equalParts(parts, x.shape[at], axis, x.shape) : parts;
  checkSizes("split", sizes);
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[at])
    throw new RangeError(
      `split: want sizes that add up to ${x.shape[at]}, axis ${axis} of ${show(x.shape)}, got ${show(sizes)}`,
    );
  let start = 0;
  return sizes.map((size) => {
    const ranges: Range[] = x.shape.map((): Range => ":");
    ranges[at] = [start, (start += size)];
    return slice(x, ranges);
  });
}

function equalParts(parts: number, size: number, axis: number, shape: readonly number[]): number[] {
  if (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)
    throw new RangeError(
      `split: want a number of equal parts of ${size}, axis ${axis} of ${show(shape)}, got ${parts}; try a list of sizes`,
    );
  return Array.from({ length: parts }, () => size / parts);
}

export function flatten(x: Value): Value {
  return reshape(x, [product(x.shape)]);
}

export function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
