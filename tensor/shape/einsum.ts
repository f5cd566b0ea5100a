/**
 * Reading an einsum specification, "bij,bjk->bik": one letter per axis, the result named. In types, then at run time.
 */
import type { Dim, Shape } from "./dim.ts";
import { broadcast } from "./broadcast.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** Shape of einsum(Spec, ...) over operands of shapes L. Specs with spaces or `...` are left to run time. */
export type Einsum<Spec extends string, L extends readonly Shape[]> = string extends Spec
  ? Shape
  : Spec extends `${string} ${string}` | `${string}...${string}`
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

/**
 * "..." in an operand stands for the axes that its letters leave over; those of all operands broadcast, and "..." in the result is
 * where they go (in front, if it has none it may not be used). Gives a specification without it, and the shapes to repeat operands into.
 */
export function withoutEllipsis(
  written: string,
  shapes: readonly (readonly number[])[],
): { readonly spec: string; readonly shapes: readonly (readonly number[])[] } {
  const spec = written.replaceAll(" ", "");
  if (!spec.includes("...")) return { spec, shapes };
  const [operands, result] = spec.split("->");
  const terms = operands.split(",");
  const wrong = terms.length !== shapes.length || result === undefined;
  if (wrong || [...terms, result].some((term) => term.split(".").length !== (term.includes("...") ? 4 : 1)))
    throw new RangeError(`einsum: want a spec like "...ij,...jk->...ik", got "${written}"`);
  const rests = terms.map((term, i) => restOf(spec, term, shapes[i]));
  const common = rests.reduce<readonly number[]>((a, b) => broadcast("einsum", a, b?.shape ?? []), []);
  const letters = unused(spec, common.length);
  const named = (term: string, n: number) => term.replace("...", letters.slice(common.length - n));
  if (common.length > 0 && !result.includes("..."))
    throw new RangeError(`einsum: want "..." in the result too, got "${written}"`);
  const plain = terms.map((term, i) => named(term, rests[i]?.shape.length ?? 0));
  return {
    spec: `${plain.join(",")}->${named(result, common.length)}`,
    shapes: shapes.map((shape, i) => repeated(shape, rests[i], common)),
  };
}

interface Rest {
  readonly start: number;
  readonly shape: readonly number[];
}

function restOf(spec: string, term: string, shape: readonly number[]): Rest | undefined {
  if (!term.includes("...")) return undefined;
  const size = shape.length - (term.length - 3);
  if (size < 0)
    throw new RangeError(`einsum: want one letter per axis, got "${term}" of "${spec}" for ${show(shape)}`);
  const start = term.indexOf("...");
  return { start, shape: shape.slice(start, start + size) };
}

function repeated(
  shape: readonly number[],
  rest: Rest | undefined,
  common: readonly number[],
): readonly number[] {
  if (rest === undefined) return shape;
  const { start, shape: own } = rest;
  return shape.toSpliced(start, own.length, ...common.slice(common.length - own.length));
}

/** So many letters that the specification does not use. */
function unused(spec: string, n: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    .split("")
    .filter((c) => !spec.includes(c));
  return letters.slice(0, n).join("");
}

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
