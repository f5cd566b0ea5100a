/**
 * jit: a replay does what the function does. Judge: the function itself, called without jit on the same numbers; and counts of how often it was traced.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { device, type Compilation, jit, random, type Tensor, tensor, zeros } from "./index.ts";

/** How often the inner function ran: a replay does not run it. On the reference device it always runs. */
function counted<A extends readonly unknown[], R>(
  f: (...args: A) => R,
): { f: (...args: A) => R; runs: () => number } {
  let runs = 0;
  return {
    f: (...args) => {
      runs++;
      return f(...args);
    },
    runs: () => runs,
  };
}

const { synchronous } = await device();
const row = (seed: number): Tensor<[4]> => random.normal([4], { seed });

describe("onCompile", () => {
  const seen = (): { told: Compilation[]; step: (x: Tensor, rate: number) => Tensor } => {
    const told: Compilation[] = [];
    const step = jit((x: Tensor, rate: number) => x.mul(rate).sum(0), {
      onCompile: (c) => told.push(c),
    });
    return { told, step };
  };
  test("is told of the first call, of a new shape and of a new argument, and of nothing twice", async () => {
    const { told, step } = seen();
    const [a, b] = [zeros([2, 3]), zeros([5, 3])] as unknown as readonly Tensor[];
    for (const x of [a, a, b, a, b]) await step(x, 0.5).data();
    await step(a, 0.25).data();
    assert.deepEqual(
      told.map(({ reason }) => reason),
      ["first call", "new shape f32[5,3] (was f32[2,3])", "new argument 0.25 (was 0.5)"],
    );
    for (const { programs, ms } of told) assert.ok(Number.isInteger(programs) && ms >= 0);
  });
  test("a new dtype is a new shape of the call", async () => {
    const told: string[] = [];
    const step = jit((x: Tensor) => x.add(1), { onCompile: ({ reason }) => told.push(reason) });
    await step(zeros([2]) as unknown as Tensor).data();
    const y = step(zeros([2], { dtype: "i32" }) as unknown as Tensor);
    assert.equal(y.dtype, "i32");
    assert.deepEqual(told, ["first call", "new shape i32[2] (was f32[2])"]);
  });
});

describe("a replay does what the function does", () => {
  test("with other numbers in the same shapes, in nested arguments and results", async () => {
    const f = ({ w, b }: { w: Tensor<[4]>; b: readonly Tensor<[4]>[] }, k: number) => ({
      y: w.mul(b[0]).add(k),
      parts: [w.sub(b[1]), { deep: b[0].max() }],
    });
    const step = jit(f);
    for (let seed = 0; seed < 3; seed++) {
      const args = [{ w: row(seed), b: [row(seed + 10), row(seed + 20)] }, 3] as const;
      const [got, want] = [step(...args), f(...args)];
      assert.deepEqual(await got.y.data(), await want.y.data());
      assert.deepEqual(await (got.parts[0] as Tensor).data(), await (want.parts[0] as Tensor).data());
      const [deep, wanted] = [got, want].map(({ parts }) => (parts[1] as { deep: Tensor<[]> }).deep);
      assert.equal(await deep.item(), await wanted.item());
    }
  });
  test("the same tensor twice is not two tensors that happen to be alike", async () => {
    const step = jit((a: Tensor<[4]>, b: Tensor<[4]>) => a.assign(a.add(1)).add(b));
    const [x, y] = [tensor([0, 0, 0, 0]), tensor([10, 10, 10, 10])];
    assert.deepEqual(await step(x, y).tolist(), [11, 11, 11, 11]);
    assert.deepEqual(await step(x, x).tolist(), [4, 4, 4, 4]);
    assert.deepEqual(await step(x, y).tolist(), [13, 13, 13, 13]);
    assert.deepEqual(await x.tolist(), [3, 3, 3, 3]);
  });
  test("a tensor from outside is read anew, also when it stands for another value since", async () => {
    const p = tensor([1, 2]);
    const step = jit((x: Tensor<[2]>) => x.add(p));
    assert.deepEqual(await step(tensor([0, 0])).tolist(), [1, 2]);
    p.assign(p.mul(100));
    assert.deepEqual(await step(tensor([0, 0])).tolist(), [100, 200]);
  });
  test("a result of an earlier call keeps its value while later calls go on", async () => {
    const step = jit((x: Tensor<[4]>) => x.mul(2));
    const results = [1, 2, 3, 4, 5].map((seed) => [step(row(seed)), row(seed).mul(2)] as const);
    for (const [got, want] of results) assert.deepEqual(await got.data(), await want.data());
  });
  test("a result that is an argument or a parameter as it came in", async () => {
    const p = tensor([7]);
    const step = jit((x: Tensor<[1]>) => [x, p, x.add(p)]);
    for (const n of [1, 2]) {
      const [same, parameter, sum] = step(tensor([n]));
      assert.deepEqual([await same.item(), await parameter.item(), await sum.item()], [n, 7, n + 7]);
    }
  });
  test("a random number is a function of its seed, which may be an argument", async () => {
    const step = jit((seed: Tensor<[2], "u32">) => random.normal([5], { seed }));
    for (const n of [1, 2, 3]) {
      const seed = tensor([n, 0], { dtype: "u32" });
      assert.deepEqual(await step(seed).data(), await random.normal([5], { seed: n }).data());
    }
  });
  test("one inside another", async () => {
    const inner = jit((x: Tensor<[4]>) => x.square());
    const outer = jit((x: Tensor<[4]>) => inner(x).add(inner(x.add(1))));
    for (const seed of [1, 2]) {
      const x = row(seed);
      assert.deepEqual(await outer(x).data(), await x.square().add(x.add(1).square()).data());
    }
  });
  test("many parameters, each updated from the others as they were", async () => {
    const [a, b] = [tensor([1]), tensor([2])];
    const swap = jit(() => {
      const before = a.add(0);
      a.assign(b.add(0));
      b.assign(before);
      return a.add(b);
    });
    for (let i = 0; i < 3; i++) assert.equal(await swap().item(), 3);
    assert.deepEqual([await a.item(), await b.item()], [2, 1]);
  });
});

test("a call that fails leaves the parameters as they were, and the next one is right", async () => {
  const p = tensor([1, 2, 3]);
  const step = jit((index: Tensor<[1], "i32">) => {
    p.assign(p.add(1));
    return p.take(index);
  });
  const at = (i: number): Tensor<[1], "i32"> => tensor([i], { dtype: "i32" });
  assert.deepEqual(await step(at(0)).tolist(), [2]);
  for (const bad of [3, -1]) {
    // A GPU finds out later: then what the call made cannot be read.
    const call = async (): Promise<unknown> => step(at(bad)).tolist();
    await assert.rejects(call, /take: want every index in 0 … 2/);
    if (!synchronous) return;
    assert.deepEqual(await p.tolist(), [2, 3, 4]);
  }
  assert.deepEqual(await step(at(2)).tolist(), [5]);
});

test("a function is traced once for each form of its arguments, where the device can replay", async () => {
  const { f, runs } = counted((x: Tensor<[4]>) => x.exp().sum());
  const step = jit(f);
  for (let seed = 0; seed < 5; seed++) await step(row(seed)).item();
  assert.ok(runs() === 1 || runs() === 5, `${runs()} runs: 1 where it replays, 5 on the reference`);
});
