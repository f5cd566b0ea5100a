/** A recipe (../recipe.ts) as pipelines and places of the GPU. */
import { perWord } from "../../codegen/wgsl/element.ts";
import { bytesOf } from "../../cost.ts";
import type { DType } from "../../dtype.ts";
import type { Report, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import { planned } from "../../schedule/plan.ts";
import {
  flopsOfStep,
  type Form,
  nameOf,
  numbered,
  type ScalarSource,
  type Slot,
  type SlotInfo,
} from "../recipe.ts";
import { type Compiler, type Pipeline, reportsOf } from "./compile.ts";
import type { Memory } from "./memory.ts";

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
  const { slots, slot, roots, last, scalars: scalarsOf } = numbered(form, plan, keepAll);
  for (const { dtype, size } of slots) memory.check(bufferBytes(dtype, size));
  const allReports: Report[] = [];
  let words = 0;
  const steps = plan.steps.map((step, i): RecipeStep => {
    const [inputs, outputs] = [step.inputs.map(slot), step.outputs.map(slot)];
    const scalars = scalarsOf(step);
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
