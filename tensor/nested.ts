/**
 * Nested arrays, as people write tensors: their shape in types and at run time, to flat data and back.
 */
import type { Dim, Shape } from "./shape/dim.ts";
import { show } from "./shape/error.ts";
import { allocate, convert, type Data, type DType } from "./dtype.ts";

/** A number or boolean, or arrays of them of one length at each depth. */
export type Nested = number | boolean | readonly Nested[];

/** The shape of nested arrays: literal where the type knows the lengths. */
export type NestedShape<N> = [Nested] extends [N]
  ? Shape
  : N extends readonly [infer H, ...unknown[]]
    ? [N["length"] & number, ...NestedShape<H>]
    : N extends readonly []
      ? [0]
      : N extends readonly (infer E)[]
        ? [number, ...NestedShape<E>]
        : [];

/** What tolist() gives for a shape: as many levels of arrays as it has axes. */
export type NestedList<S extends Shape, E> = number extends S["length"]
  ? E | readonly NestedList<Shape, E>[]
  : S extends readonly [Dim, ...infer R extends Shape]
    ? NestedList<R, E>[]
    : E;

/** The sizes of nested arrays, from their first elements. */
export function nestedShape(nested: Nested): number[] {
  return typeof nested === "object"
    ? [nested.length, ...(nested.length > 0 ? nestedShape(nested[0]) : [])]
    : [];
}

/** bool if the first leaf is a boolean, else f32. */
export function nestedDType(nested: Nested): DType {
  if (typeof nested === "object") return nested.length > 0 ? nestedDType(nested[0]) : "f32";
  return typeof nested === "boolean" ? "bool" : "f32";
}

/** Nested arrays flat, in row-major order. Throws RangeError where lengths differ. */
export function flatten(nested: Nested, shape: readonly number[], dtype: DType): Data {
  const flat: number[] = [];
  collect(nested, shape, 0, flat);
  const data = allocate(dtype, flat.length);
  for (const [i, x] of flat.entries()) data[i] = convert(dtype, x);
  return data;
}

function collect(nested: Nested, shape: readonly number[], depth: number, flat: number[]): void {
  if (typeof nested !== "object") {
    if (depth < shape.length) throw ragged(shape, depth, "a number");
    flat.push(Number(nested));
    return;
  }
  if (depth >= shape.length) throw ragged(shape, depth, `an array of ${nested.length}`);
  if (nested.length !== shape[depth]) throw ragged(shape, depth, `an array of ${nested.length}`);
  for (const each of nested) collect(each, shape, depth + 1, flat);
}

function ragged(shape: readonly number[], depth: number, got: string): RangeError {
  const want = depth < shape.length ? `an array of ${shape[depth]}` : "a number";
  return new RangeError(
    `tensor: want arrays of one length, ${want} at depth ${depth} of ${show(shape)}, got ${got}`,
  );
}

/** Flat data as nested arrays. */
export function nest(data: Data, shape: readonly number[], dtype: DType): unknown {
  const element = (x: number) => (dtype === "bool" ? x !== 0 : x);
  if (shape.length === 0) return element(data[0]);
  const build = (depth: number, at: number): unknown[] => {
    const width = shape.slice(depth + 1).reduce((a, b) => a * b, 1);
    return Array.from({ length: shape[depth] }, (_, i) =>
      depth === shape.length - 1 ? element(data[at + i]) : build(depth + 1, at + i * width),
    );
  };
  return build(0, 0);
}
