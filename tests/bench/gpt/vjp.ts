/**
 * Reverse mode over the recorded graph: one vjp for each primitive of tensor/graph.ts, in its words. A stand-in until chapter 06 owns it.
 * Loss and parameters in, gradients out. Source: Griewank and Walther (2008), chapter 3.
 */
import {
  type AnyTensor,
  dequantize,
  identityOf,
  type Primitive,
  primitiveOf,
  type Quantized,
  scaledDotProductAttentionVjp,
  type Tensor,
  where,
  zeros,
} from "../../../tensor/index.ts";

/** Shapes are not followed here: they are the graph's. */
type F = Tensor;
/** One gradient an input; undefined where there is none to give. */
type Gradients = readonly (F | undefined)[];
type Vjp<Op extends Primitive["op"]> = (
  g: F,
  node: Extract<Primitive, { readonly op: Op }>,
  y: F,
) => Gradients;

const f = (x: AnyTensor): F => x as F;
const isFloat = (x: AnyTensor): boolean => x.dtype === "f32" || x.dtype === "f16" || x.dtype === "bf16";

/**
 * d loss / d each of `parameters`, zeros where the loss does not depend on one. Call it where the loss was made: inside `record`, or before anything is read.
 * Throws RangeError unless the loss is a single number.
 */
export function gradients(loss: Tensor<[]>, parameters: readonly F[]): readonly F[] {
  if (loss.size !== 1)
    throw new RangeError(`gradients: want a single number, got ${loss.toString()}; try mean()`);
  const stop = new Set(parameters.map(identityOf));
  const found = new Map<object, F>([[identityOf(loss), f(zeros([]).add(1))]]);
  for (const { key, tensor, node } of backwards(loss, stop)) {
    const g = found.get(key);
    if (g === undefined) continue;
    if (!stop.has(key)) found.delete(key);
    const parts = vjpOf(g, node, f(tensor));
    for (const [i, part] of parts.entries()) if (part !== undefined) accumulate(found, node.inputs[i], part);
  }
  return parameters.map((p) => found.get(identityOf(p)) ?? f(zeros([...p.shape])));
}

function accumulate(found: Map<object, F>, x: AnyTensor, part: F): void {
  const key = identityOf(x);
  const before = found.get(key);
  found.set(key, before === undefined ? part : f(before.add(part)));
}

interface Visit {
  readonly key: object;
  readonly tensor: AnyTensor;
  readonly node: Primitive;
}

/** Every node that floats flow through, each before its inputs. `stop`: whose making does not matter. */
function backwards(loss: AnyTensor, stop: ReadonlySet<object>): readonly Visit[] {
  const order: Visit[] = [];
  const seen = new Set<object>();
  const stack: (readonly [AnyTensor, Visit | undefined])[] = [[loss, undefined]];
  while (stack.length > 0) {
    const [tensor, done] = stack.pop()!;
    if (done !== undefined) order.push(done);
    const key = identityOf(tensor);
    if (done !== undefined || seen.has(key)) continue;
    seen.add(key);
    const node = stop.has(key) || !isFloat(tensor) ? undefined : primitiveOf(tensor);
    if (node === undefined) continue;
    stack.push([tensor, { key, tensor, node }], ...node.inputs.map((x) => [x, undefined] as const));
  }
  return order.toReversed();
}

function vjpOf(g: F, node: Primitive, y: F): Gradients {
  const rule = vjps[node.op] as (g: F, node: Primitive, y: F) => Gradients;
  return rule(g, node, y);
}

/** x repeated into the shape it was reduced from. */
function unreduced(x: F, axes: readonly number[], shape: readonly number[]): F {
  const kept = shape.map((n, i) => (axes.includes(i) ? 1 : n));
  return f(x.reshape(kept).broadcastTo([...shape]));
}

const whole = (n: number): readonly [number, number] => [0, n];

const mapRules: Readonly<Record<string, (g: F, x: readonly F[], y: F) => Gradients>> = {
  neg: (g) => [g.neg()],
  exp: (g, _, y) => [f(g.mul(y))],
  expm1: (g, _, y) => [f(g.mul(y.add(1)))],
  log: (g, [a]) => [f(g.div(a))],
  log1p: (g, [a]) => [f(g.div(a.add(1)))],
  sqrt: (g, _, y) => [f(g.div(y.mul(2)))],
  sin: (g, [a]) => [f(g.mul(a.cos()))],
  cos: (g, [a]) => [f(g.mul(a.sin()).neg())],
  tanh: (g, _, y) => [f(g.sub(g.mul(y.square())))],
  erf: (g, [a]) => [f(g.mul(a.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)))],
  abs: (g, [a]) => [f(g.mul(a.sign()))],
  add: (g) => [g, g],
  sub: (g) => [g, g.neg()],
  mul: (g, [a, b]) => [f(g.mul(b)), f(g.mul(a))],
  div: (g, [, b], y) => [f(g.div(b)), f(g.mul(y).div(b).neg())],
  pow: (g, [a, b], y) => [f(g.mul(b).mul(a.pow(b.sub(1)))), f(g.mul(y).mul(a.log()))],
  mod: (g, [a, b]) => [g, f(g.mul(a.floorDivide(b)).neg())],
  maximum: (g, [a, b]) => [chosen(a.greaterEqual(b), g, 0), chosen(a.greaterEqual(b), 0, g)],
  minimum: (g, [a, b]) => [chosen(a.lessEqual(b), g, 0), chosen(a.lessEqual(b), 0, g)],
};

function chosen(condition: Tensor<never, "bool"> | AnyTensor, a: F | number, b: F | number): F {
  return f(where(condition as Tensor<[], "bool">, a as Tensor<[]>, b as Tensor<[]>));
}

const none = (): Gradients => [];

const vjps: { readonly [Op in Primitive["op"]]: Vjp<Op> } = {
  const: none,
  full: none,
  iota: none,
  random: none,
  argsort: none,
  map: (g, { fn, inputs }, y) => {
    if (fn === "where") return [undefined, chosen(inputs[0], g, 0), chosen(inputs[0], 0, g)];
    return mapRules[fn]?.(g, inputs.map(f), y) ?? []; // sign, floor, …: 0 almost everywhere
  },
  cast: (g, { inputs: [x] }) => [isFloat(x) ? (g.cast(x.dtype) as F) : undefined],
  reduce: (g, { fn, axes, inputs: [x] }, y) => [reduceRules[fn](unreduced(g, axes, x.shape), f(x), y, axes)],
  cumsum: (g, { axis }) => [f(g.flip(axis).cumsum(axis).flip(axis))],
  reshape: (g, { inputs: [x] }) => [f(g.reshape([...x.shape]))],
  permute: (g, { axes }) => [f(g.permute(axes.map((_, i) => axes.indexOf(i))))],
  expand: (g, { inputs: [x] }) => {
    const axes = x.shape.map((_, i) => i).filter((i) => x.shape[i] !== g.shape[i]);
    return [f(g.sum(axes, { keepdims: true }))];
  },
  pad: (g, { before, inputs: [x] }) => [
    f(g.slice(...x.shape.map((n, i) => [before[i], before[i] + n] as const))),
  ],
  slice: (g, { start, step, inputs: [x] }) => [
    f(zeros([...x.shape]).setSlice(g, ...rangesOf(start, step, g.shape))),
  ],
  setSlice: (g, { start, step, inputs: [, value] }) => {
    const ranges = rangesOf(start, step, value.shape);
    return [f(g.setSlice(0, ...ranges)), f(g.slice(...ranges))];
  },
  concat: (g, { axis, inputs }) => {
    let start = 0;
    return inputs.map((x) => {
      const from = start;
      start += x.shape[axis];
      return f(g.slice(...x.shape.map((n, i) => (i === axis ? ([from, from + n] as const) : whole(n)))));
    });
  },
  gather: (g, { axis, inputs: [x, index] }) => [
    f(zeros([...x.shape]).scatterAdd(index as Tensor<[], "i32">, g, axis)),
  ],
  scatterAdd: (g, { axis, inputs: [, index] }) => [g, undefined, f(g.take(index as Tensor<[], "i32">, axis))],
  matmul: (g, { inputs: [a, b] }) => [f(g.matmul(f(b).transpose())), f(f(a).transpose().matmul(g))],
  attention: (g, { scale, causal, window, inputs: [q, k, v, mask] }) => {
    const options = { scale, causal, ...(window === Infinity ? {} : { window }) };
    const given = mask === undefined ? options : { ...options, mask: mask as F };
    const found = scaledDotProductAttentionVjp(g, f(q), f(k), f(v), given);
    return [found.q, found.k, found.v, found.mask as F | undefined];
  },
  attentionGrad: () => {
    throw new TypeError(
      "gradients: want a graph without attention's own gradients, got one; try softmax by hand",
    );
  },
  custom: (g, node, y) => ownRule(g, node, y),
  wgsl: (g, node, y) => ownRule(g, node, y),
  qmatvec: (g, { format, inputs: [quants, scales] }) => {
    const weights = { format, quants, scales } as unknown as Quantized<number, number>;
    return [undefined, undefined, f(g.matmul(dequantize(weights)))];
  },
};

/** A reader's operation, by the reader's rule. */
function ownRule(
  g: F,
  { op, name, vjp, inputs }: Extract<Primitive, { readonly op: "custom" | "wgsl" }>,
  y: F,
): Gradients {
  if (vjp === undefined)
    throw new TypeError(`gradients: want a vjp for ${name}, got none; try ${op}({ …, vjp })`);
  return vjp(g, inputs, y);
}

type ReduceRule = (g: F, x: F, y: F, axes: readonly number[]) => F;

const reduceRules: Readonly<Record<"sum" | "prod" | "max" | "min", ReduceRule>> = {
  sum: (g) => g,
  // The product of the others: y/x, but where x is 0 the product without it.
  prod: (g, x, y, axes) => {
    const zero = x.equal(0);
    const zeroes = unreduced(f(zero.cast("f32").sum(axes)), axes, x.shape);
    const others = unreduced(f(chosen(zero, 1, x).prod(axes)), axes, x.shape);
    const rest = chosen(
      zero,
      chosen(zeroes.equal(1), others, 0),
      chosen(zeroes.equal(0), f(unreduced(y, axes, x.shape).div(x)), 0),
    );
    return f(g.mul(rest));
  },
  max: shared,
  min: shared,
};

/** Ties share: the places equal to y get equal parts. */
function shared(g: F, x: F, y: F, axes: readonly number[]): F {
  const same = x.equal(unreduced(y, axes, x.shape)).cast("f32");
  return f(g.mul(same).div(unreduced(f(same.sum(axes)), axes, x.shape)));
}

/** As slice() takes them: the stop of a downward range that reaches 0 is open. */
function rangesOf(start: readonly number[], step: readonly number[], size: readonly number[]) {
  return start.map((from, i) => {
    const stop = from + step[i] * size[i];
    return [from, stop < 0 ? null : stop, step[i]] as const;
  });
}
