/**
 * The graph: what a tensor is before it is computed. Plain data; no device, no types of shapes.
 * The operations in ops/ make it, a device (device/) computes it, chapter 06 walks it backwards.
 *
 * Every primitive states its vjp: given ḡ, the gradient of the loss with respect to its result, the gradients with respect to
 * its inputs. Inputs of a `map` have one shape and one dtype: broadcasting and promotion are nodes of their own
 * (reshape, expand, cast), so no vjp needs to undo them.
 */
import type { LoopProgram } from "./codegen/ir.ts";
import type { CustomVjp } from "./custom/custom.ts";
import type { Data, DType } from "./dtype.ts";

/** A tensor's contents: how to compute them, or where they are. The one mutable record of the library. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** How to compute it; gone once it has been computed, so that a result does not keep its whole past in memory. */
  node: Node | undefined;
  /** Where a device keeps it, once computed. */
  storage: Storage | undefined;
  /** Tensors and pending nodes that hold it, those included that nobody can reach any more: with none, its memory may go at once. */
  users: number;
}

/** A device's own record of a computed value. */
export interface Storage {
  readonly device: string;
  /** A copy of its elements, where the device can give it at once: how values move to another device. */
  readonly data: () => Data;
  /** Whether its device dropped it, since the value's node computes it again: ask by storageOf. */
  readonly isGone?: boolean;
}

/** vjp of each elementwise function: y is the result, a, b, c the inputs; "none": an integer or bool result, no gradient. */
export const mapFunctions = {
  neg: "−ḡ",
  exp: "ḡ·y",
  expm1: "ḡ·(y + 1)",
  log: "ḡ/a",
  log1p: "ḡ/(1 + a)",
  sqrt: "ḡ/(2y)",
  sin: "ḡ·cos a",
  cos: "−ḡ·sin a",
  tanh: "ḡ·(1 − y²)",
  erf: "ḡ·2/√π·exp(−a²)",
  abs: "ḡ·sign a",
  sign: "0",
  floor: "0",
  ceil: "0",
  round: "0",
  trunc: "0",
  not: "none",
  add: "ḡ, ḡ",
  sub: "ḡ, −ḡ",
  mul: "ḡ·b, ḡ·a",
  div: "ḡ/b, −ḡ·y/b",
  pow: "ḡ·b·a^(b−1), ḡ·y·log a",
  floorDivide: "0, 0",
  mod: "ḡ, −ḡ·⌊a/b⌋",
  maximum: "ḡ where a ≥ b, ḡ where b > a",
  minimum: "ḡ where a ≤ b, ḡ where b < a",
  equal: "none",
  less: "none",
  lessEqual: "none",
  and: "none",
  or: "none",
  xor: "none",
  shiftLeft: "none",
  shiftRight: "none",
  where: "(a: none), ḡ where a, ḡ where not a",
} as const;

export type MapFunction = keyof typeof mapFunctions;
export type ReduceFunction = "sum" | "prod" | "max" | "min";
export type Distribution = "bits" | "uniform" | "normal";

interface NodeOf<Op extends string> {
  readonly op: Op;
  readonly inputs: readonly Value[];
}

/** Data from outside, in row-major order. A leaf. */
export interface Const extends NodeOf<"const"> {
  readonly data: Data;
}
/** One number everywhere. A leaf. */
export interface Full extends NodeOf<"full"> {
  readonly value: number;
}
/** 0, 1, 2, …, n − 1. A leaf, shape [n]. */
export type Iota = NodeOf<"iota">;
/** Random numbers by counter; inputs: [key], u32 [2] (see random.ts). vjp: none. */
export interface Random extends NodeOf<"random"> {
  readonly distribution: Distribution;
}
/** An elementwise function. vjp: its entry in mapFunctions. */
export interface MapNode extends NodeOf<"map"> {
  readonly fn: MapFunction;
}
/** Conversion to the value's dtype. vjp: ḡ cast back, or none from integers and bools. */
export type Cast = NodeOf<"cast">;
/** Reduction over axes, which go. vjp: sum: ḡ expanded; prod: ḡ·y/a expanded (with care at 0); max, min: ḡ shared by the places equal to y. */
export interface Reduce extends NodeOf<"reduce"> {
  readonly fn: ReduceFunction;
  readonly axes: readonly number[];
}
/** Running sum along an axis. vjp: the running sum of ḡ from the far end. */
export interface Cumsum extends NodeOf<"cumsum"> {
  readonly axis: number;
}
/** Same elements in the same order, other sizes. vjp: ḡ reshaped back. */
export type Reshape = NodeOf<"reshape">;
/** Axis i of the result is axis axes[i] of the input. vjp: ḡ permuted by the inverse. */
export interface Permute extends NodeOf<"permute"> {
  readonly axes: readonly number[];
}
/** Axes of size 1 repeated; same rank. vjp: ḡ summed over them. */
export type Expand = NodeOf<"expand">;
/** `value` put around the input. vjp: ḡ sliced. */
export interface Pad extends NodeOf<"pad"> {
  readonly before: readonly number[];
  readonly value: number;
}
/** Element i of an axis is element start + i·step of the input; step may be negative. vjp: ḡ scattered into zeros (pad where step is 1). */
export interface Slice extends NodeOf<"slice"> {
  readonly start: readonly number[];
  readonly step: readonly number[];
}
/** Inputs one after another along an axis. vjp: ḡ sliced apart. */
export interface Concat extends NodeOf<"concat"> {
  readonly axis: number;
}
/** Inputs [x, index i32]: the slices of x along `axis` that index names. vjp: scatterAdd of ḡ into zeros; none for index. */
export interface Gather extends NodeOf<"gather"> {
  readonly axis: number;
  readonly report: Report;
}
/** Inputs [x, index i32, updates]: x with updates added at the slices index names; repeats add up. vjp: ḡ; none; gather of ḡ. */
export interface ScatterAdd extends NodeOf<"scatterAdd"> {
  readonly axis: number;
  readonly report: Report;
}
/** [..., M, K] · [..., K, N], leading axes equal, one dtype; floats are added up in at least f32. vjp: ḡ·bᵀ, aᵀ·ḡ. */
export type MatMulNode = NodeOf<"matmul">;
/** Inputs [q, k, v] or [q, k, v, mask] with axes [B, H, T, D], [B, Hk, S, D], [B, Hk, S, E], [B, H, T, S]. vjp: recomputes the weights p: v̄ = pᵀḡ, s̄ = p∘(ḡvᵀ − rowsum(ḡ∘y)), q̄ = scale·s̄k, k̄ = scale·s̄ᵀq; s̄ is also the mask's. */
export interface Attention extends NodeOf<"attention"> {
  readonly scale: number;
  readonly causal: boolean;
  readonly window: number;
}

/**
 * Inputs [ḡ, q, k, v] or [ḡ, q, k, v, mask], as Attention's and its result's. All gradients in one flat f32 vector, so that one
 * program can make them: q̄, k̄, v̄, and s̄ [B, H, T, S] where there is an f32 mask. vjp: none (a gradient of a gradient goes through softmax).
 */
export interface AttentionGrad extends NodeOf<"attentionGrad"> {
  readonly scale: number;
  readonly causal: boolean;
  readonly window: number;
}
/** Where each element of the sorted axis comes from, i32; stable, NaN last in either direction. vjp: none (sorting gathers by it). */
export interface Argsort extends NodeOf<"argsort"> {
  readonly axis: number;
  readonly descending: boolean;
  /** In parts, by a device that sorts so (schedule/lower.ts): blocks of so many in order; or, of inputs [x, order], neighbouring runs of so many merged. */
  readonly block?: number;
}
/** Inputs [x, value]: x with value at the places that Slice of the same start and step would read. vjp: ḡ with zeros there; slice of ḡ. */
export interface SetSlice extends NodeOf<"setSlice"> {
  readonly start: readonly number[];
  readonly step: readonly number[];
}
/**
 * Inputs [quants, scales f16 [N, K/32], x f32 [K]] → f32 [N]: rows of 32-element blocks times x, which is rounded to 8 bits a block as well,
 * so that the products are exact integers. q8: quants i8 [N, K], w = scale·q. q4: u8 [N, K/2], w = scale·(q − 8), byte j of a block holds
 * elements j (low half) and j + 16. The rounding of x: blocks.ts. vjp of x: wᵀḡ through dequantize; none for the weights.
 */
export interface QMatVec extends NodeOf<"qmatvec"> {
  readonly format: QuantFormat;
}
/** A reader's own program (custom/): inputs in row-major order are its buffers 0, 1, …, the result the last. vjp: the reader's, or none. */
export interface Custom extends NodeOf<"custom"> {
  readonly name: string;
  readonly program: LoopProgram;
  readonly vjp?: CustomVjp;
}
/** A reader's own shader: inputs in row-major order are arrays under `names`, the result is `result`. vjp: the reader's, or none. */
export interface Wgsl extends NodeOf<"wgsl"> {
  readonly name: string;
  readonly names: readonly string[];
  readonly source: string;
  readonly workgroups: readonly [number, number, number];
  readonly vjp?: CustomVjp;
}
export type QuantFormat = "q8" | "q4";

/** Who to name, and how many indices are right, when a device finds one outside. */
export interface Report {
  readonly who: string;
  readonly size: number;
}

export type Node =
  | Const
  | Full
  | Iota
  | Random
  | MapNode
  | Cast
  | Reduce
  | Cumsum
  | Reshape
  | Permute
  | Expand
  | Pad
  | Slice
  | Concat
  | Gather
  | ScatterAdd
  | MatMulNode
  | Attention
  | AttentionGrad
  | Argsort
  | SetSlice
  | QMatVec
  | Custom
  | Wgsl;

/** A value yet to be computed. */
export function valueOf(node: Node, shape: readonly number[], dtype: DType): Value {
  for (const input of node.inputs) input.users++;
  return { shape, dtype, node, storage: undefined, users: 0 };
}

/** Where its elements are, if they are anywhere. */
export function storageOf(value: Value): Storage | undefined {
  if (value.storage?.isGone) value.storage = undefined;
  return value.storage;
}

/** Forgets how a computed value was made. */
export function forget(value: Value): void {
  for (const input of value.node?.inputs ?? []) input.users--;
  value.node = undefined;
}

/** A value whose elements are known. */
export function constant(data: Data, shape: readonly number[], dtype: DType): Value {
  return valueOf({ op: "const", inputs: [], data }, shape, dtype);
}

/** x in another dtype; x itself if it has it. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : valueOf({ op: "cast", inputs: [x] }, x.shape, dtype);
}
