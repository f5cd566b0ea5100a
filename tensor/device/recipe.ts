/**
 * What the recipes of all devices have in common. A recipe is a plan that any graph of the same form can use: its values are numbers, not
 * objects. A graph's form is a text (formOf): ops, shapes, dtypes and how they hang together; what data the leaves hold is left out, and so
 * are the numbers beside tensors.
 */
import { bitsOf } from "../codegen/wasm/kit.ts";
import { programKey } from "../codegen/ir.ts";
import { flopsOf } from "../cost.ts";
import type { DType } from "../dtype.ts";
import type { Node, Value } from "../graph.ts";
import { pendingValues } from "../schedule/order.ts";
import type { Plan, Step } from "../schedule/plan.ts";
import { count } from "../schedule/size.ts";

/** A graph's pending part, in an order that two graphs of one form share. */
export interface Form {
  readonly key: string;
  /** What is there already: data, computed values. */
  readonly leaves: readonly Value[];
  /** What is to be computed, inputs first. */
  readonly pending: readonly Value[];
  readonly roots: readonly Value[];
}

export function formOf(roots: readonly Value[], isLeaf: (value: Value) => boolean): Form {
  const leaves: Value[] = [];
  const pending: Value[] = [];
  const names = new Map<Value, string>();
  const lines: string[] = [];
  for (const value of pendingValues(roots, (v) => (isLeaf(v) ? [] : v.node!.inputs))) {
    if (isLeaf(value)) {
      names.set(value, `L${leaves.push(value) - 1}`);
      lines.push(`${value.dtype}${value.shape.join("x")}`);
    } else {
      names.set(value, `P${pending.push(value) - 1}`);
      lines.push(line(value, value.node!, names));
    }
  }
  const key = `${lines.join(";")}>${roots.map((r) => names.get(r)).join()}`;
  return { key, leaves, pending, roots };
}

function line({ shape, dtype }: Value, node: Node, names: ReadonlyMap<Value, string>): string {
  const { op, inputs, ...rest } = node;
  const inputNames = inputs.map((x) => names.get(x)).join();
  if (node.op === "full") return `full ${dtype}${shape.join("x")}`; // its number is given at each launch
  if (node.op === "custom")
    return `custom ${node.name} ${programKey(node.program)}(${inputNames})${dtype}${shape.join("x")}`;
  let attributes = "";
  for (const value of Object.values(rest))
    attributes += `:${typeof value === "object" ? JSON.stringify(value) : String(value)}`;
  return `${op}${attributes}(${inputNames})${dtype}${shape.join("x")}`;
}

/** Where a value of a recipe is: a leaf, or made by a step. */
export type Slot = number;

export interface SlotInfo {
  readonly dtype: DType;
  /** Elements. */
  readonly size: number;
  /** Position among the pending values, if it is one of them. */
  readonly position: number | undefined;
}

/** Pending values (by position) whose number goes into the scalar words; or the words themselves. */
export type ScalarSource = { readonly position: number; readonly dtype: DType } | { readonly bits: number };

/** A plan's values as numbers. */
export interface Numbered {
  readonly slots: readonly SlotInfo[];
  readonly slot: (value: Value) => Slot;
  /** Where each root lies. */
  readonly roots: readonly Slot[];
  /** For each step the slots not needed afterwards. */
  readonly last: readonly (readonly Slot[])[];
  /** What a step is given beside tensors. */
  readonly scalars: (step: Step) => readonly ScalarSource[];
}

/** `keepAll`: pending values are kept, whoever reads them. */
export function numbered(form: Form, plan: Plan, keepAll: boolean): Numbered {
  const positions = new Map(form.pending.map((v, i) => [v, i]));
  const slots: SlotInfo[] = [];
  const slotOf = new Map<Value, Slot>();
  const slot = (v: Value): Slot => {
    let s = slotOf.get(v);
    if (s === undefined) {
      s = slots.push({ dtype: v.dtype, size: count(v.shape), position: positions.get(v) }) - 1;
      slotOf.set(v, s);
    }
    return s;
  };
  for (const leaf of form.leaves) slot(leaf);
  for (const { inputs, outputs } of plan.steps) [...inputs, ...outputs].forEach(slot);
  const roots = plan.places.map(slot);
  const isKept = (s: Slot): boolean => keepAll && slots[s].position !== undefined;
  const last = lastUses(plan.steps, slot, form.leaves.length, new Set(roots), isKept);
  const scalars = (step: Step): readonly ScalarSource[] =>
    step.kind === "loop" ? step.scalars.map((s) => scalarSource(s, positions)) : [];
  return { slots, slot, roots, last, scalars };
}

function scalarSource(value: Value, positions: ReadonlyMap<Value, number>): ScalarSource {
  const position = positions.get(value);
  return position === undefined
    ? { bits: scalarBits(value.node!, value.dtype) }
    : { position, dtype: value.dtype };
}

/** The word of a number beside tensors. */
export function scalarBits(node: Node, dtype: DType): number {
  const value = node.op === "full" ? node.value : Number.NaN;
  if (dtype === "bool") return value === 0 ? 0 : -1;
  return dtype === "f32" || dtype === "f16" || dtype === "bf16" ? bitsOf(value) : value | 0;
}

/** For each step the slots that no later one reads. */
function lastUses(
  steps: readonly Step[],
  slot: (v: Value) => Slot,
  leaves: number,
  roots: ReadonlySet<Slot>,
  isKept: (s: Slot) => boolean,
): readonly (readonly Slot[])[] {
  const last = new Map<Slot, number>();
  steps.forEach((step, i) => [...step.inputs, ...step.outputs].forEach((v) => last.set(slot(v), i)));
  const result: Slot[][] = steps.map(() => []);
  for (const [s, i] of last) if (s >= leaves && !roots.has(s) && !isKept(s)) result[i].push(s);
  return result;
}

export function flopsOfStep(step: Step): number {
  if (step.kind === "node") return flopsOf(step.node, step.outputs[0].shape);
  if (step.kind === "empty") return 0;
  return step.members.reduce((n, v) => n + (v.node === undefined ? 0 : flopsOf(v.node, v.shape)), 0);
}

/** What a program computes, for people: a product by its sizes, then its functions. */
export function nameOf(step: Step): string {
  if (step.kind === "node") return step.node.op === "wgsl" ? step.node.name : step.node.op;
  if (step.kind === "empty") return "nothing";
  const functions = new Set(
    step.members
      .map((v) => v.node)
      .flatMap((n) =>
        n === undefined
          ? []
          : [n.op === "map" || n.op === "reduce" ? n.fn : n.op === "custom" ? n.name : n.op],
      ),
  );
  functions.delete("matmul");
  functions.delete("attention");
  const names = [...functions].slice(0, 6).join(", ") || "copy";
  const { product } = step;
  if (product === undefined) return names;
  if (product.kind === "attention") return functions.size > 0 ? `attention + ${names}` : "attention";
  const sizes = `matmul ${[...product.batch, product.m].join("x")}x${product.k}x${product.n}`;
  return functions.size === 0 ? sizes : `${sizes} + ${names}`;
}
