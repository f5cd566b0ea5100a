/**
 * How a shape that cannot be is written, in types and at run time, so that both say the same words.
 */
import type { Dim, Shape } from "./dim.ts";

declare const problem: unique symbol;

/** The result of a shape rule that was broken. It is a Shape (of unknown rank), so that a line with one mistake has one squiggle. */
export interface NoShape<Message extends string> extends ReadonlyArray<Dim> {
  readonly [problem]: Message;
}

/** A type nothing can have, whose text is the message the reader sees. */
export interface ShapeError<Message extends string> {
  readonly [problem]: Message;
}

/** `unknown` for a good shape, so that `Argument & Check<R>` is just Argument; else the error, at the argument. */
export type Check<R> = R extends NoShape<infer M> ? ShapeError<M> : unknown;

/** [B,T,128] */
export type Show<S extends Shape> = number extends S["length"] ? "[...]" : `[${Join<S>}]`;
type Join<S extends Shape> = S extends readonly [infer H extends Dim, ...infer R extends Shape]
  ? R extends readonly []
    ? `${H}`
    : `${H},${Join<R>}`
  : "";

/** A wrapper that is not a tuple: TypeScript decides `Boxed<C> extends Boxed<C | 1>` for a type parameter C, and leaves `[C] extends [C | 1]` open. */
export interface Boxed<T> {
  readonly boxed: T;
}

/** Whether two sizes may be the same: equal, or at least one unknown. */
export type Same<A, B> =
  Boxed<A> extends Boxed<B> ? true : Boxed<B> extends Boxed<A> ? true : number extends A | B ? true : false;

/** [2,3,4], as the types write it. */
export function show(shape: readonly (number | string)[]): string {
  return `[${shape.join(",")}]`;
}
