/**
 * Products of tensors: matmul, einsum (as a chain of matmuls), attention.
 */
import { attentionSizes } from "../shape/attention.ts";
import { broadcast } from "../shape/broadcast.ts";
import { einsumPlan, withoutEllipsis } from "../shape/einsum.ts";
import { matmulSizes } from "../shape/matmul.ts";
import { show } from "../shape/error.ts";
import { product } from "../shape/reshape.ts";
import { type DType, isFloat, promote } from "../dtype.ts";
import { cast, valueOf, type Value } from "../graph.ts";
import { diagonal } from "./indexing.ts";
import { sum } from "./reduce.ts";
import { broadcastTo, permute, reshape, sameSizes, slice } from "./view.ts";

/** NumPy's matmul. A vector becomes a row or a column for the product, and goes away after it. */
export function matmul(a: Value, b: Value): Value {
  const { batch, m, k, n } = matmulSizes(a.shape, b.shape);
  const dtype = numeric(promote("matmul", a.dtype, b.dtype));
  const left = broadcastTo(cast(a.shape.length === 1 ? reshape(a, [1, k]) : a, dtype), [...batch, m, k]);
  const right = broadcastTo(cast(b.shape.length === 1 ? reshape(b, [k, 1]) : b, dtype), [...batch, k, n]);
  const result = valueOf({ op: "matmul", inputs: [left, right] }, [...batch, m, n], dtype);
  return reshape(result, [
    ...batch,
    ...(a.shape.length === 1 ? [] : [m]),
    ...(b.shape.length === 1 ? [] : [n]),
  ]);
}

/** A tensor whose axes have letters. */
interface Lettered {
  readonly value: Value;
  readonly letters: readonly string[];
}

/** Operands two at a time, left to right, each pair one matmul. */
export function einsum(written: string, given: readonly Value[]): Value {
  const { spec, shapes } = withoutEllipsis(
    written,
    given.map((v) => v.shape),
  );
  const values = given.map((v, i) => broadcastTo(v, shapes[i]));
  const plan = einsumPlan(spec, shapes);
  const dtype = numeric(values.map((v) => v.dtype).reduce((a, b) => promote("einsum", a, b)));
  const operands = values.map((v, i) => withoutRepeats({ value: cast(v, dtype), letters: plan.terms[i] }));
  const contracted = operands.reduce((a, b, i) =>
    contract(a, b, [...plan.result, ...plan.terms.slice(i + 1).flat()]),
  );
  return ordered(summedTo(contracted, plan.result), plan.result);
}

// "ii" is a diagonal: the two axes go last, and become one.
function withoutRepeats(x: Lettered): Lettered {
  const j = x.letters.findIndex((letter, at) => x.letters.indexOf(letter) !== at);
  if (j < 0) return x;
  const i = x.letters.indexOf(x.letters[j]);
  const others = x.letters.map((_, axis) => axis).filter((axis) => axis !== i && axis !== j);
  const letters = [...others.map((axis) => x.letters[axis]), x.letters[i]];
  return withoutRepeats({ value: diagonal(permute(x.value, [...others, i, j])), letters });
}

/** a · b, summed over every letter that is not needed any more. */
function contract(a: Lettered, b: Lettered, needed: readonly string[]): Lettered {
  const left = summedTo(a, [...b.letters, ...needed]);
  const right = summedTo(b, [...a.letters, ...needed]);
  const shared = left.letters.filter((c) => right.letters.includes(c));
  const batch = shared.filter((c) => needed.includes(c));
  const inner = shared.filter((c) => !needed.includes(c));
  const rows = left.letters.filter((c) => !shared.includes(c));
  const columns = right.letters.filter((c) => !shared.includes(c));
  const sizes = new Map([...sizesOf(left), ...sizesOf(right)]);
  const many = (letters: readonly string[]) => letters.reduce((n, c) => n * sizes.get(c)!, 1);
  const x = reshape(ordered(left, [...batch, ...rows, ...inner]), [many(batch), many(rows), many(inner)]);
  const y = reshape(ordered(right, [...batch, ...inner, ...columns]), [
    many(batch),
    many(inner),
    many(columns),
  ]);
  const letters = [...batch, ...rows, ...columns];
  return {
    value: reshape(
      matmul(x, y),
      letters.map((c) => sizes.get(c)!),
    ),
    letters,
  };
}

function sizesOf(x: Lettered): readonly (readonly [string, number])[] {
  return x.letters.map((c, i) => [c, x.value.shape[i]]);
}

/** x summed over the letters that nobody needs. */
function summedTo(x: Lettered, needed: readonly string[]): Lettered {
  const axes = x.letters.map((_, i) => i).filter((i) => !needed.includes(x.letters[i]));
  if (axes.length === 0) return x;
  const letters = x.letters.filter((c) => needed.includes(c));
  return { value: cast(sum(x.value, { axis: axes, keepdims: false }), x.value.dtype), letters };
}

function ordered(x: Lettered, letters: readonly string[]): Value {
  return permute(
    x.value,
    letters.map((c) => x.letters.indexOf(c)),
  );
}

export interface AttentionOptions<M> {
  /** Query t sees keys up to t + S − T: the last query sees the last key. */
  readonly causal?: boolean;
  /** At most this many keys back, the one it may see last included. */
  readonly window?: number;
  /** bool (true: may look), or added to the scores. */
  readonly mask?: M;
  /** Of the scores; 1/√D if left out. */
  readonly scale?: number;
}

export function attention(q: Value, k: Value, v: Value, options: AttentionOptions<Value>): Value {
  const { sizes: s, dtype, inputs, rules } = attended(q, k, v, options);
  const node = { op: "attention", inputs, ...rules } as const;
  return reshape(valueOf(node, [s.batch.reduce((a, b) => a * b, 1), s.heads, s.queries, s.width], dtype), [
    ...q.shape.slice(0, -1),
    s.width,
  ]);
}

/** Gradients of attention with respect to q, k, v and an f32 mask, each in its own shape; g: that of the result. */
export function attentionGradients(
  g: Value,
  q: Value,
  k: Value,
  v: Value,
  options: AttentionOptions<Value>,
): readonly Value[] {
  const { sizes: s, inputs, rules } = attended(q, k, v, options);
  const shape = [...q.shape.slice(0, -1), s.width];
  if (!sameSizes(g.shape, shape))
    throw new RangeError(`${backwards}: want a gradient ${show(shape)}, got ${show(g.shape)}`);
  const wide = [reshape(cast(g, "f32"), [...inputs[0].shape.slice(0, -1), s.width]), ...inputs];
  const wanted = inputs.filter((x) => x.dtype !== "bool");
  const total = wanted.reduce((sum, x) => sum + product(x.shape), 0);
  const flat = valueOf({ op: "attentionGrad", inputs: wide, ...rules }, [total], "f32");
  let start = 0;
  const parts = wanted.map((x) => reshape(slice(flat, [[start, (start += product(x.shape))]]), x.shape));
  const own = [q, k, v].map((x, i) => cast(reshape(parts[i], x.shape), x.dtype));
  const { mask } = options;
  return mask === undefined || mask.dtype === "bool"
    ? own
    : [
        ...own,
        cast(summedInto(reshape(parts[3], [...q.shape.slice(0, -1), s.keys]), mask.shape), mask.dtype),
      ];
}

const backwards = "scaledDotProductAttentionVjp";

/** The transpose of broadcasting: x summed over the axes that `shape` lacks or has once. */
function summedInto(x: Value, shape: readonly number[]): Value {
  const lead = x.shape.length - shape.length;
  const axis = x.shape
    .map((_, i) => i)
    .filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  return axis.length === 0 ? x : reshape(sum(x, { axis, keepdims: true }), shape);
}

/** Sizes, common dtype, inputs of rank 4, and rules of an attention. Throws where they do not fit. */
function attended(q: Value, k: Value, v: Value, options: AttentionOptions<Value>) {
  const sizes = attentionSizes(q.shape, k.shape, v.shape);
  const s = sizes;
  const window = options.window ?? Infinity;
  if (!(window === Infinity || Number.isInteger(window)) || window < 1)
    throw new RangeError(`scaledDotProductAttention: want a window of 1 or more keys, got ${window}`);
  const dtype = [q, k, v].map((x) => x.dtype).reduce((a, b) => promote("scaledDotProductAttention", a, b));
  if (!isFloat(dtype))
    throw new TypeError(`scaledDotProductAttention: want floats, got ${dtype}; try .cast("f32")`);
  const batch = s.batch.reduce((a, b) => a * b, 1);
  const keyHeads = s.heads / s.groups;
  const inputs = [
    reshape(cast(q, dtype), [batch, s.heads, s.queries, s.depth]),
    reshape(cast(k, dtype), [batch, keyHeads, s.keys, s.depth]),
    reshape(cast(v, dtype), [batch, keyHeads, s.keys, s.width]),
  ];
  if (options.mask !== undefined) {
    const scores = [...q.shape.slice(0, -1), s.keys];
    inputs.push(reshape(spread(options.mask, scores), [batch, s.heads, s.queries, s.keys]));
  }
  const scale = options.scale ?? 1 / Math.sqrt(s.depth);
  return { sizes, dtype, inputs, rules: { scale, causal: options.causal ?? false, window } };
}

function spread(mask: Value, scores: readonly number[]): Value {
  const shape = broadcast("scaledDotProductAttention: mask", mask.shape, scores);
  return broadcastTo(mask.dtype === "bool" ? mask : cast(mask, "f32"), shape);
}

// Bools are counted in f32, as in all arithmetic.
function numeric(dtype: DType): DType {
  return dtype === "bool" ? "f32" : dtype;
}
