/**
 * Axes by number, negative ones from the end: which axis is meant, and the shape after reducing, permuting, inserting, removing.
 */
import type { Dim, Shape } from "./dim.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** Every way to write an axis of a tensor of each rank, and the position it means. Ranks above 6 are left to run time. */
interface Positions {
  0: { none: never };
  1: { "0": "0"; "-1": "0" };
  2: { "0": "0"; "1": "1"; "-1": "1"; "-2": "0" };
  3: { "0": "0"; "1": "1"; "2": "2"; "-1": "2"; "-2": "1"; "-3": "0" };
  4: { "0": "0"; "1": "1"; "2": "2"; "3": "3"; "-1": "3"; "-2": "2"; "-3": "1"; "-4": "0" };
  5: {
    "0": "0";
    "1": "1";
    "2": "2";
    "3": "3";
    "4": "4";
    "-1": "4";
    "-2": "3";
    "-3": "2";
    "-4": "1";
    "-5": "0";
  };
  6: {
    "0": "0";
    "1": "1";
    "2": "2";
    "3": "3";
    "4": "4";
    "5": "5";
    "-1": "5";
    "-2": "4";
    "-3": "3";
    "-4": "2";
    "-5": "1";
    "-6": "0";
  };
}

/** Whether the axis or the rank is only known at run time. */
type Unknown<S extends Shape, A extends number> = number extends A
  ? true
  : S["length"] extends keyof Positions
    ? false
    : true;

/** The position ("0", "1", …) of axis A in S; never where there is none. */
export type Position<S extends Shape, A extends number> = S["length"] extends infer R extends keyof Positions
  ? `${A}` extends infer N extends keyof Positions[R]
    ? Positions[R][N] & string
    : never
  : never;

type OutOfRange<
  S extends Shape,
  A extends number,
  Who extends string,
> = NoShape<`${Who}: axis ${A} is out of range for ${Show<S>}`>;

/** The axis argument of a reduction. */
export type AxisArgument = number | readonly number[] | undefined;

/** Shape of S reduced along `axis`, which stays with size 1 if `Keep`. */
export type Reduced<
  S extends Shape,
  A extends AxisArgument,
  Keep extends boolean,
  Who extends string,
> = number extends S["length"]
  ? Shape
  : boolean extends Keep
    ? Shape
    : A extends undefined
      ? ReduceAt<S, keyof S & string, Keep>
      : A extends number
        ? ReduceAxis<S, A, Keep, Who>
        : A extends readonly number[]
          ? ReduceAxes<S, A, Keep, Who>
          : never;

type ReduceAxis<S extends Shape, A extends number, Keep extends boolean, Who extends string> =
  Unknown<S, A> extends true
    ? Shape
    : [Position<S, A>] extends [never]
      ? OutOfRange<S, A, Who>
      : ReduceAt<S, Position<S, A>, Keep>;

type ReduceAxes<S extends Shape, A extends readonly number[], Keep extends boolean, Who extends string> =
  Unknown<S, A[number]> extends true
    ? Shape
    : BadAxis<S, A> extends infer Bad extends number
      ? [Bad] extends [never]
        ? ReduceAt<S, { [K in keyof A]: Position<S, A[K]> }[number], Keep>
        : OutOfRange<S, Bad, Who>
      : never;

type BadAxis<S extends Shape, A extends readonly number[]> = {
  [K in keyof A]: [Position<S, A[K]>] extends [never] ? A[K] : never;
}[number];

type ReduceAt<S extends Shape, At extends string, Keep extends boolean> = Keep extends true
  ? OnesAt<S, At>
  : DropAt<S, At>;

type OnesAt<S extends Shape, At extends string> = { -readonly [K in keyof S]: K extends At ? 1 : S[K] };

/** S without the axes at those positions. */
export type DropAt<
  S extends Shape,
  At extends string,
  Done extends Shape = [],
  I extends Shape = [],
> = S extends readonly [infer H extends Dim, ...infer R extends Shape]
  ? `${I["length"]}` extends At
    ? DropAt<R, At, Done, [...I, 0]>
    : DropAt<R, At, [...Done, H], [...I, 0]>
  : Done;

/** S with the axis at a position replaced by the axes I. */
export type ReplaceAt<
  S extends Shape,
  At extends string,
  By extends Shape,
  Done extends Shape = [],
  I extends Shape = [],
> = S extends readonly [infer H extends Dim, ...infer R extends Shape]
  ? `${I["length"]}` extends At
    ? [...Done, ...By, ...R]
    : ReplaceAt<R, At, By, [...Done, H], [...I, 0]>
  : Done;

/** S with axis A replaced by the axes By. */
export type ReplaceAxis<S extends Shape, A extends number, By extends Shape, Who extends string> =
  Unknown<S, A> extends true
    ? Shape
    : number extends By["length"]
      ? Shape
      : [Position<S, A>] extends [never]
        ? OutOfRange<S, A, Who>
        : ReplaceAt<S, Position<S, A>, By>;

/** S itself, where it has axis A. */
export type OnAxis<S extends Shape, A extends number, Who extends string> =
  Unknown<S, A> extends true ? S : [Position<S, A>] extends [never] ? OutOfRange<S, A, Who> : S;

/** S with axes I and J exchanged. */
export type Transpose<S extends Shape, I extends number, J extends number> =
  Unknown<S, I | J> extends true
    ? Shape
    : [Position<S, I>] extends [never]
      ? OutOfRange<S, I, "transpose">
      : [Position<S, J>] extends [never]
        ? OutOfRange<S, J, "transpose">
        : Swap<S, Position<S, I>, Position<S, J>>;

type Swap<S extends Shape, I extends string, J extends string> = {
  -readonly [K in keyof S]: K extends I ? At<S, J> : K extends J ? At<S, I> : S[K];
};

type At<S extends Shape, P extends string> = P extends keyof S ? Extract<S[P], Dim> : never;

/** S as a matrix, transposed. */
export type MatrixTranspose<S extends Shape> = number extends S["length"]
  ? Shape
  : S extends readonly [infer M extends Dim, infer N extends Dim]
    ? [N, M]
    : NoShape<`T: want a matrix [M,N], got ${Show<S>}; try transpose()`>;

/** S with its axes in the order P. */
export type Permute<S extends Shape, P extends readonly number[]> = number extends S["length"] | P["length"]
  ? Shape
  : Unknown<S, P[number]> extends true
    ? Shape
    : [keyof S & `${number}`, P["length"]] extends [Positioned<S, P>, S["length"]]
      ? { -readonly [K in keyof P]: At<S, Position<S, P[K]>> }
      : NoShape<`permute: want every axis of ${Show<S>} once, got ${Show<P>}`>;

type Positioned<S extends Shape, P extends readonly number[]> = { [K in keyof P]: Position<S, P[K]> }[number];

/** S without axis A, or without all its axes of size 1. */
export type Squeeze<S extends Shape, A extends number | undefined> = A extends number
  ? Unknown<S, A> extends true
    ? Shape
    : [Position<S, A>] extends [never]
      ? OutOfRange<S, A, "squeeze">
      : Same<At<S, Position<S, A>>, 1> extends true
        ? DropAt<S, Position<S, A>>
        : NoShape<`squeeze: axis ${A} of ${Show<S>} has size ${At<S, Position<S, A>>}, want 1`>
  : number extends S["length"] | S[number]
    ? Shape
    : WithoutOnes<S>;

type WithoutOnes<S extends Shape> = S extends readonly [infer H extends Dim, ...infer R extends Shape]
  ? H extends 1
    ? WithoutOnes<R>
    : [H, ...WithoutOnes<R>]
  : [];

/** S with N inserted so that it becomes axis A. */
export type Insert<S extends Shape, A extends number, N extends Dim, Who extends string> =
  Unknown<[...S, N], A> extends true
    ? Shape
    : [Position<[...S, N], A>] extends [never]
      ? OutOfRange<S, A, Who>
      : Position<[...S, N], A> extends `${S["length"] & number}`
        ? [...S, N]
        : InsertAt<S, Position<[...S, N], A>, N>;

type InsertAt<
  S extends Shape,
  At extends string,
  N extends Dim,
  Done extends Shape = [],
> = `${Done["length"]}` extends At
  ? [...Done, N, ...S]
  : S extends readonly [infer H extends Dim, ...infer R extends Shape]
    ? InsertAt<R, At, N, [...Done, H]>
    : Done;

/** Position 0 … rank−1 of an axis. Throws RangeError if there is none. */
export function positionOf(who: string, axis: number, shape: readonly number[]): number {
  return within(who, axis, shape.length, shape);
}

/** Position 0 … rank of a new axis. Throws RangeError if there is none. */
export function insertionOf(who: string, axis: number, shape: readonly number[]): number {
  return within(who, axis, shape.length + 1, shape);
}

function within(who: string, axis: number, rank: number, shape: readonly number[]): number {
  const position = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || position < 0 || position >= rank) {
    const range = rank === 0 ? "" : `; try ${-rank} … ${rank - 1}`;
    throw new RangeError(`${who}: axis ${axis} is out of range for ${show(shape)}${range}`);
  }
  return position;
}

/** Sorted positions of an axis argument; all of them where it is left out. Throws RangeError on a wrong or repeated one. */
export function positionsOf(who: string, axis: AxisArgument, shape: readonly number[]): readonly number[] {
  if (axis === undefined) return shape.map((_, i) => i);
  const positions = (typeof axis === "number" ? [axis] : axis).map((a) => positionOf(who, a, shape));
  if (new Set(positions).size !== positions.length)
    throw new RangeError(
      `${who}: want each axis once, got ${show(axis as readonly number[])} for ${show(shape)}`,
    );
  return positions.toSorted((a, b) => a - b);
}

/** Positions of a permutation. Throws RangeError unless it names every axis once. */
export function permutationOf(axes: readonly number[], shape: readonly number[]): readonly number[] {
  const positions = axes.map((a) => (a < 0 ? a + shape.length : a));
  const sorted = positions.toSorted((a, b) => a - b);
  if (sorted.length !== shape.length || sorted.some((p, i) => p !== i))
    throw new RangeError(`permute: want every axis of ${show(shape)} once, got ${show(axes)}`);
  return positions;
}
