/**
 * Sorting, assignment to a part, quantised weights, ellipses: what they promise beyond NumPy's numbers (oracle.test.ts). Judges: laws and short text.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import {
  type AnyTensor,
  dequantize,
  einsum,
  qmatvec,
  quantize,
  random,
  scaledDotProductAttentionVjp,
  type Tensor,
  tensor,
  zeros,
} from "./index.ts";

const x = random.normal([3, 7], { seed: 1 });

describe("order", () => {
  test("sorting is idempotent, keeps the elements, and is what argsort says", async () => {
    const sorted = x.sort();
    assert.deepEqual(await sorted.sort().data(), await sorted.data());
    assert.deepEqual(await x.gather(x.argsort(), 1).data(), await sorted.data());
    assert.deepEqual(
      await sorted.flip(1).data(),
      await x.sort(1, { descending: true }).data(),
      "no ties in x",
    );
    const inverse = x.argsort().argsort();
    assert.deepEqual(await sorted.gather(inverse, 1).data(), await x.data(), "argsort of argsort undoes it");
  });
  test("topk of all is the descending order, of one the maximum", async () => {
    assert.deepEqual(await x.topk(7).values.data(), await x.sort(-1, { descending: true }).data());
    assert.deepEqual(await x.topk(1).values.squeeze(1).data(), await x.max(1).data());
    assert.deepEqual(await x.topk(1, 0).indices.squeeze(0).data(), await x.argmax(0).data());
  });
  test("a permutation has every number once, and is a function of its seed", async () => {
    const p = random.permutation(1000, { seed: 5 });
    assert.deepEqual(
      await p.sort().data(),
      Int32Array.from({ length: 1000 }, (_, i) => i),
    );
    assert.deepEqual(await p.data(), await random.permutation(1000, { seed: 5 }).data());
    assert.notDeepEqual(await p.data(), await random.permutation(1000, { seed: 6 }).data());
    assert.equal(random.permutation(0, { seed: 1 }).size, 0);
  });
  test("the first place of a permutation is anyone's: 5 of 5 values in 500 seeds, none above 1.6 times its share", async () => {
    const firsts = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < 500; seed++) firsts[(await random.permutation(5, { seed }).data())[0]]++;
    // Binomial(500, 1/5): mean 100, deviation 9; six deviations.
    for (const n of firsts) assert.ok(Math.abs(n - 100) < 54, String(firsts));
  });
});

describe("setSlice", () => {
  test("is read back by slice, changes nothing else, and leaves x alone", async () => {
    const before = await x.data();
    const y = x.setSlice(9, [0, 2], [1, null, 3]);
    assert.deepEqual(await y.slice([0, 2], [1, null, 3]).tolist(), [
      [9, 9],
      [9, 9],
    ]);
    assert.equal(await y.notEqual(x).sum().item(), 4);
    assert.deepEqual(await x.data(), before);
  });
  test("of nothing is nothing, of everything is the value", async () => {
    assert.deepEqual(await x.setSlice(1, [1, 1]).data(), await x.data());
    assert.deepEqual(
      await zeros([2, 3])
        .setSlice(tensor([1, 2, 3]))
        .tolist(),
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
  });
});

describe("quantised weights", () => {
  const w = random.normal([5, 96], { seed: 2 });
  test.for(["q8", "q4"] as const)("%s: what it can hold exactly comes back exactly", async (format) => {
    // Whole multiples of a scale that f16 holds; the block's extreme has the full magnitude.
    const most = format === "q8" ? 127 : -8;
    const whole = random.randint(format === "q8" ? -127 : -8, format === "q8" ? 128 : 8, [4, 32], {
      seed: 3,
    });
    const exact = whole.cast("f32").setSlice(most, ":", 0).mul(0.25);
    assert.deepEqual(await dequantize(quantize(exact, format)).data(), await exact.data());
  });
  test.for([
    ["q8", 1 / 254],
    ["q4", 1 / 8],
  ] as const)("%s is within its stated share of the block's largest", async ([format, share]) => {
    const blocks = (t: Tensor): Tensor => t.reshape([5, 3, 32]);
    const off = blocks(dequantize(quantize(w, format)).sub(w))
      .abs()
      .max(2);
    // f16 rounds the scale by at most 2⁻¹¹, which a full-sized element shows in full.
    const bound = blocks(w)
      .abs()
      .max(2)
      .mul(share + 2 ** -11);
    assert.ok(await off.lessEqual(bound).all().item());
  });
  test("qmatvec is exact where 8 bits hold the vector", async () => {
    const v = random.randint(-127, 128, [96], { seed: 4 }).cast("f32").setSlice(127, [0, null, 32]);
    for (const format of ["q8", "q4"] as const) {
      const weights = quantize(w, format);
      assert.ok(
        await qmatvec(weights, v).allclose(dequantize(weights).matmul(v), { rtol: 1e-6, atol: 1e-4 }),
        format,
      );
    }
  });
  test("a block of zeros is zeros", async () => {
    for (const format of ["q8", "q4"] as const) {
      assert.deepEqual(await dequantize(quantize(zeros([1, 32]), format)).data(), new Float32Array(32));
      assert.deepEqual(await qmatvec(quantize(w, format), zeros([96])).data(), new Float32Array(5));
    }
  });
});

test("where a query looks at nothing its gradients are 0", async () => {
  const [q, v] = [random.normal([1, 4, 4], { seed: 1 }), random.normal([1, 2, 3], { seed: 2 })];
  const k = random.normal([1, 2, 4], { seed: 3 });
  const { q: dq } = scaledDotProductAttentionVjp(random.normal([1, 4, 3], { seed: 4 }), q, k, v, {
    causal: true,
  });
  assert.deepEqual(await dq.slice(0, [0, 2]).tolist(), [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

describe("mistakes", () => {
  const loose = (t: AnyTensor) => t as unknown as Readonly<Record<string, (...args: unknown[]) => AnyTensor>>;
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => loose(x).sort(2), /sort: axis 2 is out of range for \[3,7\]; try -2 … 1/],
    [() => loose(zeros([])).argsort(), /argsort: axis -1 is out of range for \[\]$/],
    [() => x.topk(8), /topk: want k in 0 … 7 for axis -1 of \[3,7\], got 8/],
    [() => x.topk(1.5), /topk: want k in 0 … 7 for axis -1 of \[3,7\], got 1.5/],
    [() => random.permutation(-1, { seed: 1 }), /random.permutation: want whole sizes ≥ 0, got \[-1\]/],
    [() => random.permutation(3, { seed: 0.5 }), /random.permutation: want a seed that is a whole number/],
    [() => loose(x).setSlice(zeros([2]), 0), /setSlice: shapes do not broadcast: \[2\] and \[7\]/],
    [() => x.setSlice(zeros([3, 7]), 0), /setSlice: want a value that repeats into \[7\], got \[3,7\]/],
    [() => x.setSlice(1, 3), /setSlice: want an index in -3 … 2 for axis 0 of \[3,7\], got 3/],
    [
      () => zeros([2], { dtype: "i32" }).setSlice(zeros([2])),
      /setSlice: want a value that i32 can hold, got f32; try .cast\("i32"\)/,
    ],
    [() => zeros([2], { dtype: "i32" }).setSlice(0.5), /setSlice: want a whole number beside i32, got 0.5/],
    [() => quantize(x, "q8"), /quantize: want \[N, K\] with K a multiple of 32, got \[3,7\]/],
    [() => quantize(zeros([1, 32]), "q5" as "q4"), /quantize: want "q8" or "q4", got "q5"/],
    [
      () => qmatvec(quantize(zeros([5, 64]), "q8"), zeros([32]) as never),
      /qmatvec: inner dims differ: \[5,64\] @ \[32\]; want a vector \[64\]/,
    ],
    [
      () => dequantize({ ...quantize(zeros([5, 64]), "q8"), format: "q4" }),
      /dequantize: want q4 weights as quantize makes them, got quants Tensor i8\[5,64\] and scales Tensor f16\[5,2\]/,
    ],
    [() => einsum("...i->i", x), /einsum: want "..." in the result too, got "...i->i"/],
    [() => einsum("..i->..i" as never, x), /einsum: want a spec like "ij,jk->ik", got "..i->..i"/],
    [() => einsum("...ijk->...", x), /einsum: want one letter per axis, got "...ijk" of .* for \[3,7\]/],
    [() => einsum("...i,...i->...", x, zeros([2, 7])), /einsum: shapes do not broadcast: \[3\] and \[2\]/],
    [
      () => scaledDotProductAttentionVjp(zeros([2, 2]) as never, zeros([2, 4]), zeros([3, 4]), zeros([3, 5])),
      /scaledDotProductAttentionVjp: want a gradient \[2,5\], got \[2,2\]/,
    ],
  ];
  test.for(cases)("%s", ([call, message]) => {
    assert.throws(
      call,
      (error) => message.test(String(error)) || assert.fail(`want ${message}, got ${String(error)}`),
    );
  });
});
