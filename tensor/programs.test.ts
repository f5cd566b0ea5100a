/**
 * How many programs an expression becomes on the Wasm device, and that they compute the same as the reference.
 * Nothing is fused by name, so beside the expressions that matter most there are some that nobody has thought of.
 */
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type AnyTensor, concat, device, jit, random, type Tensor, tensor, where, zeros } from "./index.ts";
import { session } from "./session.ts";

let before: Awaited<ReturnType<typeof device>>;
beforeAll(async () => {
  before = await device();
  await device("wasm");
});
afterAll(() => device(before.name));

const wasm = {
  stats: () => (session.device as unknown as { readonly stats: () => { readonly compiled: number } }).stats(),
};
const keep = { keepdims: true } as const;
const x = (...shape: number[]): Tensor => random.normal(shape, { seed: shape.length + shape[0] });

/** Programs that run when a jitted f is called again: what only the first call does is not counted. */
function programsOf(f: (...args: readonly Tensor[]) => unknown, args: readonly Tensor[]): number {
  const step = jit(f);
  step(...args);
  let count = 0;
  session.device.observe(() => count++);
  step(...args);
  session.device.observe(undefined);
  return count;
}

async function agrees(f: (...args: readonly Tensor[]) => unknown, args: readonly Tensor[]): Promise<void> {
  const lists = await Promise.all(args.map((a) => a.data()));
  const again = (): readonly Tensor[] => lists.map((data, i) => tensor(data, { shape: [...args[i].shape] }));
  const results = async (): Promise<readonly Float32Array[]> => {
    const out = f(...again());
    const list = (Array.isArray(out) ? out : [out]) as readonly AnyTensor[];
    return Promise.all(list.map(async (t) => Float32Array.from(await t.data())));
  };
  const got = await results();
  await device("reference");
  const want = await results();
  await device("wasm");
  for (const [k, w] of want.entries())
    for (const [i, y] of w.entries())
      assert.ok(
        Object.is(got[k][i], y) || Math.abs(got[k][i] - y) <= 2e-5 * Math.max(1, Math.abs(y)),
        `${k} at ${i}: want ${y}, got ${got[k][i]}`,
      );
}

const softmax = (a: Tensor): Tensor => {
  const e = a.sub(a.max(-1, keep)).exp();
  return e.div(e.sum(-1, keep));
};
const logSoftmax = (a: Tensor): Tensor => {
  const off = a.sub(a.max(-1, keep));
  return off.sub(off.exp().sum(-1, keep).log());
};
const layerNorm = (a: Tensor, scale: Tensor, shift: Tensor): Tensor => {
  const off = a.sub(a.mean(-1, keep));
  return off.div(off.square().mean(-1, keep).add(1e-5).sqrt()).mul(scale).add(shift);
};
const rmsNorm = (a: Tensor, scale: Tensor): Tensor =>
  a.div(a.square().mean(-1, keep).add(1e-6).sqrt()).mul(scale);
const gelu = (a: Tensor): Tensor => a.mul(a.div(Math.SQRT2).erf().add(1)).mul(0.5);
const adamW = (p: Tensor, m0: Tensor, v0: Tensor, g: Tensor): readonly Tensor[] => {
  const m = m0.mul(0.9).add(g.mul(0.1));
  const v = v0.mul(0.999).add(g.square().mul(0.001));
  return [m, v, p.mul(0.999).sub(m.div(v.sqrt().add(1e-8)).mul(1e-3))];
};

type Case = readonly [
  name: string,
  programs: number,
  f: (...args: readonly Tensor[]) => unknown,
  shapes: readonly (readonly number[])[],
];

const cases: readonly Case[] = [
  ["softmax", 1, (a) => softmax(a), [[33, 65]]],
  ["softmax down the columns", 1, (a) => softmax(a.T).T, [[33, 65]]],
  ["softmax of one column", 1, (a) => softmax(a), [[7, 1]]],
  ["softmax of long rows", 1, (a) => softmax(a), [[3, 5000]]],
  ["log-softmax", 1, (a) => logSoftmax(a), [[17, 10]]],
  [
    "cross-entropy by a one-hot mask",
    1,
    (a, hot) => logSoftmax(a).mul(hot).sum(-1).neg(),
    [
      [17, 10],
      [17, 10],
    ],
  ],
  [
    "cross-entropy's mean",
    2,
    (a, hot) => logSoftmax(a).mul(hot).sum(-1).mean().neg(),
    [
      [17, 10],
      [17, 10],
    ],
  ],
  ["layernorm", 1, layerNorm, [[13, 384], [384], [384]]],
  ["layernorm of prime sizes", 1, layerNorm, [[5, 7], [7], [7]]],
  ["RMS norm", 1, rmsNorm, [[4, 6, 31], [31]]],
  ["GELU", 1, (a) => gelu(a), [[1000]]],
  ["AdamW: three results", 1, adamW, [[37], [37], [37], [37]]],
  ["product, bias, GELU", 1, (a, b, c) => gelu(a.matmul(b).add(c)), [[9, 8], [8, 12], [12]]],
  [
    "product and residual",
    1,
    (a, b, r) => a.matmul(b).add(r),
    [
      [2, 5, 8],
      [8, 8],
      [2, 5, 8],
    ],
  ],
  [
    "products through views",
    1,
    (a, b) => a.T.matmul(b.T),
    [
      [7, 9],
      [11, 7],
    ],
  ],
  ["variance", 1, (a) => a.var(-1), [[6, 50]]],
  ["variance over the middle", 1, (a) => a.std(1), [[3, 40, 9]]],
  [
    "several statistics of one row",
    1,
    (a) => [a.mean(-1, keep).add(a.max(-1, keep)).add(a.min(-1, keep))],
    [[8, 77]],
  ],
  ["views alone", 1, (a) => a.reshape([4, 3, 5]).permute([2, 0, 1]).flip(1).slice(":", [1, 3]), [[12, 5]]],
  [
    "concat of two expressions",
    1,
    (a, b) => concat([a.add(1), b.mul(2)], 1),
    [
      [4, 3],
      [4, 6],
    ],
  ],
  [
    "an embedding and its position",
    1,
    (table, p) =>
      table
        .take(
          tensor(
            [
              [1, 4],
              [0, 2],
            ],
            { dtype: "i32" },
          ),
        )
        .add(p),
    [
      [5, 16],
      [2, 16],
    ],
  ],
  ["a large sum: parts, then their sum", 2, (a) => a.sum(), [[200_003]]],
  [
    "dropout by random bits",
    1,
    (a) => where(random.uniform([40, 8], { seed: 3 }).less(0.5), a, 0).mul(2),
    [[40, 8]],
  ],
  // Held out: made up for this test.
  [
    "a log-sum-exp of a sine plus a norm",
    1,
    (a) => a.sin().exp().sum(-1, keep).log().add(a.square().sum(-1, keep).sqrt()).mul(a),
    [[11, 29]],
  ],
  [
    "centred, clipped, scaled by its largest",
    1,
    (a) => {
      const c = a.sub(a.mean(0, keep)).clip(-1, 1);
      return c.div(c.abs().max(0, keep));
    },
    [[19, 23]],
  ],
  ["a polynomial in a transposed tensor", 1, (a) => a.T.square().mul(a.T).sub(a.T), [[6, 14]]],
  [
    "a ratio of two row sums, spread",
    1,
    (a, b) => a.mul(a.sum(-1, keep).div(b.square().sum(-1, keep).add(1))),
    [
      [5, 13],
      [5, 13],
    ],
  ],
  [
    "the least of a shifted exponential, twice",
    1,
    (a) => {
      const e = a.add(0.25).exp();
      const l = e.sub(e.min(-1, keep));
      return l.div(l.max(-1, keep).add(1));
    },
    [[4, 101]],
  ],
];

describe.for(cases.map((c) => [c[0], c] as const))("%s", ([, [, programs, f, shapes]]) => {
  const args = shapes.map((s) => x(...s));
  test(`is ${programs} program${programs === 1 ? "" : "s"}`, () =>
    assert.equal(programsOf(f, args), programs));
  test("computes what the reference computes", () => agrees(f, args));
});

test("what two results share is computed once, and kept if another program needs it", () => {
  const f = (a: Tensor, b: Tensor): readonly Tensor[] => {
    const y = a.matmul(b);
    return [y.exp(), y.sum(0)];
  };
  assert.equal(programsOf(f as Case[2], [x(8, 4), x(4, 8)]), 2);
});

test("another number beside a tensor is no other program", async () => {
  const { compiled } = wasm.stats();
  const a = x(50);
  const once = await a.mul(3.25).add(7).data();
  const more = wasm.stats().compiled - compiled;
  const again = await a.mul(-2).add(0.125).data();
  assert.equal(wasm.stats().compiled - compiled, more);
  assert.ok(once[3] !== again[3]);
});

test("a long chain is cut, not refused", () => {
  const f = (a: Tensor): Tensor => Array.from({ length: 400 }).reduce<Tensor>((y) => y.mul(0.5).add(1), a);
  const count = programsOf(f, [zeros([16])]);
  assert.ok(count > 1 && count < 20, `${count}`);
});
