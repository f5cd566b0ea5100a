/**
 * Nodes that no program of a device computes as they stand, said by simpler ones: what is left are loops, views and products of f32.
 * Value in, value of the same shape and dtype out (undefined: it is fine as it is). Nothing is computed here.
 */
import { isFloat, integerRange, type DType } from "../dtype.ts";
import {
  cast,
  type Argsort,
  type Attention,
  type AttentionGrad,
  type Cumsum,
  type MatMulNode,
  type QMatVec,
  type Reduce,
  type ScatterAdd,
  type Value,
  valueOf,
} from "../graph.ts";
import { binary, full, unary, where } from "../ops/elementwise.ts";
import { max, sum } from "../ops/reduce.ts";
import { broadcastTo, concat, pad, reshape, transpose } from "../ops/view.ts";
import { count } from "./size.ts";

/** What a device computes by itself, beyond loops. */
export interface Abilities {
  readonly matmul: boolean;
  readonly attention: boolean;
  readonly attentionGrad: boolean;
  readonly qmatvec: boolean;
  /** How many elements of a line it sorts at once; left out: all. */
  readonly sorts?: number;
  /** A reader's own shader. */
  readonly wgsl?: boolean;
}

export function lowered(value: Value, can: Abilities): Value | undefined {
  const { node } = value;
  switch (node?.op) {
    case "matmul":
      return product(node, value, can);
    case "attention":
      return can.attention && node.inputs[0].dtype === "f32" ? undefined : attention(node, value.dtype);
    case "attentionGrad":
      return can.attentionGrad && node.inputs[1].dtype === "f32" ? undefined : attentionGrad(node);
    case "qmatvec":
      return can.qmatvec ? undefined : blockProduct(node, value);
    case "argsort":
      return inRuns(node, value, can);
    case "wgsl":
      if (can.wgsl === true) return undefined;
      throw new RangeError(
        `${node.name}: want a device that runs WGSL, got another; try await device("webgpu")`,
      );
    case "reduce":
      return inParts(node, value);
    case "cumsum":
    case "scatterAdd":
      return inF32(node, value);
    default:
      return undefined;
  }
}

/** A long line's order: blocks, then runs merged two by two. */
function inRuns(node: Argsort, value: Value, { sorts = Infinity }: Abilities): Value | undefined {
  const [x] = node.inputs;
  const n = value.shape[node.axis];
  if (node.block !== undefined || n <= sorts) return undefined;
  let order = valueOf({ ...node, inputs: [x], block: sorts }, value.shape, "i32");
  for (let block = sorts; block < n; block *= 2)
    order = valueOf({ ...node, inputs: [x, order], block }, value.shape, "i32");
  return order;
}

/** Sums of f16 and bf16 are rounded once, at their end. */
function inF32(node: Cumsum | ScatterAdd, value: Value): Value | undefined {
  if (!isFloat(value.dtype) || value.dtype === "f32") return undefined;
  const inputs = node.inputs.map((x) => (x.dtype === value.dtype ? cast(x, "f32") : x));
  return cast(valueOf({ ...node, inputs }, value.shape, "f32"), value.dtype);
}

/** Elements from which a vector's product has a program of its own, which reads a matrix of either layout at memory's pace. */
const vectorSize = 2 ** 15;

/** f16 and bf16 are multiplied in f32 and rounded once; integers wrap, as a sum of products does; a small vector's product is one, which fuses. */
function product(node: MatMulNode, value: Value, can: Abilities): Value | undefined {
  const [a, b] = node.inputs;
  const { dtype } = value;
  if (isFloat(dtype) && dtype !== "f32") {
    const wide = valueOf({ op: "matmul", inputs: [cast(a, "f32"), cast(b, "f32")] }, value.shape, "f32");
    return cast(wide, dtype);
  }
  const vector =
    (value.shape.at(-1) === 1 || value.shape.at(-2) === 1) && count(a.shape) + count(b.shape) < vectorSize;
  if (dtype === "f32" && can.matmul && !vector && a.shape.at(-1)! > 0) return oneMatrix(a, b, value);
  const rows = broadcastTo(reshape(a, a.shape.toSpliced(-1, 0, 1)), [...value.shape, a.shape.at(-1)!]);
  const turned = transpose(b);
  const columns = broadcastTo(reshape(turned, turned.shape.toSpliced(-2, 0, 1)), rows.shape);
  return reduce("sum", binary("mul", rows, columns), [value.shape.length]);
}

/** Many matrices times one are one taller matrix times it. */
function oneMatrix(a: Value, b: Value, { shape }: Value): Value | undefined {
  const [base] = b.node?.op === "expand" ? b.node.inputs : [b];
  const [k, n] = base.shape.slice(-2);
  if (shape.length === 2 || count(base.shape) !== k * n) return undefined;
  const rows = count(shape.slice(0, -1));
  const tall = valueOf(
    { op: "matmul", inputs: [reshape(a, [rows, k]), reshape(base, [k, n])] },
    [rows, n],
    "f32",
  );
  return reshape(tall, shape);
}

/** Least work for one part of a large reduction, and how many parts there are at most. By sizes alone, so that sums do not depend on the machine. */
const partSize = 2 ** 13;
const mostParts = 64;
const fewResults = 8;

/** A reduction of many elements to few numbers has too few rows to share: first parts of it, then the parts. */
function inParts({ fn, inputs, axes }: Reduce, value: Value): Value | undefined {
  const [x] = inputs;
  const kept = count(value.shape);
  const parts = Math.min(mostParts, Math.floor(count(x.shape) / Math.max(1, kept) / partSize));
  if (kept > fewResults || parts < 4) return undefined;
  const axis = axes.find((a) => x.shape[a] % parts === 0) ?? axes.find((a) => x.shape[a] >= parts);
  if (axis === undefined) return undefined;
  const each = Math.ceil(x.shape[axis] / parts);
  const before = x.shape.map((_, i): [number, number] => [0, i === axis ? each * parts - x.shape[i] : 0]);
  const whole = before[axis][1] === 0 ? x : pad(x, before, identityOf(fn, x.dtype));
  const apart = reshape(whole, x.shape.toSpliced(axis, 1, parts, each));
  const first = reduce(
    fn,
    apart,
    axes.map((a) => (a < axis ? a : a + 1)),
  );
  return reduce(fn, first, [axis - axes.filter((a) => a < axis).length]);
}

/** What changes nothing. */
export function identityOf(fn: Reduce["fn"], dtype: DType): number {
  if (fn === "sum") return 0;
  if (fn === "prod") return 1;
  if (isFloat(dtype)) return fn === "max" ? -Infinity : Infinity;
  const [low, high] = dtype === "bool" ? [0, 1] : integerRange(dtype);
  return fn === "max" ? low : high;
}

function reduce(fn: Reduce["fn"], x: Value, axes: readonly number[]): Value {
  const shape = x.shape.filter((_, i) => !axes.includes(i));
  return valueOf({ op: "reduce", fn, inputs: [x], axes }, shape, x.dtype);
}

const last = { axis: -1, keepdims: true } as const;

interface Attended {
  readonly weights: Value;
  readonly k: Value;
  readonly v: Value;
}

/** softmax(scale·q kᵀ + mask) over the keys a query may see; zeros where there are none. */
function weightsOf(
  inputs: readonly Value[],
  rules: Pick<Attention, "scale" | "causal" | "window">,
): Attended {
  const [q, k0, v0] = inputs.slice(0, 3).map((x) => cast(x, "f32"));
  const mask = inputs.at(3);
  const [, heads, queries] = q.shape;
  const [k, v] = [k0, v0].map((x) => perHead(x, heads));
  const keys = k.shape[2];
  const raw = binary("mul", matmul(q, transpose(k)), rules.scale);
  const biased = mask === undefined || mask.dtype === "bool" ? raw : binary("add", raw, mask);
  const seen = visible(queries, keys, rules);
  const masked = seen === undefined ? biased : where(broadcastTo(seen, raw.shape), biased, -Infinity);
  const scores = mask?.dtype === "bool" ? where(mask, masked, -Infinity) : masked;
  const most = max(scores, last);
  const shift = where(binary("equal", most, -Infinity), 0, most);
  const powers = unary("exp", binary("sub", scores, shift));
  const total = sum(powers, last);
  return { weights: binary("div", powers, where(binary("equal", total, 0), 1, total)), k, v };
}

/** [B, Hk, S, D] → [B, H, S, D]: each head of the keys as often as queries' heads share it. */
function perHead(x: Value, heads: number): Value {
  const [batch, own, keys, width] = x.shape;
  if (own === heads) return x;
  const spread = broadcastTo(reshape(x, [batch, own, 1, keys, width]), [
    batch,
    own,
    heads / own,
    keys,
    width,
  ]);
  return reshape(spread, [batch, heads, keys, width]);
}

/** Whether query t sees key s: [T, S], or undefined if all see all. The last query sees the last key. */
function visible(
  queries: number,
  keys: number,
  { causal, window }: Pick<Attention, "causal" | "window">,
): Value | undefined {
  const t = reshape(iota(queries), [queries, 1]);
  const offset = binary("sub", iota(keys), t); // s − t
  const back = keys - queries;
  const early = causal ? binary("lessEqual", offset, back) : undefined;
  const near = window < keys + queries ? binary("greater", offset, back - window) : undefined;
  return early !== undefined && near !== undefined ? binary("logicalAnd", early, near) : (early ?? near);
}

function iota(n: number): Value {
  return valueOf({ op: "iota", inputs: [] }, [n], "i32");
}

function matmul(a: Value, b: Value): Value {
  return valueOf({ op: "matmul", inputs: [a, b] }, [...a.shape.slice(0, -1), b.shape.at(-1)!], "f32");
}

function attention(node: Attention, dtype: DType): Value {
  const { weights, v } = weightsOf(node.inputs, node);
  return cast(matmul(weights, v), dtype);
}

/** As the vjp in graph.ts says. */
function attentionGrad(node: AttentionGrad): Value {
  const [g, q, k0, v0, mask] = node.inputs;
  const { weights: p, k, v } = weightsOf(node.inputs.slice(1), node);
  const wide = cast(g, "f32");
  const pBar = matmul(wide, transpose(v));
  const inner = sum(binary("mul", p, pBar), last);
  const sBar = binary("mul", p, binary("sub", pBar, inner));
  const scaled = binary("mul", sBar, node.scale);
  const grads = [
    matmul(scaled, k),
    perGroup(matmul(transpose(scaled), cast(q, "f32")), k0.shape[1]),
    perGroup(matmul(transpose(p), wide), v0.shape[1]),
    ...(mask !== undefined && mask.dtype !== "bool" ? [sBar] : []),
  ];
  return concat(
    grads.map((x) => reshape(x, [count(x.shape)])),
    0,
  );
}

/** The transpose of perHead: sums over the heads that share. */
function perGroup(x: Value, own: number): Value {
  const [batch, heads, keys, width] = x.shape;
  if (own === heads) return x;
  return reduce("sum", reshape(x, [batch, own, heads / own, keys, width]), [2]);
}

const block = 32;

/** As blocks.ts rounds: integer products within a block, then Σ scale·d·dot. */
function blockProduct({ inputs: [quants, scales, x], format }: QMatVec, value: Value): Value {
  const blocks = x.shape[0] / block;
  const rows = reshape(x, [blocks, block]);
  const d = binary("div", max(unary("abs", rows), last), 127);
  const inverse = where(binary("equal", d, 0), 0, binary("div", full("qmatvec", 1, d.shape, "f32"), d));
  const rounded = cast(unary("round", binary("mul", rows, inverse)), "i32");
  const weights =
    format === "q8" ? reshape(cast(quants, "i32"), [value.shape[0], blocks, block]) : nibbles(quants, blocks);
  const dots = reduce("sum", binary("mul", weights, broadcastTo(rounded, weights.shape)), [2]);
  const scaled = binary("mul", cast(scales, "f32"), broadcastTo(reshape(d, [1, blocks]), scales.shape));
  return reduce("sum", binary("mul", cast(dots, "f32"), scaled), [1]);
}

/** u8 [N, K/2] → i32 [N, K/32, 32] in −8 … 7. */
function nibbles(quants: Value, blocks: number): Value {
  const bytes = cast(reshape(quants, [quants.shape[0], blocks, block / 2]), "i32");
  const halves = concat([binary("bitwiseAnd", bytes, 15), binary("rightShift", bytes, 4)], 2);
  return binary("sub", halves, 8);
}
