/**
 * Laws that hold for every input: algebra, round trips, one operation by another. Judge: mathematics.
 * Inputs are random but seeded; sizes include 0, 1 and primes.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { dtypes, promote } from "./dtype.ts";
import {
  type AnyTensor,
  concat,
  type DType,
  einsum,
  eye,
  random,
  scaledDotProductAttention,
  stack,
  type Tensor,
  where,
  zeros,
} from "./index.ts";

const shapes: readonly (readonly number[])[] = [[], [1], [7], [3, 5], [5, 1], [2, 3, 5], [0, 3], [2, 0, 5]];
const seeded = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });

async function same(a: AnyTensor, b: AnyTensor, why: string): Promise<void> {
  assert.deepEqual([...a.shape], [...b.shape], `${why}: shapes`);
  assert.deepEqual(await a.data(), await b.data(), why);
}

async function near(a: Tensor, b: Tensor, tolerance: number, why: string): Promise<void> {
  assert.deepEqual([...a.shape], [...b.shape], `${why}: shapes`);
  assert.ok(
    await a.allclose(b, { rtol: tolerance, atol: tolerance }),
    `${why}: ${String(await a.tolist())} vs ${String(await b.tolist())}`,
  );
}

describe.for(shapes.map((shape) => [shape] as const))("for shape %j", ([shape]) => {
  const [x, y] = [seeded(shape, 1), seeded(shape, 2)];

  test("addition and multiplication commute exactly", async () => {
    await same(x.add(y), y.add(x), "x + y = y + x");
    await same(x.mul(y), y.mul(x), "xy = yx");
  });
  test("what is undone is as before", async () => {
    await same(x.neg().neg(), x, "−−x = x");
    await same(
      x
        .reshape([-1, 1].slice(shape.includes(0) ? 2 : 0).concat(shape.includes(0) ? [...shape] : []))
        .reshape(shape),
      x,
      "reshape back",
    );
    await same(x.flip().flip(), x, "flip twice");
    if (shape.length >= 2) await same(x.transpose().transpose(), x, "transpose twice");
    const axes = shape.map((_, i) => (i + 1) % shape.length);
    const inverse = axes.map((_, i) => axes.indexOf(i));
    await same(x.permute(axes).permute(inverse), x, "permute and its inverse");
    await same(
      x.pad(shape.map(() => [1, 2] as const)).slice(...shape.map((n) => [1, 1 + n] as const)),
      x,
      "slice what was padded",
    );
    await same(x.unsqueeze(0).squeeze(0), x, "squeeze what was unsqueezed");
    await near(
      x.exp().log(),
      x,
      2e-6,
      "log exp x = x: one rounding of relative 6e-8 on either side, at |x| < 4",
    );
  });
  test("parts put together are the whole", async () => {
    if (shape.length === 0) return;
    for (let axis = 0; axis < shape.length; axis++) {
      const sizes = shape[axis] === 0 ? [0] : [1, shape[axis] - 1];
      await same(concat(x.split(sizes, axis), axis), x, "concat what was split");
    }
    await same(stack([x, y]).slice(0), x, "slice what was stacked");
  });
  test("a sum over all axes is the sum of the sums, and of the running sum the last", async () => {
    if (shape.length === 0) return;
    await near(
      x.sum(),
      shape.reduce<Tensor>((s) => s.sum(0), x),
      1e-5,
      "f32 roundings of ≤ 30 terms",
    );
    if (!shape.includes(0))
      await near(
        x.cumsum(-1).slice(...shape.slice(1).map(() => ":" as const), -1),
        x.sum(-1),
        1e-6,
        "cumsum",
      );
  });
  test("max is −min of −x, and every order comparison has its mirror", async () => {
    if (!shape.includes(0)) await same(x.max(), x.neg().min().neg(), "max = −min −x");
    await same(x.less(y), y.greater(x), "x < y = y > x");
    await same(x.lessEqual(y), x.greater(y).logicalNot(), "x ≤ y = ¬(x > y)");
    await same(where(x.less(y), y, x), x.maximum(y), "maximum by where");
  });
});

describe("products", () => {
  const [a, b, c] = [seeded([3, 5], 1), seeded([5, 7], 2), seeded([7, 2], 3)];
  test("associate, distribute, and transpose in reverse", async () => {
    await near(
      a.matmul(b).matmul(c),
      a.matmul(b.matmul(c)),
      2e-5,
      "(ab)c = a(bc); sums of 35 terms near 10 round at 1e-6",
    );
    const d = seeded([5, 7], 4);
    await near(a.matmul(b.add(d)), a.matmul(b).add(a.matmul(d)), 1e-5, "a(b + d) = ab + ad");
    await same(
      a.matmul(b).transpose(),
      b.transpose().matmul(a.transpose()),
      "(ab)ᵀ = bᵀaᵀ, exactly: the reference rounds once",
    );
    await same(a.matmul(eye(5)), a, "a·1 = a");
  });
  test("einsum, matmul and a sum of products are one thing", async () => {
    await same(einsum("ij,jk->ik", a, b), a.matmul(b), "einsum");
    await near(a.unsqueeze(2).mul(b.unsqueeze(0)).sum(1), a.matmul(b), 1e-5, "by hand");
    await same(einsum("ij->ji", a), a.transpose(), "einsum transposes");
  });
  test("attention is softmax(qkᵀ/√d)v, and a causal one does not look ahead", async () => {
    const [q, k, v] = [seeded([2, 5, 4], 5), seeded([2, 5, 4], 6), seeded([2, 5, 3], 7)];
    const scores = q.matmul(k.transpose()).div(2);
    const powers = scores.sub(scores.max(-1, { keepdims: true })).exp();
    const weights = powers.div(powers.sum(-1, { keepdims: true }));
    await near(scaledDotProductAttention(q, k, v), weights.matmul(v), 1e-6, "by hand");
    const changed = v.mul(where(eye(5).sum(0).cumsum(0).reshape([5, 1]).greater(4), 9, 1));
    const early = (y: Tensor): Tensor => y.slice(":", [0, 4]);
    const [before, after] = [v, changed].map((w) => scaledDotProductAttention(q, k, w, { causal: true }));
    await same(early(before), early(after), "the last value changes only the last result");
    assert.ok(!(await before.allclose(after)));
  });
});

test("gather reads what scatterAdd wrote: the two are transposes", async () => {
  const index = random.randint(0, 5, [11], { seed: 1 });
  const [x, u] = [seeded([5, 3], 2), seeded([11, 3], 3)];
  const left = x.take(index).mul(u).sum();
  const right = x.mul(zeros([5, 3]).scatterAdd(index, u)).sum();
  await near(left, right, 1e-5, "⟨take(x), u⟩ = ⟨x, scatterAdd(u)⟩: what makes one the vjp of the other");
});

test("triangles: tril + triu − diagonal is the whole", async () => {
  const x = seeded([2, 4, 4], 1);
  await same(x.tril().add(x.triu(1)), x, "lower + strictly upper");
  await same(x.tril().transpose(), x.transpose().triu(), "transposed");
});

test("promotion is symmetric, associative where it is defined, and idempotent", () => {
  const meet = (a: DType | null, b: DType | null): DType | null => {
    if (a === null || b === null) return null;
    try {
      return promote("law", a, b);
    } catch {
      return null;
    }
  };
  for (const a of dtypes)
    for (const b of dtypes) {
      assert.equal(meet(a, b), meet(b, a), `${a} ${b}`);
      assert.equal(meet(a, a), a);
      for (const c of dtypes) {
        const [left, right] = [meet(meet(a, b), c), meet(a, meet(b, c))];
        if (left !== null && right !== null) assert.equal(left, right, `${a} ${b} ${c}`);
      }
    }
});
