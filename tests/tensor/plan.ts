/**
 * A graph as plain data: leaves with their elements, steps that name an operation of the public API. Built on whatever device is in use,
 * and printed as the TypeScript that a person can paste. Knows nothing of devices or errors.
 */
import * as api from "../../tensor/index.ts";
import type { AnyTensor, DType } from "../../tensor/index.ts";
import { Dice } from "./dice.ts";

/** Elements that are given. Without `data` they follow from the seed; `special`: NaN, ±∞, ±0 and the like among them. */
export interface Leaf {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly seed: number;
  readonly special: boolean;
  /** For an index: in 0 … below − 1. */
  readonly below?: number;
  readonly data?: readonly number[];
}

/** A method or function of the API. `inputs` are earlier nodes; `args` follow them. */
export interface Step {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly args: readonly unknown[];
}

export type PlanNode = Leaf | Step;

/** eager: read the outputs. partial: another node is read first. jit: traced with other elements, then replayed with these. */
export type Mode = "eager" | "partial" | "jit";

export interface Plan {
  readonly nodes: readonly PlanNode[];
  readonly outputs: readonly number[];
  readonly mode: Mode;
}

export const isLeaf = (node: PlanNode): node is Leaf => "shape" in node;

const floats = new Set<DType>(["f32", "f16", "bf16"]);
const specials = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-40, 0.5, 2.5, -2.5, 1e12];

/** The elements of a leaf, before its dtype rounds them. */
export function elementsOf(leaf: Leaf): readonly number[] {
  if (leaf.data !== undefined) return leaf.data;
  const dice = new Dice(leaf.seed);
  const size = leaf.shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: size }, () => element(dice, leaf));
}

/** The plan with 0 for what is smaller than the least normal f32: a device that takes it for 0 can then be judged. */
export function withoutSubnormals(plan: Plan): Plan {
  const nodes = plan.nodes.map((node) => {
    if (!isLeaf(node) || !node.special) return node;
    const data = elementsOf(node).map((x) => (Math.abs(x) < 2 ** -126 ? 0 : x));
    return { ...node, data };
  });
  return { ...plan, nodes };
}

function element(dice: Dice, { dtype, special, below }: Leaf): number {
  if (below !== undefined) return dice.whole(0, below - 1);
  if (dtype === "bool") return dice.whole(0, 1);
  if (!floats.has(dtype))
    return special ? integer(dice, dtype) : dice.whole(dtype.startsWith("u") ? 0 : -9, 9);
  if (special && dice.chance(0.2)) return dice.pick(specials);
  // Three uniforms look enough like a Gaussian; some whole numbers, so that there are ties.
  const x = (dice.next() + dice.next() + dice.next() - 1.5) * 3;
  return dice.chance(0.1) ? Math.round(x) : x;
}

function integer(dice: Dice, dtype: DType): number {
  const bits = dtype.endsWith("8") ? 8 : 32;
  const word = Math.floor(dice.next() * 2 ** bits);
  return dtype.startsWith("u") ? word : word - 2 ** (bits - 1);
}

export function leafTensor(leaf: Leaf): AnyTensor {
  return api.tensor(elementsOf(leaf), { shape: leaf.shape, dtype: leaf.dtype });
}

type Call = (...args: unknown[]) => unknown;

/** What a step's operation gives of tensors. Throws what the API throws. */
export function apply(step: Step, inputs: readonly AnyTensor[]): AnyTensor {
  const { op, args } = step;
  const own = special[op];
  if (own !== undefined) return own(inputs, args);
  return (inputs[0] as unknown as Readonly<Record<string, Call>>)[op](
    ...inputs.slice(1),
    ...args,
  ) as AnyTensor;
}

type Apply = (inputs: readonly AnyTensor[], args: readonly unknown[]) => AnyTensor;
const free = api as unknown as Readonly<Record<string, Call>>;
const draw = api.random as unknown as Readonly<Record<string, Call>>;

/** Operations that are not methods with tensors first. */
const special: Readonly<Record<string, Apply>> = {
  where: (inputs) => free.where(...inputs) as AnyTensor,
  einsum: (inputs, [spec]) => free.einsum(spec, ...inputs) as AnyTensor,
  concat: (inputs, args) => free.concat(inputs, ...args) as AnyTensor,
  stack: (inputs, args) => free.stack(inputs, ...args) as AnyTensor,
  arange: (_, args) => free.arange(...args) as AnyTensor,
  full: (_, args) => free.full(...args) as AnyTensor,
  bits: (_, args) => draw.bits(...args) as AnyTensor,
  uniform: (_, args) => draw.uniform(...args) as AnyTensor,
  normal: (_, args) => draw.normal(...args) as AnyTensor,
  randint: (_, args) => draw.randint(...args) as AnyTensor,
  permutation: (_, args) => draw.permutation(...args) as AnyTensor,
  T: ([x]) => (x as unknown as { T: AnyTensor }).T,
  topk: ([x], [k, axis, part]) => (x as api.Tensor).topk(k as number, axis as number)[part as "values"],
  blur,
  attention: (inputs, [options]) => free.scaledDotProductAttention(...inputs, options) as AnyTensor,
  attentionVjp: (inputs, [options, of]) =>
    (free.scaledDotProductAttentionVjp(...inputs, options) as Readonly<Record<string, AnyTensor>>)[
      of as string
    ],
  qmatvec: ([w, x], [format]) => free.qmatvec(free.quantize(w, format), x) as AnyTensor,
  dequantize: ([w], [format]) => free.dequantize(free.quantize(w, format)) as AnyTensor,
};

/** A reader's program: each element of an f32 tensor plus its neighbours along the last axis, 0 beyond the ends. */
function blur([x]: readonly AnyTensor[]): AnyTensor {
  return api.custom({
    name: "blur",
    inputs: [x],
    shape: [...x.shape],
    over: [3],
    program: ({ inputs: [a], at, over: [k] }) =>
      a.at([...at.slice(0, -1), at.at(-1)!.add(k).sub(1)], 0).sum(),
  });
}

/** Every node's tensor, the leaves being given. */
export function build(
  plan: Plan,
  leaves: (leaf: Leaf, at: number) => AnyTensor = leafTensor,
): readonly AnyTensor[] {
  const made: AnyTensor[] = [];
  for (const [at, node] of plan.nodes.entries())
    made.push(
      isLeaf(node)
        ? leaves(node, at)
        : apply(
            node,
            node.inputs.map((i) => made[i]),
          ),
    );
  return made;
}

/** The plan without what its outputs do not need. */
export function pruned(plan: Plan): Plan {
  const needed = new Set<number>();
  const visit = (at: number): void => {
    if (needed.has(at)) return;
    needed.add(at);
    const node = plan.nodes[at];
    if (!isLeaf(node)) node.inputs.forEach(visit);
  };
  plan.outputs.forEach(visit);
  const kept = plan.nodes.map((_, i) => i).filter((i) => needed.has(i));
  const place = new Map(kept.map((old, i) => [old, i]));
  const moved = (node: PlanNode): PlanNode =>
    isLeaf(node) ? node : { ...node, inputs: node.inputs.map((i) => place.get(i)!) };
  return {
    ...plan,
    nodes: kept.map((i) => moved(plan.nodes[i])),
    outputs: plan.outputs.map((i) => place.get(i)!),
  };
}

/** TypeScript that makes the outputs: one line a node, what is used once written where it is used. */
export function source(plan: Plan): string {
  const uses = plan.nodes.map((_, at) => usesOf(plan, at));
  const texts: string[] = [];
  const lines: string[] = [];
  for (const [at, node] of plan.nodes.entries()) {
    const text = isLeaf(node) ? leafSource(node) : stepSource(node, texts);
    if (uses[at] > 1) lines.push(`const x${at} = ${text};`);
    texts.push(uses[at] > 1 ? `x${at}` : text);
  }
  const results = plan.outputs.map((at) => texts[at]).join(", ");
  return [...lines, `${plan.mode}: ${results}`].join("\n");
}

function usesOf({ nodes, outputs }: Plan, at: number): number {
  const steps = nodes.filter((node): node is Step => !isLeaf(node));
  return [...steps.flatMap(({ inputs }) => inputs), ...outputs].filter((i) => i === at).length;
}

const most = 24;

function leafSource(leaf: Leaf): string {
  const elements = elementsOf(leaf);
  const options = `{ shape: [${leaf.shape.join(", ")}], dtype: "${leaf.dtype}" }`;
  if (elements.length <= most) return `tensor([${elements.map(numberSource).join(", ")}], ${options})`;
  const { seed, special, below } = leaf;
  return `leafTensor(${JSON.stringify({ shape: leaf.shape, dtype: leaf.dtype, seed, special, below })})`;
}

function numberSource(x: number): string {
  return Object.is(x, -0) ? "-0" : String(Number.isFinite(x) ? Math.fround(x) : x);
}

function stepSource({ op, inputs, args }: Step, texts: readonly string[]): string {
  const given = args.map((arg) => JSON.stringify(arg));
  const operands = inputs.map((i) => texts[i]);
  if (op in special && op !== "T" && op !== "topk") return `${op}(${[...operands, ...given].join(", ")})`;
  const [first, ...rest] = operands;
  return op === "T" ? `${first}.T` : `${first}.${op}(${[...rest, ...given].join(", ")})`;
}
