/**
 * What a tensor is underneath: a handle on a value of the graph. `wrap` makes a tensor of a value, `unwrap` finds the value again.
 */
import type { Shape } from "./shape/dim.ts";
import { show } from "./shape/error.ts";
import type { DType } from "./dtype.ts";
import type { Value } from "./graph.ts";
import { session } from "./session.ts";
import type { AnyTensor, Tensor } from "./tensor.ts";

/** Who watches tensors, if anybody does (a live figure of the kernel's display): told what is used, and what stands for another value. */
const watch = Symbol.for("below.watch");
const watcher = (): { read(x: object): void; changed(x: object): void } | undefined =>
  (globalThis as { [watch]?: { read(x: object): void; changed(x: object): void } })[watch];

let valueOf: (x: Handle) => Value | undefined;
let setValue: (x: Handle, value: Value | undefined) => void;

/** The base of Tensor. What it holds is private to this file. */
export abstract class Handle {
  #value: Value | undefined;

  protected constructor(value: Value) {
    this.#value = value;
    value.users++;
    session.scopes.at(-1)?.add(this);
    session.traces.at(-1)?.own.add(this);
  }

  static {
    valueOf = (x) => x.#value;
    setValue = (x, value) => {
      if (value !== undefined) value.users++;
      if (x.#value !== undefined) x.#value.users--;
      x.#value = value;
    };
  }
}

// Methods make tensors, and tensors have the methods: tensor.ts closes the circle.
let construct: (value: Value) => unknown;

/** Says how a tensor is made. Called once, by tensor.ts. */
export function constructBy(make: (value: Value) => unknown): void {
  construct = make;
}

/** The tensor for a value. */
export function wrap<S extends Shape, D extends DType>(value: Value): Tensor<S, D> {
  return construct(value) as Tensor<S, D>;
}

/** The value of a tensor. Throws ReferenceError if its scope has let it go, TypeError if it is no tensor. */
export function unwrap(x: AnyTensor, who = "this operation"): Value {
  if (!(x instanceof Handle)) throw new TypeError(`${who}: want a tensor, got ${kindOf(x)}`);
  if (session.unfinished.length > 0) finish();
  const value = valueOf(x);
  if (value === undefined)
    throw new ReferenceError(
      `${who}: want a live tensor, got ${x.dtype}${show(x.shape)} released by its scope; try scope.keep(x)`,
    );
  watcher()?.read(x);
  return session.traces.at(-1)?.stand(x, value) ?? value;
}

/** Whether the tensor still has a value. */
export function isLive(x: Handle): boolean {
  return valueOf(x) !== undefined;
}

/** Makes the tensor stand for another value. Returns how to take that back. */
export function rebind(x: Handle, value: Value): () => void {
  const old = valueOf(x);
  setValue(x, value);
  return () => setValue(x, old);
}

/** Makes the tensor stand for another value for good: the old one's memory goes if nothing else holds it. */
export function replace(x: Handle, value: Value): void {
  const old = valueOf(x);
  setValue(x, value);
  if (old?.users === 0) session.device.release?.(old);
  watcher()?.changed(x);
}

/** The same for many, all or none: what an interrupt leaves undone is done before any tensor is used again. */
export function replaceAll(pairs: readonly (readonly [Handle, Value])[]): void {
  session.unfinished = pairs;
  finish();
}

function finish(): void {
  for (const [x, value] of session.unfinished) replace(x, value);
  session.unfinished = [];
}

/** Lets the tensor's value go: using it throws from now on. */
export function release(x: object): void {
  if (!(x instanceof Handle)) return;
  const old = valueOf(x);
  setValue(x, undefined);
  if (old?.users === 0) session.device.release?.(old);
}

/** What was given instead of a tensor, and how to make one of it. */
function kindOf(x: unknown): string {
  if (Array.isArray(x)) return "an array; try tensor(array)";
  if (x instanceof Promise) return "a promise; try await";
  return x === null ? "null" : typeof x;
}
