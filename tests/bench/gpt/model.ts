/**
 * A GPT as plain functions of named parameters: token and position embeddings, blocks of causal attention and a 4× MLP with exact GELU, each behind a
 * layer norm, and an untied head. Letters: B batch, T tokens, C width, H heads, V vocabulary. Source: Radford et al. (2019), in nanoGPT's layout.
 */
import { scaledDotProductAttention, type Tensor } from "../../../tensor/index.ts";

export interface Config {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Tokens of a sequence. */
  readonly length: number;
  readonly batch: number;
  readonly vocabulary: number;
}

/** Shapes by name, in the order in which seeds are given. */
export function parameterShapes({
  layers,
  width: c,
  length,
  vocabulary,
}: Config): ReadonlyMap<string, readonly number[]> {
  const block = (i: number): readonly (readonly [string, readonly number[]])[] => [
    [`${i}.norm1.scale`, [c]],
    [`${i}.norm1.shift`, [c]],
    [`${i}.qkv.weight`, [c, 3 * c]],
    [`${i}.qkv.bias`, [3 * c]],
    [`${i}.mix.weight`, [c, c]],
    [`${i}.mix.bias`, [c]],
    [`${i}.norm2.scale`, [c]],
    [`${i}.norm2.shift`, [c]],
    [`${i}.up.weight`, [c, 4 * c]],
    [`${i}.up.bias`, [4 * c]],
    [`${i}.down.weight`, [4 * c, c]],
    [`${i}.down.bias`, [c]],
  ];
  return new Map([
    ["tokens", [vocabulary, c]],
    ["positions", [length, c]],
    ...Array.from({ length: layers }, (_, i) => block(i)).flat(),
    ["norm.scale", [c]],
    ["norm.shift", [c]],
    ["head.weight", [c, vocabulary]],
  ]);
}

/** By name. */
export type Parameters = ReadonlyMap<string, Tensor>;
type Indices = Tensor<[number, number], "i32">;

/** Mean cross-entropy in nats of the next tokens. tokens, targets: [B, T]. */
export function lossOf(
  config: Config,
  parameters: Parameters,
  tokens: Indices,
  targets: Indices,
): Tensor<[]> {
  const logits = logitsOf(config, parameters, tokens);
  const shifted = logits.sub(logits.max(-1, { keepdims: true }));
  const total = shifted.exp().sum(-1, { keepdims: true }).log();
  const wanted = shifted.gather(targets.reshape([-1, 1]), 1);
  return total.sub(wanted as Tensor).mean() as Tensor<[]>;
}

/** [B·T, V]. */
function logitsOf(config: Config, parameters: Parameters, tokens: Indices): Tensor {
  const { layers, width, length, batch } = config;
  const of = (name: string): Tensor => parameters.get(name)!;
  let x = of("tokens")
    .take(tokens)
    .add(of("positions"))
    .reshape([batch * length, width]) as Tensor;
  for (let i = 0; i < layers; i++) {
    x = x.add(attend(config, normed(x, of, `${i}.norm1`), of, i));
    const inner = gelu(linear(normed(x, of, `${i}.norm2`), of, `${i}.up`));
    x = x.add(linear(inner, of, `${i}.down`));
  }
  return normed(x, of, "norm").matmul(of("head.weight"));
}

type Of = (name: string) => Tensor;

function attend({ batch, length, width, heads }: Config, x: Tensor, of: Of, i: number): Tensor {
  const parts = linear(x, of, `${i}.qkv`)
    .reshape([batch, length, 3, heads, width / heads])
    .permute([2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((part) => parts.slice(part) as Tensor);
  const y = scaledDotProductAttention(q, k, v, { causal: true });
  return linear(y.transpose(1, 2).reshape([batch * length, width]), of, `${i}.mix`);
}

function linear(x: Tensor, of: Of, name: string): Tensor {
  return x.matmul(of(`${name}.weight`)).add(of(`${name}.bias`));
}

/** ε = 1e-5, as PyTorch's. */
function normed(x: Tensor, of: Of, name: string): Tensor {
  const off = x.sub(x.mean(-1, { keepdims: true }));
  const spread = off.square().mean(-1, { keepdims: true }).add(1e-5).sqrt();
  return off
    .div(spread)
    .mul(of(`${name}.scale`))
    .add(of(`${name}.shift`));
}

function gelu(x: Tensor): Tensor {
  return x.mul(0.5).mul(x.div(Math.SQRT2).erf().add(1));
}
