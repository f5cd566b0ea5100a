/**
 * Programs that must compile: the shapes written here are what the types must find.
 */
import {
  type AnyTensor,
  arange,
  concat,
  dequantize,
  diag,
  type Dim,
  dim,
  einsum,
  eye,
  linspace,
  ones,
  qmatvec,
  quantize,
  random,
  scaledDotProductAttention,
  scaledDotProductAttentionVjp,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
  zerosLike,
} from "below/tensor";

const B = dim("B", 2);
const T = dim("T", 5);
export const x: Tensor<["B", "T", 128]> = zeros([B, T, 128]);
export const qkv: Tensor<["B", "T", 384]> = x.matmul(zeros([128, 384])).add(zeros([384]));
export const heads: Tensor<["B", 4, "T", 32]> = x.reshape([B, T, 4, 32]).transpose(1, 2);
export const scores: Tensor<["B", 4, "T", "T"]> = heads.matmul(heads.transpose());
export const mixed: Tensor<["B", "T", 128]> = scores.matmul(heads).transpose(1, 2).reshape([B, T, 128]);
export const attended: Tensor<["B", 4, "T", 32]> = scaledDotProductAttention(heads, heads, heads, {
  causal: true,
});

// Sizes read from a shape keep their names.
const [b, t] = x.shape;
export const again: Tensor<["B", "T", 3]> = zeros([b, t, 3]);

// Unknown sizes pass either way, literals pass for names, any rank passes for an unknown one.
export const unknown: Tensor<[number, 128]> = zeros([Math.random() > 0.5 ? 3 : 4, 128]);
export const known: Tensor<[3, 128]> = unknown;
export const named: Tensor<["B", 784]> = zeros([32, 784]);
export const loose: Tensor = named;
export const any: AnyTensor = arange(3, { dtype: "i32" });
export const exact: Tensor<["B", 784]> = loose.as(["B", 784]);

// Generic code: what a chapter exports.
export function softmax<B extends Dim, C extends Dim>(x: Tensor<[B, C]>): Tensor<[B, C]> {
  const e = x.sub(x.max(1, { keepdims: true })).exp();
  return e.div(e.sum(-1, { keepdims: true }));
}
export function linear<B extends Dim, I extends Dim, O extends Dim>(
  x: Tensor<[B, I]>,
  w: Tensor<[I, O]>,
  bias: Tensor<[O]>,
): Tensor<[B, O]> {
  return x.matmul(w).add(bias);
}
export function meanRow<N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[D]> {
  return x.mean(0);
}
export function gram<N extends Dim, D extends Dim>(x: Tensor<[N, D]>): Tensor<[D, D]> {
  return x.T.matmul(x);
}
export function like<N extends Dim>(x: Tensor<[N, 3]>): Tensor<[N, 5]> {
  return zeros([x.shape[0], 5]);
}
export const logits: Tensor<[2, 7]> = linear(zeros([2, 5]), zeros([5, 7]), zeros([7]));
export const probabilities: Tensor<[2, 7]> = softmax(logits);
export const covariance: Tensor<[5, 5]> = gram(zeros([9, 5]));

// Reductions and axes.
export const total: Tensor<[]> = x.sum();
export const perRow: Tensor<["B", 128]> = x.mean(1);
export const kept: Tensor<["B", "T", 1]> = x.max(-1, { keepdims: true });
export const over: Tensor<["T"]> = x.sum([0, -1]);
export const winners: Tensor<["B", "T"], "i32"> = x.argmax(-1);
export const count: Tensor<["B"], "i32"> = x.greater(0).sum([1, 2]);

// Views.
export const swapped: Tensor<[128, "B", "T"]> = x.permute([2, 0, 1]);
export const wider: Tensor<["B", 1, "T", 128]> = x.unsqueeze(1);
export const narrower: Tensor<["B", "T", 128]> = wider.squeeze(1);
export const row: Tensor<["T", 128]> = x.slice(0);
export const column: Tensor<["B", "T"]> = x.slice(":", ":", -1);
export const part: Tensor<["B", number, 128]> = x.slice(":", [1, 3]);
export const backwards: Tensor<["B", "T", 128]> = x.slice(":", [null, null, -1]);
export const repeated: Tensor<[4, 3, 5]> = zeros([3, 1]).broadcastTo([4, 3, 5]);
export const joined: Tensor<[2, number]> = concat([zeros([2, 3]), zeros([2, 5])], 1);
export const stacked: Tensor<[2, 2, 3]> = stack([zeros([2, 3]), ones([2, 3])]);
export const thirds: Tensor<[2, number]>[] = zeros([2, 9]).split(3, -1);

// Selection.
const tokens: Tensor<["B", "T"], "i32"> = tensor([[1, 2]], { dtype: "i32" }).as(["B", "T"]);
export const embedded: Tensor<["B", "T", 64]> = zeros([1000, 64]).take(tokens);
export const picked: Tensor<["B", "T"]> = x.slice(":", ":", 0).gather(tokens, 1);
export const masked: Tensor<["B", 4, "T", "T"]> = where(ones([T, T], { dtype: "bool" }), scores, -Infinity);

// einsum, from its specification.
export const product: Tensor<["B", 5, 7]> = einsum("bij,bjk->bik", zeros([B, 5, 3]), zeros([B, 3, 7]));
export const outer: Tensor<[3, 5]> = einsum("i,j->ij", zeros([3]), zeros([5]));

// Order, and assignment to a part.
export const ordered: Tensor<["B", "T", 128]> = x.sort();
export const positions: Tensor<["B", "T", 128], "i32"> = x.argsort(1, { descending: true });
export const best: Tensor<["B", "T", 5]> = x.topk(5).values;
export const bestOf: Tensor<[3, "T", 128], "i32"> = x.topk(3, 0).indices;
export const filledIn: Tensor<["B", "T", 128]> = x.setSlice(zeros([T, 128]), 0);
export const shuffled: Tensor<[10], "i32"> = random.permutation(10, { seed: 1 });
export const spread: Tensor = einsum("...d,d->...", x, zeros([128]));
export const decoded: Tensor<[50]> = qmatvec(quantize(zeros([50, 64]), "q8"), zeros([64]));
export const restored: Tensor<[50, 64]> = dequantize(quantize(zeros([50, 64]), "q4"));
export const backward: Tensor<["B", 4, "T", 32]> = scaledDotProductAttentionVjp(heads, heads, heads, heads).q;

// Makers.
export const matrix: Tensor<[2, 3]> = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
export const rows: Tensor<[number, number]> = tensor([] as number[][]);
export const flags: Tensor<[2], "bool"> = tensor([true, false]);
export const pixels: Tensor<[28, 28], "u8"> = tensor(new Uint8Array(784), { shape: [28, 28] });
export const identity: Tensor<[3, 3]> = eye(3);
export const diagonal: Tensor<[4, 4]> = diag(linspace(0, 1, 4));
export const noise: Tensor<["B", 3]> = random.normal([B, 3], { seed: 1 });
export const nothing: Tensor<["B", "T"], "i32"> = zerosLike(tokens);

// Dtypes.
export const half: Tensor<[3]> = arange(3, { dtype: "i32" }).div(2);
export const sum: Tensor<[3], "i32"> = arange(3, { dtype: "i32" }).add(tensor([1, 2, 3], { dtype: "u8" }));
export const list: Promise<number[][]> = matrix.tolist();
export const bytes: Promise<Uint8Array> = pixels.data();
