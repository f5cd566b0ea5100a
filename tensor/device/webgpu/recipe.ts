/**
 * A plan that any graph of the same form can use: its values are numbers, not objects (the form itself: ../wasm/recipe.ts).
 */
import type { DType } from "../../dtype.ts";
import type { Report, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import { planned } from "../../schedule/plan.ts";
import { perWord } from "../../codegen/wgsl/element.ts";
import { flopsOfStep, type Form, lastUses, nameOf, scalarSource, type ScalarSource } from "../wasm/recipe.ts";
import { bytesOf } from "../../cost.ts";
import type { Memory } from "./memory.ts";
import { type Compiler, type Pipeline, reportsOf } from "./compile.ts";

/** Where a value of a recipe is: a leaf, or made by a step. */
type Slot = number;

export interface RecipeStep {
  /** undefined: nothing to do. */
  readonly pipeline: Pipeline | undefined;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly scalars: readonly ScalarSource[];
  readonly reports: readonly Report[];
  /** Number of its first report among the recipe's. */
  readonly firstReport: number;
  /** Word of the recipe's scalars at which its own begin. */
  readonly firstWord: number;
  /** Slots not needed afterwards. */
  readonly last: readonly Slot[];
  /** Bytes of its inputs and outputs. */
  readonly sizes: readonly number[];
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
}

export interface SlotInfo {
  readonly dtype: DType;
  readonly size: number;
  /** Position among the pending values, if it is one of them. */
  readonly position: number | undefined;
}

export interface Recipe {
  readonly leaves: number;
  readonly slots: readonly SlotInfo[];
  readonly steps: readonly RecipeStep[];
  readonly roots: readonly Slot[];
  readonly reports: readonly Report[];
  /** Words of all steps' scalars, each step's at a place of its own. */
  readonly words: number;
  readonly programs: number;
}

/** Bytes of a buffer that holds so many elements. */
export function bufferBytes(dtype: DType, size: number): number {
  return 4 * Math.max(1, Math.ceil(size / perWord[dtype]));
}

/** `alignment`: of a step's scalars, in words. */
export function recipeOf(
  form: Form,
  isLeaf: (value: Value) => boolean,
  can: Abilities,
  compiler: Compiler,
  memory: Memory,
  alignment: number,
  keepAll: boolean,
): Recipe {
  const plan = planned(form.roots, isLeaf, can);
  const positions = new Map(form.pending.map((v, i) => [v, i]));
  const slots: SlotInfo[] = [];
  const slotOf = new Map<Value, Slot>();
  const slot = (v: Value): Slot => {
    let s = slotOf.get(v);
    if (s === undefined) {
      const size = v.shape.reduce((a, b) => a * b, 1);
      s = slots.push({ dtype: v.dtype, size, position: positions.get(v) }) - 1;
      slotOf.set(v, s);
    }
    return s;
  };
  for (const leaf of form.leaves) slot(leaf);
  for (const { inputs, outputs } of plan.steps) [...inputs, ...outputs].forEach(slot);
  const roots = plan.places.map(slot);
  for (const { dtype, size } of slots) memory.check(bufferBytes(dtype, size));
  const isKept = (s: Slot): boolean => keepAll && slots[s].position !== undefined;
  const last = lastUses(plan.steps, slot, form.leaves.length, new Set(roots), isKept);
  const allReports: Report[] = [];
  let words = 0;
  const steps = plan.steps.map((step, i): RecipeStep => {
    const [inputs, outputs] = [step.inputs.map(slot), step.outputs.map(slot)];
    const scalars = step.kind === "loop" ? step.scalars.map((s) => scalarSource(s, positions)) : [];
    const reports = reportsOf(step);
    const [firstWord, firstReport] = [words, allReports.length];
    allReports.push(...reports);
    const own = scalars.length + (reports.length > 0 ? 1 : 0);
    words += Math.ceil(own / alignment) * alignment;
    return {
      pipeline: compiler.compile(step),
      inputs,
      outputs,
      scalars,
      reports,
      firstReport,
      firstWord,
      last: last[i],
      sizes: [...inputs, ...outputs].map((s) => bufferBytes(slots[s].dtype, slots[s].size)),
      name: nameOf(step),
      flops: flopsOfStep(step),
      bytes: [...step.inputs, ...step.outputs].reduce((n, v) => n + bytesOf(v), 0),
    };
  });
  const programs = steps.filter((s) => s.pipeline !== undefined).length;
  return { leaves: form.leaves.length, slots, steps, roots, reports: allReports, words, programs };
}
