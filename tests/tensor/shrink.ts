/**
 * A failing plan made small, so that a person can read it: the earliest node that fails, its inputs given as data, sizes and elements made simple.
 * Each try is judged again; what no longer fails is taken back.
 */
import { device } from "../../tensor/index.ts";
import { judge, type Subject } from "./compare.ts";
import { build, elementsOf, isLeaf, type Leaf, type Plan, type PlanNode, pruned } from "./plan.ts";

const maxTries = 400;

/** The smallest failing plan found, and what is wrong with it. */
export async function shrink(
  plan: Plan,
  subject: Subject,
): Promise<{ readonly plan: Plan; readonly fault: string }> {
  let best = plan;
  let fault = (await judge(plan, subject)).fault ?? "no fault";
  let tries = 0;
  for (let changed = true; changed;) {
    changed = false;
    for await (const candidate of candidates(best)) {
      if (++tries > maxTries) return { plan: best, fault };
      const found = await faultOf(candidate, subject);
      if (found === undefined) continue;
      [best, fault, changed] = [candidate, found, true];
      break;
    }
  }
  return { plan: best, fault };
}

/** A candidate that is not even a program (a reshape that no longer fits) does not fail in our sense. */
async function faultOf(plan: Plan, subject: Subject): Promise<string | undefined> {
  try {
    return (await judge(plan, subject)).fault;
  } catch {
    return undefined;
  }
}

/** Simpler plans, the boldest first. */
async function* candidates(plan: Plan): AsyncGenerator<Plan> {
  const last = Math.max(...plan.outputs);
  if (plan.mode !== "eager") yield { ...plan, mode: "eager" };
  if (plan.outputs.length > 1)
    for (const output of plan.outputs) yield pruned({ ...plan, outputs: [output] });
  for (let at = 0; at < last; at++) if (!isLeaf(plan.nodes[at])) yield pruned({ ...plan, outputs: [at] });
  yield* given(plan);
  yield* smaller(plan);
  yield* simpler(plan);
}

/** One step's result given as data, as the reference has it. */
async function* given(plan: Plan): AsyncGenerator<Plan> {
  const steps = plan.nodes
    .map((_, at) => at)
    .filter((at) => !isLeaf(plan.nodes[at]) && !plan.outputs.includes(at));
  for (const at of steps.toReversed()) {
    await device("reference");
    const x = build(plan)[at];
    const leaf: Leaf = {
      shape: [...x.shape],
      dtype: x.dtype,
      seed: 0,
      special: false,
      data: [...x.dataSync()],
    };
    yield pruned({ ...plan, nodes: plan.nodes.with(at, leaf) });
  }
}

/** One size made less wherever it stands. */
function* smaller(plan: Plan): Generator<Plan> {
  const sizes = new Set(plan.nodes.filter(isLeaf).flatMap(({ shape }) => shape));
  for (const size of [...sizes].filter((n) => n > 1).toSorted((a, b) => b - a))
    for (const less of new Set([1, 2, size >> 1, size - 1])) if (less < size) yield resized(plan, size, less);
}

function resized(plan: Plan, from: number, to: number): Plan {
  const swap = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(swap) : value === from ? to : value;
  const node = (each: PlanNode): PlanNode => {
    if (!isLeaf(each))
      return { ...each, args: each.args.map((arg) => (Array.isArray(arg) ? swap(arg) : arg)) };
    const shape = swap(each.shape) as readonly number[];
    return each.data === undefined
      ? { ...each, shape }
      : {
          ...each,
          shape,
          data: each.data.slice(
            0,
            shape.reduce((a, b) => a * b, 1),
          ),
        };
  };
  return { ...plan, nodes: plan.nodes.map(node) };
}

/** Elements that are whole, or all alike. */
function* simpler(plan: Plan): Generator<Plan> {
  for (const [at, node] of plan.nodes.entries()) {
    if (!isLeaf(node) || node.below !== undefined) continue;
    const elements = elementsOf(node);
    const whole = elements.map((x) => (Number.isFinite(x) ? Math.round(x) : x));
    for (const data of [elements.map(() => 1), elements.map(() => 0), whole])
      if (data.some((x, i) => !Object.is(x, elements[i])))
        yield { ...plan, nodes: plan.nodes.with(at, { ...node, data }) };
  }
}
