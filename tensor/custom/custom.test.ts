/** A reader's own programs: against the same thing said with tensors, and every mistake in words. Judge: the library's other operations. */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import {
  type AnyTensor,
  custom,
  primitiveOf,
  profile,
  random,
  type Tensor,
  tensor,
  zeros,
} from "../index.ts";

const x = random.normal([3, 7], { seed: 1 });
const w = random.normal([7, 5], { seed: 2 });

async function near(a: AnyTensor, b: AnyTensor, why: string): Promise<void> {
  assert.deepEqual([...a.shape], [...b.shape], why);
  const close = await (a as Tensor).allclose(b, { rtol: 1e-5, atol: 1e-6 });
  assert.ok(close, `${why}: ${String(await a.tolist())} vs ${String(await b.tolist())}`);
}

describe("a program says what one element is", () => {
  test("elementwise", async () => {
    const y = custom({
      name: "swish",
      inputs: [x],
      shape: [3, 7],
      program: ({ inputs: [a], at }) => a.at(at).div(a.at(at).neg().exp().add(1)),
    });
    await near(y, x.div(x.neg().exp().add(1)), "x·sigmoid x");
  });
  test("a product, over a reduced axis", async () => {
    const y = custom({
      name: "product",
      inputs: [x, w],
      shape: [3, 5],
      over: [7],
      program: ({ inputs: [a, b], at: [i, j], over: [k] }) =>
        a
          .at([i, k])
          .mul(b.at([k, j]))
          .sum(),
    });
    await near(y, x.matmul(w), "x·w");
  });
  test("two reductions, one of what the other gives", async () => {
    const y = custom({
      name: "log-sum-exp",
      inputs: [x],
      shape: [3],
      over: [7],
      program: ({ inputs: [a], at: [i], over: [k] }) => {
        const most = a.at([i, k]).max();
        return a.at([i, k]).sub(most).exp().sum().log().add(most);
      },
    });
    await near(y, x.exp().sum(1).log(), "log Σ exp");
  });
  test("beyond the ends, shifted and scaled places", async () => {
    const v = tensor([1, 2, 3, 4, 5]);
    const blur = custom({
      name: "blur",
      inputs: [v],
      shape: [5],
      over: [3],
      program: ({ inputs: [a], at: [i], over: [k] }) => a.at([i.add(k).sub(1)], 0).sum(),
    });
    assert.deepEqual(await blur.tolist(), [3, 6, 9, 12, 9]);
    const every = custom({
      name: "every second, backwards",
      inputs: [v],
      shape: [3],
      program: ({ inputs: [a], at: [i] }) => a.at([i.mul(-2).add(4)]),
    });
    assert.deepEqual(await every.tolist(), [5, 3, 1]);
  });
  test("integers, places as numbers, and a choice", async () => {
    const y = custom({
      name: "triangle",
      inputs: [],
      shape: [3, 3],
      dtype: "i32",
      program: ({ at: [i, j] }) => i.value().less(j.value()).where(0, i.value().mul(10).add(j.value())),
    });
    assert.deepEqual(await y.tolist(), [
      [0, 0, 0],
      [10, 11, 0],
      [20, 21, 22],
    ]);
  });
  test("of nothing there is nothing, of a scalar a scalar", async () => {
    const one = custom({
      name: "one",
      inputs: [x],
      shape: [],
      over: [3, 7],
      program: ({ inputs: [a], over }) => a.at(over).max(),
    });
    await near(one, x.max(), "max of all");
    const none = custom({
      name: "none",
      inputs: [zeros([0])],
      shape: [0],
      program: ({ inputs: [a], at }) => a.at(at).mul(2),
    });
    assert.deepEqual(await none.tolist(), []);
  });
});

test("its node carries its vjp, and its program is profiled under its name", async () => {
  const vjp = (g: Tensor) => [g.mul(2)];
  const make = () =>
    custom({
      name: "double",
      inputs: [x],
      shape: [3, 7],
      vjp,
      program: ({ inputs: [a], at }) => a.at(at).mul(2),
    });
  const node = primitiveOf(make());
  assert.ok(node?.op === "custom");
  assert.equal(node.vjp, vjp);
  assert.equal(node.name, "double");
  await x.realize();
  const { rows } = await profile(make);
  assert.equal(rows.length, 1);
  assert.match(rows[0].program, /double/);
  assert.equal(rows[0].flops, 21);
});

describe("mistakes", () => {
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => custom({ name: "f", inputs: [x], shape: [3, 8], program: ({ inputs: [a], at }) => a.at(at) }),
      /RangeError: f: want places in 0 … 6 of \[3,7\], got 0 … 7; try at\(\[…\], 0\) to say what is outside/,
    ],
    [
      () => custom({ name: "f", inputs: [x], shape: [3], program: ({ inputs: [a], at }) => a.at(at) }),
      /RangeError: f: want a place for each axis of \[3,7\], got 1/,
    ],
    [
      () =>
        custom({
          name: "f",
          inputs: [x],
          shape: [3],
          over: [7],
          program: ({ inputs: [a], at: [i], over: [k] }) => a.at([i, k]),
        }),
      /RangeError: f: want a result without reduced axes; try \.sum\(\) or \.max\(\)/,
    ],
    [
      () =>
        custom({ name: "f", inputs: [x], shape: [3, 7], program: ({ inputs: [a], at }) => a.at(at).sum() }),
      /RangeError: f: sum: want reduced axes, got none; try \{ over: \[n\] \}/,
    ],
    [
      () =>
        custom({
          name: "f",
          inputs: [x],
          shape: [3, 7],
          dtype: "i32",
          program: ({ inputs: [a], at }) => a.at(at),
        }),
      /TypeError: f: want a result of i32, got f32; try \.cast\("i32"\)/,
    ],
    [
      () =>
        custom({
          name: "f",
          inputs: [x],
          shape: [3, 7],
          program: ({ inputs: [a], at }) => a.at(at).add(at[0].value()),
        }),
      /TypeError: f: add: want f32 beside f32, got i32; try \.cast\("f32"\)/,
    ],
    [
      () => custom({ name: "f", inputs: [], shape: [3], program: ({ at: [i] }) => i.value().exp() }),
      /TypeError: f: exp: want a float, got i32; try \.cast\("f32"\)/,
    ],
    [
      () =>
        custom({
          name: "f",
          inputs: [x],
          shape: [3, 7],
          program: ({ inputs: [a], at }) => a.at(at).where(1, 0),
        }),
      /TypeError: f: where: want a bool, got f32; try less\(…\)/,
    ],
    [
      () => custom({ name: "f", inputs: [x], shape: [3, -1], program: ({ inputs: [a], at }) => a.at(at) }),
      /RangeError: f: want whole sizes ≥ 0, got \[3,-1\]/,
    ],
    [
      () =>
        custom({
          name: "f",
          inputs: [x],
          shape: [3],
          over: [0],
          program: ({ inputs: [a], at: [i], over: [k] }) => a.at([i, k]).sum(),
        }),
      /RangeError: f: want at least one place on reduced axis 0, got 0/,
    ],
    [
      () => custom({ name: "f", inputs: [x], shape: [3], program: () => 1 as never }),
      /TypeError: f: want an element as the program's result, got number/,
    ],
  ];
  test.for(cases)("%s", ([call, message]) => {
    assert.throws(
      call,
      (error) => message.test(String(error)) || assert.fail(`want ${message}, got ${String(error)}`),
    );
  });
});
