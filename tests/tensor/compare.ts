/**
 * One plan on a device and on the reference: the same bits where nothing rounds, elsewhere within bounds.ts. Changes the device in use, and
 * leaves the reference in use.
 */
import { type AnyTensor, device, jit } from "../../tensor/index.ts";
import { type Accuracy, boundsOf } from "./bounds.ts";
import { build, isLeaf, type Leaf, leafTensor, type Plan } from "./plan.ts";

/** A device under test. */
export interface Subject {
  readonly name: string;
  /** Makes it the device in use. */
  enter(): Promise<void>;
  /** What it states about its arithmetic; undefined: as Wasm does. */
  readonly accuracy?: Accuracy;
}

type Numbers = ArrayLike<number>;

/** What the reference device says of a plan. */
export interface Answer {
  readonly shapes: readonly (readonly number[])[];
  readonly dtypes: readonly string[];
  readonly data: readonly Numbers[];
  /** undefined: every bit. */
  readonly bounds: readonly (Numbers | undefined)[];
}

export interface Verdict {
  /** What is wrong, in a line. */
  readonly fault: string | undefined;
  /** Elements that had a finite bound, and all of them. */
  readonly judged: number;
  readonly elements: number;
}

export async function answer(plan: Plan, accuracy?: Accuracy): Promise<Answer> {
  await device("reference");
  const tensors = build(plan);
  const outputs = plan.outputs.map((i) => tensors[i]);
  const data = outputs.map((x) => x.dataSync());
  const bounds = boundsOf(plan, tensors, accuracy);
  return {
    shapes: outputs.map((x) => x.shape),
    dtypes: outputs.map((x) => x.dtype),
    data,
    bounds: plan.outputs.map((i) => bounds[i]?.dataSync()),
  };
}

export async function judge(plan: Plan, subject: Subject, wanted?: Answer): Promise<Verdict> {
  const truth = wanted ?? (await answer(plan, subject.accuracy));
  try {
    await subject.enter();
    const got = await run(plan);
    await device("reference");
    return verdict(truth, got);
  } catch (error) {
    await device("reference");
    return { fault: `throws ${String(error)}`, judged: 0, elements: 0 };
  }
}

async function run(plan: Plan): Promise<readonly AnyTensor[]> {
  const outputs = plan.mode === "jit" ? replayed(plan) : await recorded(plan);
  for (const x of outputs) await x.data();
  return outputs;
}

async function recorded(plan: Plan): Promise<readonly AnyTensor[]> {
  const tensors = build(plan);
  if (plan.mode === "partial") await tensors[tensors.length >> 1].data();
  return plan.outputs.map((i) => tensors[i]);
}

/** Traced with other elements, so that one which was taken for a constant shows. */
function replayed(plan: Plan): readonly AnyTensor[] {
  const leaves = [...plan.nodes.entries()].filter((entry): entry is [number, Leaf] => isLeaf(entry[1]));
  const f = jit((given: readonly AnyTensor[]) => {
    const at = new Map(leaves.map(([node], i) => [node, given[i]]));
    const tensors = build(plan, (_, node) => at.get(node)!);
    return plan.outputs.map((i) => tensors[i]);
  });
  f(leaves.map(([, leaf]) => leafTensor(others(leaf))));
  return f(leaves.map(([, leaf]) => leafTensor(leaf)));
}

/** A leaf of the same kind with other elements. */
function others({ shape, dtype, seed, special, below }: Leaf): Leaf {
  return { shape, dtype, seed: seed + 1, special, ...(below === undefined ? {} : { below }) };
}

function verdict(truth: Answer, got: readonly AnyTensor[]): Verdict {
  let [judged, elements] = [0, 0];
  for (const [i, x] of got.entries()) {
    const name = `output ${i} ${truth.dtypes[i]}[${truth.shapes[i].join(",")}]`;
    if (x.dtype !== truth.dtypes[i] || x.shape.join() !== truth.shapes[i].join())
      return { fault: `${name}: got ${x.toString()}`, judged, elements };
    const data = x.dataSync();
    for (let at = 0; at < data.length; at++) {
      const [want, bound] = [truth.data[i][at], truth.bounds[i]?.[at]];
      elements++;
      if (bound !== Infinity) judged++;
      if (!agrees(data[at], want, bound))
        return {
          fault: `${name} at ${at}: want ${want}${bound === undefined ? "" : ` ± ${bound}`}, got ${data[at]}`,
          judged,
          elements,
        };
    }
  }
  return { fault: undefined, judged, elements };
}

/** NaN is NaN and an infinity that infinity; a bound that is NaN belongs to such an element, or to one of which nothing is known. */
function agrees(got: number, want: number, bound: number | undefined): boolean {
  if (bound === Infinity) return true;
  if (!Number.isFinite(want)) return Object.is(got, want);
  if (bound === undefined) return got === want; // −0 counts as 0: WGSL does not tell them apart, and no law of the library does
  if (Number.isNaN(bound)) return true;
  return Math.abs(got - want) <= bound * 1.01;
}
