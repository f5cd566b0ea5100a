/**
 * Joining shapes: concat along an axis, stack along a new one.
 */
import type { Dim, Shape } from "./dim.ts";
import { type Insert, type Position, positionOf, type ReplaceAxis } from "./axes.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** Shape of tensors of shapes L stacked along a new axis A. */
export type Stacked<L extends readonly Shape[], A extends number> = L extends readonly [
  infer First extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Differing<First, Rest> extends infer Bad extends Shape
    ? [Bad] extends [never]
      ? Insert<First, A, L["length"], "stack">
      : NoShape<`stack: want one shape, got ${Show<First>} and ${Show<Bad>}`>
    : never
  : L extends readonly []
    ? NoShape<"stack: want at least one tensor, got []">
    : Insert<L[number], A, number, "stack">;

/** Shape of tensors of shapes L joined along axis A; its size is known at run time. */
export type Concatenated<L extends readonly Shape[], A extends number> = L extends readonly [
  infer First extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? Differing<First, Rest, Position<First, A>> extends infer Bad extends Shape
    ? [Bad] extends [never]
      ? ReplaceAxis<First, A, [number], "concat">
      : NoShape<`concat: sizes off axis ${A} differ: ${Show<First>} and ${Show<Bad>}`>
    : never
  : L extends readonly []
    ? NoShape<"concat: want at least one tensor, got []">
    : ReplaceAxis<L[number], A, [number], "concat">;

/** The first shape of L that is not like S, sizes at position `But` aside; never where all are. */
type Differing<S extends Shape, L extends readonly Shape[], But = never> = L extends readonly [
  infer H extends Shape,
  ...infer R extends readonly Shape[],
]
  ? Alike<S, H, But> extends true
    ? Differing<S, R, But>
    : H
  : never;

type Alike<A extends Shape, B extends Shape, But, I extends Shape = []> = number extends
  A["length"] | B["length"]
  ? true
  : A extends readonly [infer M extends Dim, ...infer P extends Shape]
    ? B extends readonly [infer N extends Dim, ...infer Q extends Shape]
      ? `${I["length"]}` extends But
        ? Alike<P, Q, But, [...I, 0]>
        : Same<M, N> extends true
          ? Alike<P, Q, But, [...I, 0]>
          : false
      : false
    : B["length"] extends 0
      ? true
      : false;

/** The axis concat joins. Throws RangeError unless the shapes agree off it. */
export function concatPosition(shapes: readonly (readonly number[])[], axis: number): number {
  const first = shapes[0];
  if (first === undefined) throw new RangeError("concat: want at least one tensor, got []");
  const position = positionOf("concat", axis, first);
  for (const shape of shapes)
    if (shape.length !== first.length || shape.some((n, i) => i !== position && n !== first[i]))
      throw new RangeError(`concat: sizes off axis ${axis} differ: ${show(first)} and ${show(shape)}`);
  return position;
}

/** Throws RangeError unless there is a shape and all are the same. */
export function checkStack(shapes: readonly (readonly number[])[]): void {
  const first = shapes[0];
  if (first === undefined) throw new RangeError("stack: want at least one tensor, got []");
  const other = shapes.find((s) => s.length !== first.length || s.some((n, i) => n !== first[i]));
  if (other !== undefined)
    throw new RangeError(`stack: want one shape, got ${show(first)} and ${show(other)}`);
}
