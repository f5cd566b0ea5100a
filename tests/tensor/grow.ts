/**
 * Random plans: leaves of odd sizes and all dtypes, then steps from a table, each valid for what is there.
 * A step whose rule jumps (a comparison, a floor, an order) only takes values that are exact on every device: elsewhere a rounding could decide it.
 */
import type { AnyTensor, DType } from "../../tensor/index.ts";
import { Dice } from "./dice.ts";
import {
  apply,
  isLeaf,
  type Leaf,
  leafTensor,
  type Mode,
  type Plan,
  type PlanNode,
  pruned,
  type Step,
} from "./plan.ts";

/** A plan that grows: what each node is, and whether it is the same to the bit on every device. */
export class Garden {
  readonly dice: Dice;
  readonly nodes: PlanNode[] = [];
  readonly tensors: AnyTensor[] = [];
  readonly exact: boolean[] = [];

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  leaf(shape: readonly number[], dtype: DType, options: Partial<Leaf> = {}): number {
    const leaf = { shape, dtype, seed: this.dice.whole(0, 2 ** 31), special: false, ...options };
    this.nodes.push(leaf);
    this.tensors.push(leafTensor(leaf));
    this.exact.push(true);
    return this.nodes.length - 1;
  }
  /** Adds a step. Throws where the API does, or where the result would be too large. */
  step(op: string, inputs: readonly number[], ...args: readonly unknown[]): number {
    const step: Step = { op, inputs, args };
    const tensor = apply(
      step,
      inputs.map((i) => this.tensors[i]),
    );
    if (tensor.size > maxSize) throw new RangeError(`grow: ${op} would have ${tensor.size} elements`);
    this.nodes.push(step);
    this.tensors.push(tensor);
    this.exact.push(inputs.every((i) => this.exact[i]) && (keepsBits.has(op) || !isFloat(tensor.dtype)));
    return this.nodes.length - 1;
  }
  shape(at: number): readonly number[] {
    return this.tensors[at].shape;
  }
  dtype(at: number): DType {
    return this.tensors[at].dtype;
  }
  /** A node that keeps the condition; the later ones more often, so that graphs get deep. */
  find(wanted: (at: number) => boolean): number | undefined {
    const found = this.tensors.map((_, at) => at).filter(wanted);
    if (found.length === 0) return undefined;
    return this.dice.chance(0.5) ? found.at(-1) : this.dice.pick(found);
  }
}

const maxSize = 20_000;
export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f16" || dtype === "bf16";

/** Float results that need no rounding, or one that every device does alike. */
const keepsBits = new Set(
  (
    "reshape permute transpose broadcastTo flip slice pad squeeze unsqueeze concat stack tril triu diagonal take gather setSlice where " +
    "neg abs sign floor ceil round trunc maximum minimum clip max min cast sort argsort topk arange full bits uniform flatten T"
  ).split(" "),
);

const sizes = [1, 1, 2, 3, 3, 4, 5, 7, 8, 13, 17, 31, 33, 64];

export function randomShape(dice: Dice, rank = dice.pick([0, 1, 1, 2, 2, 2, 3, 3, 4])): readonly number[] {
  if (rank === 2 && dice.chance(0.03)) return [3, 5000];
  if (dice.chance(0.03)) return Array.from({ length: rank }, () => dice.pick([0, 1, 3]));
  const shape = Array.from({ length: rank }, () => dice.pick(sizes));
  while (shape.reduce((a, b) => a * b, 1) > 3000)
    shape[shape.indexOf(Math.max(...shape))] = dice.pick([1, 2, 3]);
  return shape;
}

const dtypes: readonly DType[] = "f32 f32 f32 f32 f32 f32 f16 bf16 i32 i32 u32 i8 u8 bool".split(
  " ",
) as DType[];

export function randomLeaf(garden: Garden, shape = randomShape(garden.dice)): number {
  return garden.leaf(shape, garden.dice.pick(dtypes), { special: garden.dice.chance(0.25) });
}

/** A plan of one step on leaves, or of a few, or of many. */
export function grow(seed: number, steps: readonly Sprout[]): Plan {
  const garden = new Garden(seed);
  const { dice } = garden;
  randomLeaf(garden);
  const wanted = dice.pick([1, 1, 2, 3, 5, 8, 13, 20]);
  let grown = 0;
  for (let attempt = 0; attempt < 200 && grown < wanted; attempt++)
    if (sprout(garden, dice.pick(steps))) grown++;
  const outputs = dice.chance(0.3) ? sinks(garden) : [garden.nodes.length - 1];
  const mode: Mode = dice.pick(["eager", "eager", "partial", "jit"]);
  return pruned({ nodes: garden.nodes, outputs, mode });
}

/** What nothing uses. */
function sinks({ nodes }: Garden): readonly number[] {
  const used = new Set(nodes.flatMap((node) => (isLeaf(node) ? [] : node.inputs)));
  return nodes.map((_, at) => at).filter((at) => !used.has(at));
}

/** Adds something to a garden; throws or gives false where nothing fits. What a failed one had added is dead, and pruned. */
export type Sprout = (garden: Garden) => number | false;

function sprout(garden: Garden, add: Sprout): boolean {
  try {
    return add(garden) !== false;
  } catch (error) {
    // Random operands need not fit each other; what fits is for the API to say. Its own faults must come out.
    if (
      error instanceof Error &&
      !error.message.startsWith("bug:") &&
      (error instanceof RangeError || error instanceof TypeError)
    )
      return false;
    throw error;
  }
}
