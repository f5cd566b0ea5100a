/**
 * Training the small GPT: parameters and batches that are functions of seeds (so that PyTorch can make the same), AdamW, one jitted step.
 */
import { type AnyTensor, jit, ones, random, type Tensor, tensor, zeros } from "../../../tensor/index.ts";
import { type Config, lossOf, parameterShapes, type Parameters } from "./model.ts";
import { gradients } from "./vjp.ts";

/** The sizes that are measured, and one that the reference device can train in a test. */
export const configs = {
  tiny: { layers: 2, width: 32, heads: 2, length: 16, batch: 4, vocabulary: 65 },
  "GPT-128": { layers: 4, width: 128, heads: 4, length: 64, batch: 16, vocabulary: 65 },
  "GPT-384": { layers: 6, width: 384, heads: 6, length: 256, batch: 8, vocabulary: 65 },
} as const satisfies Readonly<Record<string, Config>>;

/** AdamW as PyTorch's defaults, but for the rate. Source: Loshchilov and Hutter (2019). */
const adam = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 } as const;

/** Different batches; step n learns number n mod 4, so that a few steps already learn something. */
const batches = 4;

export interface Trainer {
  readonly parameters: Parameters;
  /** One step of AdamW on the next batch; gives the loss before it. */
  step(): Tensor<[]>;
}

export type Jit = typeof jit;

/** `compile`: jit, or a function that leaves the step eager. */
export function trainer(config: Config, compile: Jit = jit): Trainer {
  const parameters = initial(config);
  const names = [...parameters.keys()];
  const [first, second] = [0, 1].map(
    () => new Map(names.map((n) => [n, zeros([...parameters.get(n)!.shape]) as Tensor])),
  );
  const learn = compile((tokens: Indices, targets: Indices, corrections: Tensor<[2]>) => {
    const loss = lossOf(config, parameters, tokens, targets);
    const found = gradients(
      loss,
      names.map((n) => parameters.get(n)!),
    );
    for (const [i, n] of names.entries())
      update(parameters.get(n)!, first.get(n)!, second.get(n)!, found[i], corrections);
    return loss;
  });
  let done = 0;
  return {
    parameters,
    step() {
      const { tokens, targets } = batch(config, done % batches);
      done++;
      const correction = [adam.beta1, adam.beta2].map((beta) => 1 / (1 - beta ** done));
      return learn(tokens, targets, tensor(correction, { shape: [2] }));
    },
  };
}

type Indices = Tensor<[number, number], "i32">;

function update(p: Tensor, m: Tensor, v: Tensor, g: Tensor, corrections: Tensor<[2]>): void {
  const { rate, beta1, beta2, epsilon, decay } = adam;
  m.assign(m.mul(beta1).add(g.mul(1 - beta1)));
  v.assign(v.mul(beta2).add(g.square().mul(1 - beta2)));
  const mean = m.mul(corrections.slice(0));
  const spread = v.mul(corrections.slice(1)).sqrt().add(epsilon);
  p.assign(p.mul(1 - rate * decay).sub(mean.div(spread).mul(rate)));
}

/** Scales 1, shifts and biases 0, all else Gaussian of deviation 0.02 with the place in the list as its seed. */
export function initial(config: Config): Parameters {
  const shapes = [...parameterShapes(config)];
  const make = (name: string, shape: readonly number[], seed: number): AnyTensor => {
    if (name.endsWith(".scale")) return ones(shape);
    if (name.endsWith(".shift") || name.endsWith(".bias")) return zeros(shape);
    return random.normal(shape, { seed, std: 0.02 });
  };
  return new Map(shapes.map(([name, shape], seed) => [name, make(name, shape, seed) as Tensor]));
}

/** Tokens and the ones that follow them: [B, T] each, of uniformly drawn text. */
export function batch(
  { batch: b, length, vocabulary }: Config,
  n: number,
): { tokens: Indices; targets: Indices } {
  const text = random.randint(0, vocabulary, [b, length + 1], { seed: 1000 + n });
  return { tokens: text.slice(":", [0, length]), targets: text.slice(":", [1, null]) };
}
