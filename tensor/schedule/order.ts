/**
 * What has to be computed for some values: the part of the graph that is not there yet, inputs before what needs them.
 * Views are looked through: a value's consumers are the nodes that compute with its elements.
 */
import type { Node, Value } from "../graph.ts";

/** Ops that only say where an element lies; inlined wherever they are read. */
export function isView(node: Node): boolean {
  return node.op === "reshape" || node.op === "permute" || node.op === "expand" || node.op === "slice";
}

/** Pending values, inputs first. A stack of its own: a graph may be deeper than the call stack. */
export function pendingValues(
  roots: readonly Value[],
  inputsOf: (v: Value) => readonly Value[],
): readonly Value[] {
  const order = new Set<Value>();
  const open = new Set<Value>();
  const stack = roots.toReversed();
  while (stack.length > 0) {
    const value = stack.at(-1)!;
    if (order.has(value)) {
      stack.pop();
    } else if (open.has(value)) {
      order.add(value);
      stack.pop();
    } else {
      open.add(value);
      for (const input of inputsOf(value).toReversed()) if (!order.has(input)) stack.push(input);
    }
  }
  return [...order];
}
