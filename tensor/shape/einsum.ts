/**
 * Reading an einsum specification, "bij,bjk->bik": one letter per axis, the result named. In types, then at run time.
 */
import type { Dim, Shape } from "./dim.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** Shape of einsum(Spec, ...) over operands of shapes L. Specs with spaces are left to run time. */
export type Einsum<Spec extends string, L extends readonly Shape[]> = string extends Spec
  ? Shape
  : Spec extends `${string} ${string}`
    ? Shape
    : Spec extends `${infer In}->${infer Out}`
      ? BindAll<Split<In>, L, never, Spec> extends infer Bound
        ? [Bound] extends [NoShape<string>]
          ? Bound
          : Read<Out, Bound, Spec>
        : never
      : NoShape<`einsum: want a spec like "ij,jk->ik", got "${Spec}"`>;

type Split<In extends string> = In extends `${infer A},${infer Rest}` ? [A, ...Split<Rest>] : [In];

// Bound is a union of pairs [letter, size].
type BindAll<
  Terms extends readonly string[],
  L extends readonly Shape[],
  Bound,
  Spec extends string,
> = Terms extends readonly [infer T extends string, ...infer Ts extends readonly string[]]
  ? L extends readonly [infer S extends Shape, ...infer Ss extends readonly Shape[]]
    ? Bind<T, S, Bound, Spec, T, S> extends infer B
      ? [B] extends [NoShape<string>]
        ? B
        : BindAll<Ts, Ss, B, Spec>
      : never
    : NoShape<`einsum: want an operand for "${T}" of "${Spec}", got none`>
  : L extends readonly []
    ? Bound
    : NoShape<`einsum: want one term per operand in "${Spec}", got more operands`>;

type Bind<
  T extends string,
  S extends Shape,
  Bound,
  Spec extends string,
  T0 extends string,
  S0 extends Shape,
> = number extends S["length"]
  ? BindUnknown<T, Bound>
  : T extends `${infer C}${infer Rest}`
    ? S extends readonly [infer D extends Dim, ...infer Ss extends Shape]
      ? SizeOf<Bound, C> extends infer Old
        ? [Old] extends [never]
          ? Bind<Rest, Ss, Bound | [C, D], Spec, T0, S0>
          : Same<Old, D> extends true
            ? Bind<Rest, Ss, Bound, Spec, T0, S0>
            : NoShape<`einsum: axis ${C} of "${Spec}" is ${Old & Dim} and ${D}`>
        : never
      : Rank<T0, S0, Spec>
    : S extends readonly []
      ? Bound
      : Rank<T0, S0, Spec>;

type Rank<
  T extends string,
  S extends Shape,
  Spec extends string,
> = NoShape<`einsum: want one letter per axis, got "${T}" of "${Spec}" for ${Show<S>}`>;

type BindUnknown<T extends string, Bound> = T extends `${infer C}${infer Rest}`
  ? BindUnknown<Rest, [SizeOf<Bound, C>] extends [never] ? Bound | [C, number] : Bound>
  : Bound;

type SizeOf<Bound, C> = Bound extends readonly [C, infer D] ? D : never;

type Read<
  Out extends string,
  Bound,
  Spec extends string,
  Done extends Shape = [],
> = Out extends `${infer C}${infer Rest}`
  ? SizeOf<Bound, C> extends infer D
    ? [D] extends [never]
      ? NoShape<`einsum: "${C}" of the result is in no operand of "${Spec}"`>
      : Read<Rest, Bound, Spec, [...Done, Extract<D, Dim>]>
    : never
  : Done;

/** A specification taken apart, with the size of every letter. */
export interface EinsumPlan {
  readonly terms: readonly (readonly string[])[];
  readonly result: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
}

/** Reads and checks a specification against the operands' shapes. Throws RangeError where they do not fit. */
export function einsumPlan(written: string, shapes: readonly (readonly number[])[]): EinsumPlan {
  const spec = written.replaceAll(" ", "");
  const match = /^([a-zA-Z,]*)->([a-zA-Z]*)$/.exec(spec);
  if (match === null) throw new RangeError(`einsum: want a spec like "ij,jk->ik", got "${written}"`);
  const terms = match[1].split(",").map((term) => term.split(""));
  const result = match[2].split("");
  if (terms.length !== shapes.length)
    throw new RangeError(
      `einsum: want one term per operand, got ${terms.length} in "${spec}" for ${shapes.length} operands`,
    );
  const sizes = new Map<string, number>();
  for (const [i, term] of terms.entries()) bind(spec, term, shapes[i], sizes);
  checkResult(spec, result, sizes);
  return { terms, result, sizes };
}

function bind(
  spec: string,
  term: readonly string[],
  shape: readonly number[],
  sizes: Map<string, number>,
): void {
  if (term.length !== shape.length)
    throw new RangeError(
      `einsum: want one letter per axis, got "${term.join("")}" of "${spec}" for ${show(shape)}`,
    );
  for (const [axis, letter] of term.entries()) {
    const known = sizes.get(letter) ?? shape[axis];
    if (known !== shape[axis])
      throw new RangeError(`einsum: axis ${letter} of "${spec}" is ${known} and ${shape[axis]}`);
    sizes.set(letter, known);
  }
}

function checkResult(spec: string, result: readonly string[], sizes: ReadonlyMap<string, number>): void {
  const stray = result.find((letter) => !sizes.has(letter));
  if (stray !== undefined)
    throw new RangeError(`einsum: "${stray}" of the result is in no operand of "${spec}"`);
  if (new Set(result).size !== result.length)
    throw new RangeError(
      `einsum: want each letter of the result once, got "${result.join("")}" in "${spec}"`,
    );
}
