/**
 * Functions of several tensors: where, concat, stack, einsum, attention.
 */
import type { Shape } from "./shape/dim.ts";
import type { Attended } from "./shape/attention.ts";
import type { Broadcast } from "./shape/broadcast.ts";
import type { Einsum } from "./shape/einsum.ts";
import type { Check } from "./shape/error.ts";
import type { Concatenated, Stacked } from "./shape/join.ts";
import type { Arithmetic, DType, FloatDType, Promote } from "./dtype.ts";
import * as elementwise from "./ops/elementwise.ts";
import * as product from "./ops/product.ts";
import * as view from "./ops/view.ts";
import { unwrap, wrap } from "./handle.ts";
import type { AnyTensor, Tensor } from "./tensor.ts";

type ShapeOf<T> = T extends Tensor<infer S, DType> ? S : [];
type ShapesOf<L extends readonly AnyTensor[]> = { -readonly [K in keyof L]: ShapeOf<L[K]> };
type DTypeOf<T> = T extends Tensor<Shape, infer D> ? D : "f32";

/** The dtype of two branches: a number takes the other's, or f32. */
type Branches<A, B> = A extends number
  ? B extends number
    ? "f32"
    : Arithmetic<DTypeOf<B>, DTypeOf<B>>
  : B extends number
    ? Arithmetic<DTypeOf<A>, DTypeOf<A>>
    : Promote<DTypeOf<A>, DTypeOf<B>>;

/** The common dtype of a list. */
type Common<L extends readonly AnyTensor[]> = L extends readonly [
  infer H extends AnyTensor,
  ...infer R extends readonly AnyTensor[],
]
  ? R extends readonly []
    ? DTypeOf<H>
    : Promote<DTypeOf<H>, Common<R>>
  : DTypeOf<L[number]>;

type Chosen<C extends Shape, A, B> = Broadcast<Broadcast<C, ShapeOf<A>, "where">, ShapeOf<B>, "where">;

/** Elements of a where the condition holds, else of b; all three broadcast. Throws TypeError unless the condition is bool. */
export function where<C extends Shape, A extends number | AnyTensor, B extends number | AnyTensor>(
  condition: Tensor<C, "bool">,
  a: A & Check<Broadcast<C, ShapeOf<A>, "where">>,
  b: B & Check<Chosen<C, A, B>>,
): Tensor<Chosen<C, A, B>, Branches<A, B>> {
  return wrap(elementwise.where(unwrap(condition), branch(a), branch(b)));
}

function branch(x: number | AnyTensor) {
  return typeof x === "number" ? x : unwrap(x);
}

/** Tensors one after another along an axis; other sizes must agree. */
export function concat<const L extends readonly AnyTensor[], const A extends number = 0>(
  tensors: L & Check<Concatenated<ShapesOf<L>, A>>,
  axis?: A,
): Tensor<Concatenated<ShapesOf<L>, A>, Common<L>> {
  return wrap(
    view.concat(
      tensors.map((x) => unwrap(x)),
      axis ?? 0,
    ),
  );
}

/** Tensors of one shape side by side along a new axis. */
export function stack<const L extends readonly AnyTensor[], const A extends number = 0>(
  tensors: L & Check<Stacked<ShapesOf<L>, A>>,
  axis?: A,
): Tensor<Stacked<ShapesOf<L>, A>, Common<L>> {
  return wrap(
    view.stack(
      tensors.map((x) => unwrap(x)),
      axis ?? 0,
    ),
  );
}

/**
 * Einstein's sum: a letter per axis, letters that the result lacks are summed over. einsum("bij,bjk->bik", a, b).
 * A letter twice in one operand takes its diagonal. Throws RangeError where letters and shapes do not fit.
 */
export function einsum<const Spec extends string, const L extends readonly AnyTensor[]>(
  spec: Spec & Check<Einsum<Spec, ShapesOf<L>>>,
  ...tensors: L
): Tensor<Einsum<Spec, ShapesOf<L>>, Arithmetic<Common<L>, Common<L>>> {
  return wrap(
    product.einsum(
      spec,
      tensors.map((x) => unwrap(x)),
    ),
  );
}

/**
 * softmax(scale · q kᵀ + mask) v. q: [..., H, T, D], k: [..., Hk, S, D], v: [..., Hk, S, E] → [..., H, T, E];
 * H is a multiple of Hk, and each head of the keys serves H/Hk of the queries'. A query that may look at nothing gives 0.
 * Source: Vaswani et al. (2017), §3.2.1. Chapter 13 builds it.
 */
export function scaledDotProductAttention<
  Q extends Shape,
  K extends Shape,
  V extends Shape,
  D extends FloatDType,
  M extends Tensor<Shape, "f32" | "bool"> = Tensor<Shape, "f32" | "bool">,
>(
  q: Tensor<Q, D>,
  k: Tensor<K, D>,
  v: Tensor<V, D> & Check<Attended<Q, K, V>>,
  options: product.AttentionOptions<M> = {},
): Tensor<Attended<Q, K, V>, D> {
  const { mask, ...rules } = options;
  return wrap(
    product.attention(
      unwrap(q),
      unwrap(k),
      unwrap(v),
      mask === undefined ? rules : { ...rules, mask: unwrap(mask) },
    ),
  );
}

/** The gradients of attention's inputs, each in its own shape. */
export interface AttentionGradients<Q extends Shape, K extends Shape, V extends Shape, D extends FloatDType> {
  readonly q: Tensor<Q, D>;
  readonly k: Tensor<K, D>;
  readonly v: Tensor<V, D>;
  /** Where the mask was added to the scores. */
  readonly mask?: Tensor<Shape, FloatDType>;
}

/**
 * The vjp of scaledDotProductAttention: from g, the gradient of its result, the gradients of q, k, v and of a mask that is added.
 * Takes the options of the call it belongs to. One program on a device that has one: the weights are computed again, not kept.
 * Source: Dao et al. (2022), appendix B.
 */
export function scaledDotProductAttentionVjp<
  Q extends Shape,
  K extends Shape,
  V extends Shape,
  D extends FloatDType,
  M extends Tensor<Shape, "f32" | "bool"> = Tensor<Shape, "f32" | "bool">,
>(
  g: Tensor<NoInfer<Attended<Q, K, V>>, DType>,
  q: Tensor<Q, D>,
  k: Tensor<K, D>,
  v: Tensor<V, D> & Check<Attended<Q, K, V>>,
  options: product.AttentionOptions<M> = {},
): AttentionGradients<Q, K, V, D> {
  const { mask, ...rules } = options;
  const given = mask === undefined ? rules : { ...rules, mask: unwrap(mask) };
  const [dq, dk, dv, dmask] = product.attentionGradients(unwrap(g), unwrap(q), unwrap(k), unwrap(v), given);
  const own = { q: wrap<Q, D>(dq), k: wrap<K, D>(dk), v: wrap<V, D>(dv) };
  return dmask === undefined ? own : { ...own, mask: wrap(dmask) };
}
