/**
 * How code runs: scopes, and the record of how tensors were made that chapter 06 walks backwards.
 */
import { forget, type Node, storageOf } from "./graph.ts";
import { release, unwrap, wrap } from "./handle.ts";
import type { AnyTensor } from "./tensor.ts";
import { session } from "./session.ts";

/** A scope that is open: what is made while it is the innermost one is released when it closes. */
export interface Scope extends Disposable {
  /** Keeps x beyond the scope (in the one around it, if there is one), and returns it. */
  keep<T extends AnyTensor>(x: T): T;
}

/** Opens a scope: `using s = scope()`. Optional: what the garbage collector finds is released too. */
export function scope(): Scope {
  const made = new Set<object>();
  session.scopes.push(made);
  const outer = session.scopes.at(-2);
  return {
    keep(x) {
      if (made.delete(x)) outer?.add(x);
      return x;
    },
    [Symbol.dispose]() {
      const at = session.scopes.indexOf(made);
      if (at >= 0) session.scopes.splice(at, 1);
      for (const x of made) release(x);
      made.clear();
    },
  };
}

/**
 * Runs f, and keeps how every tensor was made until f has returned (or its promise settled), even of those that are read meanwhile.
 * Outside, a tensor that has been computed no longer knows.
 */
export function record<R>(f: () => R): R {
  session.recording++;
  let result: R;
  try {
    result = f();
  } catch (error) {
    endRecording();
    throw error;
  }
  if (result instanceof Promise) return result.finally(endRecording) as R;
  endRecording();
  return result;
}

function endRecording(): void {
  if (--session.recording > 0) return;
  for (const value of session.recorded) if (storageOf(value) !== undefined) forget(value);
  session.recorded.clear();
}

/** How a tensor was made: the node's own fields, with its inputs as tensors. The ops, and each one's vjp, are in graph.ts. */
export type Primitive = Made<Node>;
type Made<N> = N extends Node ? Omit<N, "inputs"> & { readonly inputs: readonly AnyTensor[] } : never;

/**
 * How x was made, or undefined for a leaf: data, or a tensor already computed outside record().
 * Inputs are new handles; identityOf tells which are the same.
 */
export function primitiveOf(x: AnyTensor): Primitive | undefined {
  const { node } = unwrap(x);
  if (node === undefined || node.op === "const") return undefined;
  return { ...node, inputs: node.inputs.map((value) => wrap(value)) };
}

/** The same object for tensors that are one node of the graph: a key for maps. It changes when the tensor is assigned. */
export function identityOf(x: AnyTensor): object {
  return unwrap(x);
}
