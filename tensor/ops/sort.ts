/**
 * Order: argsort is the primitive; sorting gathers by it, the k best are the first of it, a permutation is the order of random bits.
 */
import { positionOf } from "../shape/axes.ts";
import { show } from "../shape/error.ts";
import { valueOf, type Value } from "../graph.ts";
import { gather } from "./indexing.ts";
import { slice } from "./view.ts";

export function argsort(who: string, x: Value, axis: number, descending: boolean): Value {
  const at = positionOf(who, axis, x.shape);
  return valueOf({ op: "argsort", inputs: [x], axis: at, descending }, x.shape, "i32");
}

export function sort(x: Value, axis: number, descending: boolean): Value {
  return gather(x, argsort("sort", x, axis, descending), axis);
}

/** The k largest along an axis, largest first, and where they are. */
export function topk(x: Value, k: number, axis: number): readonly [values: Value, indices: Value] {
  const at = positionOf("topk", axis, x.shape);
  if (!Number.isInteger(k) || k < 0 || k > x.shape[at])
    throw new RangeError(`topk: want k in 0 … ${x.shape[at]} for axis ${axis} of ${show(x.shape)}, got ${k}`);
  const order = argsort("topk", x, axis, true);
  const first = slice(
    order,
    x.shape.map((_, i) => (i === at ? ([0, k] as const) : (":" as const))),
  );
  return [gather(x, first, axis), first];
}
