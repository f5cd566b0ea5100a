/**
 * A plan that any graph of the same form can use: its values are numbers, not objects. A graph's form is a text (formOf):
 * ops, shapes, dtypes and how they hang together; what data the leaves hold is left out, and so are the numbers beside tensors.
 */
import { bytesEach, type DType } from "../../dtype.ts";
import { flopsOf } from "../../cost.ts";
import type { Node, Report, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import { pendingValues } from "../../schedule/order.ts";
import { planned, type Step } from "../../schedule/plan.ts";
import { programKey } from "../../codegen/ir.ts";
import { bitsOf } from "../../codegen/wasm/kit.ts";
import { type Code, type Compiler, reportsOf, workspaceWord } from "./compile.ts";
import type { Machine } from "./machine.ts";

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

/** How the host orders elements. */
export interface SortRule {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly descending: boolean;
}

/** Where a value of a recipe is: a leaf, or made by a step. */
type Slot = number;

export interface RecipeStep {
  /** undefined: nothing to do, or the host does it. */
  readonly code: Code | undefined;
  readonly sort: SortRule | undefined;
  /** The word for its workspace. */
  readonly workspaceWord: number;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** Pending values (by position) whose number goes into the scalar words; or the words themselves. */
  readonly scalars: readonly ScalarSource[];
  readonly reports: readonly Report[];
  /** Address of its words: of buffers, scalars, reports. */
  readonly params: number;
  /** Slots not needed afterwards. */
  readonly last: readonly Slot[];
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
}

export type ScalarSource = { readonly position: number; readonly dtype: DType } | { readonly bits: number };

export interface SlotInfo {
  readonly dtype: DType;
  readonly size: number;
  readonly bytes: number;
  /** Position among the pending values, if it is one of them. */
  readonly position: number | undefined;
}

export interface Recipe {
  readonly leaves: number;
  readonly slots: readonly SlotInfo[];
  readonly steps: readonly RecipeStep[];
  /** Where each root lies. */
  readonly roots: readonly Slot[];
  /** Steps that may find an index outside. */
  readonly reporting: readonly RecipeStep[];
  readonly programs: number;
}

export function recipeOf(
  form: Form,
  isLeaf: (value: Value) => boolean,
  can: Abilities,
  compiler: Compiler,
  machine: Machine,
  keepAll: boolean,
): Recipe {
  const plan = planned(form.roots, isLeaf, can);
  const codes = compiler.compile(plan.steps, !keepAll);
  const positions = new Map(form.pending.map((v, i) => [v, i]));
  const slots: SlotInfo[] = [];
  const slotOf = new Map<Value, Slot>();
  const slot = (v: Value): Slot => {
    let s = slotOf.get(v);
    if (s === undefined) {
      const size = v.shape.reduce((a, b) => a * b, 1);
      s =
        slots.push({ dtype: v.dtype, size, bytes: size * bytesEach[v.dtype], position: positions.get(v) }) -
        1;
      slotOf.set(v, s);
    }
    return s;
  };
  for (const leaf of form.leaves) slot(leaf);
  for (const { inputs, outputs } of plan.steps) [...inputs, ...outputs].forEach(slot);
  const roots = plan.places.map(slot);
  const lastUse = lastUses(
    plan.steps,
    slot,
    form.leaves.length,
    new Set(roots),
    (s) => keepAll && slots[s].position !== undefined,
  );
  const steps = plan.steps.map((step, i): RecipeStep => {
    const [inputs, outputs] = [step.inputs.map(slot), step.outputs.map(slot)];
    const scalars = step.kind === "loop" ? step.scalars.map((s) => scalarSource(s, positions)) : [];
    const reports = reportsOf(step);
    const words = workspaceWord(step) + 1;
    return {
      code: codes[i],
      sort: sortRuleOf(step),
      workspaceWord: workspaceWord(step),
      inputs,
      outputs,
      scalars,
      reports,
      params: paramsBlock(machine, words),
      last: lastUse[i],
      name: nameOf(step),
      flops: flopsOfStep(step),
      bytes: [...inputs, ...outputs].reduce((n, s) => n + slots[s].bytes, 0),
    };
  });
  const reporting = steps.filter((s) => s.reports.length > 0);
  const programs = steps.filter((s) => s.code !== undefined || s.sort !== undefined).length;
  return { leaves: form.leaves.length, slots, steps, roots, reporting, programs };
}

function sortRuleOf(step: Step): SortRule | undefined {
  if (step.kind !== "node" || step.node.op !== "argsort") return undefined;
  const { axis, descending } = step.node;
  return { shape: step.outputs[0].shape, axis, descending };
}

function paramsBlock(machine: Machine, words: number): number {
  const address = machine.allocate(4 * words);
  new Int32Array(machine.memory.buffer, address, words).fill(0);
  return address;
}

export function scalarSource(value: Value, positions: ReadonlyMap<Value, number>): ScalarSource {
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
export function lastUses(
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
