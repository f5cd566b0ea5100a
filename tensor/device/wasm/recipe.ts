/** A recipe (../recipe.ts) as code and addresses of the Wasm machine. */
import { bytesEach } from "../../dtype.ts";
import type { Report, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import { planned, type Step } from "../../schedule/plan.ts";
import {
  flopsOfStep,
  type Form,
  nameOf,
  numbered,
  type ScalarSource,
  type Slot,
  type SlotInfo,
} from "../recipe.ts";
import { type Code, type Compiler, reportsOf, workspaceWord } from "./compile.ts";
import type { Machine } from "./machine.ts";

/** How the host orders elements. */
export interface SortRule {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly descending: boolean;
}

export interface RecipeStep {
  /** undefined: nothing to do, or the host does it. */
  readonly code: Code | undefined;
  readonly sort: SortRule | undefined;
  /** The word for its workspace. */
  readonly workspaceWord: number;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
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

interface SizedSlot extends SlotInfo {
  readonly bytes: number;
}

export interface Recipe {
  readonly leaves: number;
  readonly slots: readonly SizedSlot[];
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
  const { slots: found, slot, roots, last, scalars: scalarsOf } = numbered(form, plan, keepAll);
  const slots = found.map((each) => ({ ...each, bytes: each.size * bytesEach[each.dtype] }));
  const steps = plan.steps.map((step, i): RecipeStep => {
    const [inputs, outputs] = [step.inputs.map(slot), step.outputs.map(slot)];
    const reports = reportsOf(step);
    const words = workspaceWord(step) + 1;
    return {
      code: codes[i],
      sort: sortRuleOf(step),
      workspaceWord: workspaceWord(step),
      inputs,
      outputs,
      scalars: scalarsOf(step),
      reports,
      params: paramsBlock(machine, words),
      last: last[i],
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
