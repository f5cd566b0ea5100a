/** Each vjp against differences: ⟨∂f, d⟩ ≈ (f(x + hd) − f(x − hd))/2h along random directions d. Judge: the definition of a derivative. */
import assert from "node:assert/strict";
import { test } from "vitest";
import {
  concat,
  einsum,
  quantize,
  qmatvec,
  random,
  scaledDotProductAttention,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../../tensor/index.ts";
import { gradients } from "./vjp.ts";

type F = Tensor;
const f = (x: unknown): F => x as F;
const index = tensor([2, 0, 2], { dtype: "i32" });

/** Functions of x [3, 4] (positive, none alike) and y [4, 2]; each has the primitive it is named for. */
const functions: Readonly<Record<string, (x: F, y: F) => F>> = {
  neg: (x) => x.neg(),
  "exp expm1": (x) => f(x.exp().add(x.expm1())),
  "log log1p sqrt": (x) => f(x.log().add(x.log1p()).add(x.sqrt())),
  "sin cos": (x) => f(x.sin().mul(x.cos())),
  "tanh erf": (x) => f(x.tanh().add(x.erf())),
  abs: (x) => x.sub(1.3).abs(),
  "add sub expand": (x) => f(x.add(x.slice(0)).sub(x.slice(":", [0, 1]))),
  "mul div": (x) => f(x.mul(x.flip()).div(x.add(1))),
  pow: (x) => f(x.pow(x.flip())),
  mod: (x) => f(x.mod(x.flip())),
  "maximum minimum": (x) => f(x.maximum(x.flip()).mul(x.minimum(0.9))),
  where: (x) =>
    f(where(x.greater(1) as Tensor<[3, 4], "bool">, x.square() as Tensor<[3, 4]>, x as Tensor<[3, 4]>)),
  "sum mean": (x) => f(x.sum(0).mul(x.mean(0))),
  prod: (x) => f(x.prod(1)),
  "prod with a zero": (x) => f(x.setSlice(0, 1, 2).prod(1)),
  "max min": (x) => f(x.max(1).mul(x.min(1))),
  cumsum: (x) => f(x.cumsum(1).square()),
  "reshape permute": (x) => f(x.reshape([2, 3, 2]).permute([2, 0, 1]).square()),
  pad: (x) =>
    f(
      x
        .pad(
          [
            [1, 0],
            [0, 2],
          ],
          3,
        )
        .square(),
    ),
  slice: (x) => f(x.slice([null, null, -2], [1, 4, 2]).square()),
  setSlice: (x) => f(x.setSlice(x.slice(0, [0, 2]).square(), 1, [3, 1, -1]).square()),
  "concat split": (x) => f(concat([x, x.square()] as never, 1).cumsum(1)),
  "gather take": (x) => f(x.take(index).square()),
  scatterAdd: (x) => f(x.scatterAdd(index, x.square() as Tensor<[number, number]>).square()),
  "gather along an axis": (x) => f(x.gather(x.argsort(1), 1).square()),
  "sort topk": (x) => f(x.sort(1).mul(2).add(x.topk(1, 1).values).square()),
  matmul: (x, y) => f(x.matmul(y).square()),
  "matmul, batched": (x, y) => f(x.reshape([3, 1, 4]).matmul(y.square()).square()),
  einsum: (x, y) => f(einsum("ij,jk->ki", x, y)).square(),
  attention: (x, y) => scaledDotProductAttention(x, f(y.T.mul(2)), y.T, { causal: true }),
  "attention with a mask": (x, y) => scaledDotProductAttention(x, y.T, y.T, { mask: x.slice(":", [0, 2]) }),
  cast: (x) => f(x.cast("f32").square()),
  softmax: (x) => {
    const e = x.sub(x.max(1, { keepdims: true })).exp();
    return f(e.div(e.sum(1, { keepdims: true })));
  },
};

const step = 2 ** -6;

test.for(Object.entries(functions))("%s", async ([name, of]) => {
  const x = f(random.uniform([3, 4], { seed: 11, low: 0.4, high: 1.9 }));
  const y = f(random.normal([4, 2], { seed: 12 }));
  const weights = f(random.normal([...of(x, y).shape], { seed: 13 }));
  const loss = (a: F, b: F): Tensor<[]> => of(a, b).mul(weights).sum() as Tensor<[]>;
  const [dx, dy] = gradients(loss(x, y), [x, y]);
  for (let seed = 20; seed < 23; seed++) {
    const [u, v] = [f(random.normal([3, 4], { seed })), f(random.normal([4, 2], { seed: seed + 50 }))];
    const along = await dx.mul(u).sum().add(dy.mul(v).sum()).item();
    // Richardson's two steps: the error is of order h⁴, and f32 rounds the difference by about 1e-7/h.
    const difference = async (h: number): Promise<number> => {
      const at = (s: number): Promise<number> => loss(f(x.add(u.mul(s * h))), f(y.add(v.mul(s * h)))).item();
      return ((await at(1)) - (await at(-1))) / (2 * h);
    };
    const want =
      name === "abs" || /max|mod|where|sort|along/.test(name)
        ? await difference(2 ** -10)
        : (4 * (await difference(step / 2)) - (await difference(step))) / 3;
    const size = await dx.abs().sum().add(dy.abs().sum()).item();
    assert.ok(Math.abs(along - want) <= 2e-3 * (1 + size), `want ${want}, got ${along}`);
  }
});

test("ties share the gradient of a maximum, and what a loss does not use has gradient 0", async () => {
  const x = f(tensor([2, 2, 1]));
  const [dx, unused] = gradients(x.max() as Tensor<[]>, [x, f(zeros([2]))]);
  assert.deepEqual(await dx.tolist(), [0.5, 0.5, 0]);
  assert.deepEqual(await unused.tolist(), [0, 0]);
});

test("a quantised product's gradient is that of the matrix that it stands for", async () => {
  const weights = quantize(random.normal([5, 32], { seed: 1 }), "q8");
  const x = random.normal([32], { seed: 2 });
  const g = random.normal([5], { seed: 3 });
  const [dx] = gradients(qmatvec(weights, x).mul(g).sum(), [f(x)]);
  const rows = weights.quants.cast("f32").mul(weights.scales.cast("f32"));
  assert.ok(await dx.allclose(f(g.matmul(rows as never)), { rtol: 1e-5, atol: 1e-5 }));
});

test("a loss that is not one number is refused", () => {
  assert.throws(
    () => gradients(zeros([2]) as never, []),
    /gradients: want a single number, got Tensor f32\[2\]; try mean\(\)/,
  );
});
