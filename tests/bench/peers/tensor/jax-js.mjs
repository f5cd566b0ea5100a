/** jax-js on its WebAssembly backend, jitted. In Node it has one thread: there is no global Worker. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { batch, configs, initial } from "../../gpt/train.ts";
import { indices, numbers, sampled } from "./numbers.mjs";

await init("wasm");
defaultDevice("wasm");

const floats = (shape, salt) => np.array(numbers(shape.reduce((a, b) => a * b, 1), salt)).reshape(shape);

function normed(x, scale, shift) {
  const off = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const spread = np.sqrt(np.mean(off.ref.mul(off.ref), -1, { keepdims: true }).add(1e-5));
  return off.div(spread).mul(scale).add(shift);
}

/** The function and its inputs, which every call gets by reference. */
function make(task) {
  switch (task.kind) {
    case "matmul":
      return [(a, b) => np.matmul(a, b), [floats([task.n, task.n], 1), floats([task.n, task.n], 2)]];
    case "softmax":
      return [(x) => nn.softmax(x, -1), [floats([task.rows, task.columns], 1)]];
    case "layernorm":
      return [normed, [floats([task.rows, task.columns], 1), floats([task.columns], 2), floats([task.columns], 3)]];
    case "gelu":
      return [(x) => nn.gelu(x, { approximate: false }), [floats([task.n], 1)]];
    case "gather": {
      const index = np.array(indices(task.n, 2, task.rows), { dtype: np.int32 });
      return [(x, i) => np.take(x, i, 0), [floats([task.rows, task.columns], 1), index]];
    }
    default:
      throw new Error(`${task.kind} is not asked of jax-js`);
  }
}

export async function prepare(task) {
  if (task.kind === "train") return train(configs[task.config]);
  const [f, inputs] = make(task);
  const compiled = jit(f);
  const call = () => compiled(...inputs.map((x) => x.ref));
  return {
    run: async () => {
      const y = call();
      await blockUntilReady(y);
      y.dispose();
    },
    sample: async () => sampled(await call().data()),
    dispose: () => inputs.forEach((x) => x.dispose()),
  };
}

/** The GPT of ../../gpt/model.ts, with one-hot products for its embedding: jax-js has no gradient of a gather that is faster. */
async function train(config) {
  const { layers, width, heads, length, batch: size, vocabulary } = config;
  const names = [...initial(config).keys()];
  const start = await Promise.all([...initial(config).values()].map(async (x) => np.array(await x.data()).reshape([...x.shape])));
  const zeros = () => Object.fromEntries(names.map((n, i) => [n, np.zeros([...start[i].shape])]));
  let state = [Object.fromEntries(names.map((n, i) => [n, start[i]])), zeros(), zeros()];

  const linear = (x, p, name) => np.matmul(x, p[`${name}.weight`].ref).add(p[`${name}.bias`].ref);
  const norm = (x, p, name) => normed(x, p[`${name}.scale`].ref, p[`${name}.shift`].ref);
  const attend = (x, p, i) => {
    const parts = np.split(linear(x, p, `${i}.qkv`), 3, -1).map((part) => part.reshape([size, length, heads, width / heads]));
    const y = nn.dotProductAttention(...parts, { isCausal: true });
    return linear(y.reshape([size * length, width]), p, `${i}.mix`);
  };
  const lossOf = (p, tokens, targets) => {
    let x = np.matmul(tokens, p.tokens.ref).reshape([size, length, width]).add(p.positions.ref).reshape([size * length, width]);
    for (let i = 0; i < layers; i++) {
      x = x.ref.add(attend(norm(x, p, `${i}.norm1`), p, i));
      x = x.ref.add(linear(nn.gelu(linear(norm(x, p, `${i}.norm2`), p, `${i}.up`), { approximate: false }), p, `${i}.down`));
    }
    const logits = np.matmul(norm(x, p, "norm"), p["head.weight"].ref);
    tree.dispose(p);
    return nn.logSoftmax(logits, -1).mul(targets).sum().mul(-1 / (size * length));
  };
  const adam = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01 };
  const update = jit((p, m, v, tokens, targets, c1, c2) => {
    const [loss, g] = valueAndGrad(lossOf)(tree.ref(p), tokens, targets);
    const [p2, m2, v2] = [{}, {}, {}];
    for (const n of names) {
      m2[n] = m[n].mul(adam.beta1).add(g[n].ref.mul(1 - adam.beta1));
      v2[n] = v[n].mul(adam.beta2).add(g[n].ref.mul(g[n]).mul(1 - adam.beta2));
      const mean = m2[n].ref.mul(c1.ref);
      const spread = np.sqrt(v2[n].ref.mul(c2.ref)).add(adam.epsilon);
      p2[n] = p[n].mul(1 - adam.rate * adam.decay).sub(mean.div(spread).mul(adam.rate));
    }
    c1.dispose();
    c2.dispose();
    return [loss, p2, m2, v2];
  });
  const oneHot = async (x) => {
    const index = await x.flatten().data();
    const rows = new Float32Array(index.length * vocabulary);
    index.forEach((token, row) => (rows[row * vocabulary + token] = 1));
    return np.array(rows).reshape([index.length, vocabulary]);
  };
  const batches = [];
  for (let n = 0; n < 4; n++) {
    const { tokens, targets } = batch(config, n);
    batches.push([await oneHot(tokens), await oneHot(targets)]);
  }
  let done = 0;
  const step = async () => {
    const [tokens, targets] = batches[done++ % 4];
    const corrections = [adam.beta1, adam.beta2].map((beta) => np.array(1 / (1 - beta ** done)));
    const [loss, ...next] = update(...state, tokens.ref, targets.ref, ...corrections);
    state = next;
    await blockUntilReady(state);
    return (await loss.data())[0];
  };
  return {
    run: step,
    sample: async () => [await step(), await step(), await step(), await step()],
    dispose: () => tree.dispose(state),
  };
}
