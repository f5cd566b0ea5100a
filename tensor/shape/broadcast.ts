/**
 * NumPy's broadcasting: shapes aligned at the right, sizes equal or 1. The rule in types, then at run time.
 */
import type { Dim, Shape } from "./dim.ts";
import { type Boxed, type NoShape, show, type Show } from "./error.ts";

/** The shape A and B broadcast to. `Who` names the operation in the message. */
export type Broadcast<A extends Shape, B extends Shape, Who extends string> = number extends
  A["length"] | B["length"]
  ? Shape
  : Align<A, B, [], Who, A, B>;

// From the right, one size a step; A0 and B0 are the whole shapes, for the message.
type Align<
  A extends Shape,
  B extends Shape,
  Done extends Shape,
  Who extends string,
  A0 extends Shape,
  B0 extends Shape,
> = A extends readonly [...infer P extends Shape, infer M extends Dim]
  ? B extends readonly [...infer Q extends Shape, infer N extends Dim]
    ? Boxed<N> extends Boxed<M | 1>
      ? Align<P, Q, [M, ...Done], Who, A0, B0>
      : Boxed<M> extends Boxed<N | 1>
        ? Align<P, Q, [N, ...Done], Who, A0, B0>
        : number extends M | N
          ? Align<P, Q, [number extends M ? N : M, ...Done], Who, A0, B0>
          : NoShape<`${Who}: shapes do not broadcast: ${Show<A0>} and ${Show<B0>} (${M} vs ${N})`>
    : [...A, ...Done]
  : [...B, ...Done];

/** Whether S can be repeated into T: as `broadcastTo` asks. */
export type BroadcastTo<S extends Shape, T extends Shape> = number extends S["length"] | T["length"]
  ? T
  : Into<S, T, S, T>;

type Into<S extends Shape, T extends Shape, S0 extends Shape, T0 extends Shape> = S extends readonly [
  ...infer P extends Shape,
  infer M extends Dim,
]
  ? T extends readonly [...infer Q extends Shape, infer N extends Dim]
    ? Boxed<M> extends Boxed<N | 1>
      ? Into<P, Q, S0, T0>
      : number extends M | N
        ? Into<P, Q, S0, T0>
        : NoShape<`broadcastTo: ${Show<S0>} does not repeat into ${Show<T0>} (${M} vs ${N})`>
    : NoShape<`broadcastTo: ${Show<S0>} does not repeat into ${Show<T0>} (more axes)`>
  : T0;

/** Common shape of a and b. Throws RangeError where there is none. */
export function broadcast(who: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new RangeError(
        `${who}: shapes do not broadcast: ${show(a)} and ${show(b)} (${m} vs ${n})${hint(a, b)}`,
      );
    return m === 1 ? n : m;
  });
}

/** Throws RangeError unless a repeats into b. */
export function checkBroadcastTo(a: readonly number[], b: readonly number[]): void {
  const why = a.length > b.length ? "more axes" : clash(a, b);
  if (why !== undefined)
    throw new RangeError(`broadcastTo: ${show(a)} does not repeat into ${show(b)} (${why})${hint(b, a)}`);
}

function clash(a: readonly number[], b: readonly number[]): string | undefined {
  const lead = b.length - a.length;
  const axis = a.findLastIndex((size, i) => size !== 1 && size !== b[i + lead]);
  return axis < 0 ? undefined : `${a[axis]} vs ${b[axis + lead]}`;
}

// The usual slip: a vector along the first axis of a matrix. Only shown where unsqueeze(-1) would make it work.
function hint(a: readonly number[], b: readonly number[]): string {
  const fits = (x: readonly number[], y: readonly number[]) =>
    x.length === 2 && y.length === 1 && x[0] === y[0];
  if (fits(a, b)) return `; try unsqueeze(-1) on ${show(b)}`;
  return fits(b, a) ? `; try unsqueeze(-1) on ${show(a)}` : "";
}
