/**
 * Reductions: sum, prod, max and min are primitives; the others are made of them.
 */
import { type AxisArgument, positionOf, positionsOf } from "../shape/axes.ts";
import { show } from "../shape/error.ts";
import { product } from "../shape/reshape.ts";
import { type DType, isFloat } from "../dtype.ts";
import { cast, type ReduceFunction, valueOf, type Value } from "../graph.ts";
import { binary, isnan, unary, where } from "./elementwise.ts";
import { broadcastTo, flatten, reshape } from "./view.ts";

export interface ReduceOptions {
  readonly axis: AxisArgument;
  readonly keepdims: boolean;
}

export function sum(x: Value, options: ReduceOptions): Value {
  return reduce("sum", "sum", cast(x, summed(x.dtype)), options);
}

export function prod(x: Value, options: ReduceOptions): Value {
  return reduce("prod", "prod", cast(x, summed(x.dtype)), options);
}

export function max(x: Value, options: ReduceOptions): Value {
  return reduce("max", "max", nonEmpty("max", x, options), options);
}

export function min(x: Value, options: ReduceOptions): Value {
  return reduce("min", "min", nonEmpty("min", x, options), options);
}

/** Whether all are true: the least of them. */
export function all(x: Value, options: ReduceOptions): Value {
  return reduce("all", "min", bools("all", x), options);
}

export function any(x: Value, options: ReduceOptions): Value {
  return reduce("any", "max", bools("any", x), options);
}

/** In f32 even for f16 and bf16: a sum overflows where its mean does not. */
export function mean(x: Value, options: ReduceOptions): Value {
  const total = reduce("mean", "sum", cast(x, "f32"), options);
  return cast(binary("div", total, countOf("mean", x, options)), floated(x.dtype));
}

/** Mean squared distance from the mean, over N − correction. */
export function variance(who: string, x: Value, options: ReduceOptions, correction: number): Value {
  const wide = cast(x, "f32");
  const off = binary("sub", wide, mean(wide, { axis: options.axis, keepdims: true }));
  const total = reduce(who, "sum", binary("mul", off, off), options);
  return cast(binary("div", total, Math.max(0, countOf(who, x, options) - correction)), floated(x.dtype));
}

export function std(x: Value, options: ReduceOptions, correction: number): Value {
  return unary("sqrt", variance("std", x, options, correction));
}

/** Position of the first largest (or smallest) element, or of the first NaN: the least position among the places that hold it. */
export function argBest(
  who: "argmax" | "argmin",
  x: Value,
  axis: number | undefined,
  keepdims: boolean,
): Value {
  if (axis === undefined) {
    const found = argBest(who, flatten(x), 0, false);
    return keepdims
      ? reshape(
          found,
          x.shape.map(() => 1),
        )
      : found;
  }
  const at = positionOf(who, axis, x.shape);
  const options = { axis: at, keepdims: true };
  const best = reduce(who, who === "argmax" ? "max" : "min", nonEmpty(who, x, options), options);
  const same = binary("equal", x, best);
  const hit = isFloat(x.dtype) ? binary("logicalOr", same, isnan(x)) : same;
  const position = along(at, x.shape);
  return reduce(who, "min", where(hit, position, x.shape[at]), { axis: at, keepdims });
}

export function cumsum(x: Value, axis: number): Value {
  const at = positionOf("cumsum", axis, x.shape);
  const input = cast(x, summed(x.dtype));
  return valueOf({ op: "cumsum", inputs: [input], axis: at }, x.shape, input.dtype);
}

/** The index along one axis, as an i32 tensor of the whole shape. */
export function along(axis: number, shape: readonly number[]): Value {
  const count = valueOf({ op: "iota", inputs: [] }, [shape[axis]], "i32");
  return broadcastTo(
    reshape(
      count,
      shape.map((n, i) => (i === axis ? n : 1)),
    ),
    shape,
  );
}

function reduce(who: string, fn: ReduceFunction, x: Value, { axis, keepdims }: ReduceOptions): Value {
  const axes = positionsOf(who, axis, x.shape);
  const kept = x.shape.filter((_, i) => !axes.includes(i));
  const result = axes.length === 0 ? x : valueOf({ op: "reduce", fn, inputs: [x], axes }, kept, x.dtype);
  return keepdims
    ? reshape(
        result,
        x.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
      )
    : result;
}

function countOf(who: string, x: Value, { axis }: ReduceOptions): number {
  return product(positionsOf(who, axis, x.shape).map((i) => x.shape[i]));
}

function nonEmpty(who: string, x: Value, { axis }: ReduceOptions): Value {
  const empty = positionsOf(who, axis, x.shape).find((i) => x.shape[i] === 0);
  if (empty !== undefined)
    throw new RangeError(`${who}: want at least one element along axis ${empty}, got ${show(x.shape)}`);
  return x;
}

function bools(who: string, x: Value): Value {
  if (x.dtype !== "bool") throw new TypeError(`${who}: want bool, got ${x.dtype}; try .notEqual(0).${who}()`);
  return x;
}

function summed(dtype: DType): DType {
  return dtype === "bool" || dtype === "i8" || dtype === "u8" ? "i32" : dtype;
}

function floated(dtype: DType): DType {
  return isFloat(dtype) ? dtype : "f32";
}
