/**
 * Slicing: one range per axis, as x[1:3, :, ::-1] is written here.
 */
import type { Dim, Shape } from "./dim.ts";
import { type NoShape, show, type Show } from "./error.ts";

/** A number takes that index and drops the axis; ":" takes all; [start, stop, step] a range, null for an open end. */
export type Range =
  | number
  | ":"
  | readonly [start: number | null, stop: number | null]
  | readonly [start: number | null, stop: number | null, step: number | null];

/** Shape of S after slicing. The length of a range is known at run time only, unless it is all of the axis. */
export type Sliced<
  S extends Shape,
  R extends readonly Range[],
  Who extends string = "slice",
  S0 extends Shape = S,
  Done extends Shape = [],
> = number extends S0["length"] | R["length"]
  ? Shape
  : R extends readonly [infer First extends Range, ...infer Rest extends readonly Range[]]
    ? S extends readonly [infer H extends Dim, ...infer T extends Shape]
      ? Sliced<T, Rest, Who, S0, First extends number ? Done : [...Done, Kept<H, First>]>
      : NoShape<`${Who}: want at most ${S0["length"]} ranges for ${Show<S0>}, got more`>
    : [...Done, ...S];

type Kept<D extends Dim, R> = R extends ":" | readonly [null, null] | readonly [null, null, 1 | -1 | null]
  ? D
  : number;

/** One axis of a slice in full: `size` elements from `start`, `step` apart; `drop`: the axis goes. */
export interface Stride {
  readonly start: number;
  readonly step: number;
  readonly size: number;
  readonly drop: boolean;
}

/** What each axis of a slice takes. Throws RangeError on too many ranges, an index outside, a step of 0, a fraction. */
export function slicePlan(
  ranges: readonly Range[],
  shape: readonly number[],
  who = "slice",
): readonly Stride[] {
  if (ranges.length > shape.length)
    throw new RangeError(
      `${who}: want at most ${shape.length} ranges for ${show(shape)}, got ${ranges.length}`,
    );
  return shape.map((n, axis) => strideOf(ranges[axis] ?? ":", n, `axis ${axis} of ${show(shape)}`, who));
}

function strideOf(range: Range, n: number, at: string, who: string): Stride {
  if (range === ":") return { start: 0, step: 1, size: n, drop: false };
  if (typeof range === "number") {
    const start = range < 0 ? range + n : range;
    if (!Number.isInteger(range) || start < 0 || start >= n)
      throw new RangeError(`${who}: want an index in ${-n} … ${n - 1} for ${at}, got ${range}`);
    return { start, step: 1, size: 1, drop: true };
  }
  const step = range[2] ?? 1;
  const whole = [range[0] ?? 0, range[1] ?? 0, step].every(Number.isInteger);
  if (!whole || step === 0)
    throw new RangeError(
      `${who}: want whole numbers and a step other than 0 for ${at}, got [${range.join(", ")}]`,
    );
  // Python's rule (slice.indices): ends are clamped to [0, n] going up, to [−1, n−1] going down.
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const clamp = (i: number) => Math.min(Math.max(i < 0 ? i + n : i, low), high);
  const start = range[0] === null ? (step > 0 ? low : high) : clamp(range[0]);
  const stop = range[1] === null ? (step > 0 ? high : low) : clamp(range[1]);
  return { start, step, size: Math.max(0, Math.ceil((stop - start) / step)), drop: false };
}
