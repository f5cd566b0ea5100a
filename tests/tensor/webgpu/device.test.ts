/** What belongs to a GPU alone: it answers later, has limits, is lost; and a loop that disposes of nothing keeps its memory. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "vitest";
import { device, jit, ones, profile, random, scope, tensor, zeros } from "../../../tensor/index.ts";
import { session } from "../../../tensor/session.ts";
import type { WebGpu } from "../../../tensor/device/webgpu/index.ts";
import { argsort } from "../../../tensor/argsort.ts";
import { learner } from "../learner.ts";

beforeEach(() => device("webgpu"));
const gpu = (): WebGpu => session.device as WebGpu;

test("values move to another device and back", async () => {
  const x = random.normal([5], { seed: 1 });
  const y = x.mul(2);
  const there = await y.data();
  await device("wasm");
  assert.deepEqual(y.dataSync(), there);
  const z = await y.add(1).realize();
  await device("webgpu");
  assert.deepEqual(await z.data(), await y.add(1).data());
});

test("a realize is one command buffer, and a second of the same form compiles nothing", async () => {
  const f = (seed: number) => random.normal([8, 8], { seed }).exp().sum(1);
  await f(1).data();
  const before = gpu().stats();
  await f(2).realize();
  const after = gpu().stats();
  assert.deepEqual([after.compiled - before.compiled, after.submits - before.submits], [0, 1]);
});

test("a long line is sorted in blocks that are merged: stable, NaN last, in either direction", async () => {
  const data = Float32Array.from({ length: 2 * 2500 * 2 }, (_, i) =>
    i % 97 === 0 ? Number.NaN : ((i * 7919) % 1013) - 500,
  );
  for (const descending of [false, true]) {
    const order = tensor(data, { shape: [2, 2500, 2] }).argsort(1, { descending });
    assert.deepEqual(await order.data(), argsort(data, [2, 2500, 2], 1, descending));
  }
  const seen = await random.permutation(5000, { seed: 1 }).data();
  assert.deepEqual(
    seen.toSorted(),
    Int32Array.from({ length: 5000 }, (_, i) => i),
  );
});

describe("what goes wrong is said when it is read", () => {
  test("an index outside, also through what was computed from it", async () => {
    const bad = tensor([1, 2, 3]).take(tensor([1, 7], { dtype: "i32" }));
    await assert.rejects(bad.data(), /RangeError: take: want every index in 0 … 2, got 7/);
    await assert.rejects(bad.realize(), /got 7/);
    await assert.rejects(bad.add(1).data(), /got 7/);
    const added = zeros([2]).scatterAdd(tensor([-1], { dtype: "i32" }), ones([1]));
    await assert.rejects(added.data(), /RangeError: scatterAdd: want every index in 0 … 1, got -1/);
    assert.equal(await ones([3]).sum().item(), 3, "and the next result is right");
  });

  test("an array larger than the GPU's largest buffer", async () => {
    const huge = zeros([2 ** 20, 2 ** 16]).add(1);
    await assert.rejects(huge.data(), /RangeError: webgpu: want \d+ bytes for one array, got \d+ at most/);
    assert.equal(await ones([3]).sum().item(), 3);
  });

  test("reading at once", () => {
    assert.throws(
      () => ones([1]).dataSync(),
      /TypeError: dataSync: want a device that reads at once, got webgpu; try await x.data\(\)/,
    );
  });
});

test("more arrays than a program may bind are one program's inputs all the same", async () => {
  const parts = Array.from({ length: 40 }, (_, i) => tensor([i]));
  const sum = parts.map((x) => x.exp().log()).reduce((a, b) => a.add(b));
  assert.ok(Math.abs((await sum.item()) - 780) < 1e-2);
  const halves = parts.map((x) => x.cast("f16"));
  for (const x of halves) await x.realize();
  assert.equal(await halves.reduce((a, b) => a.add(b)).item(), 780);
});

/** What one test holds may not go while another counts. */
const held: unknown[] = [];

describe.for(["jitted", "eager"] as const)("memory of %s steps", (mode) => {
  test("120 end with the bytes they had after 60", async () => {
    const step = learner(mode);
    held.push(step);
    let early: number | undefined;
    let loss = 0;
    for (let i = 0; i < 120; i++) {
      loss = await step(i).item();
      if (i === 59) early = (await device()).bytes;
    }
    assert.ok(early !== undefined && early > 0, "it counts its bytes");
    assert.equal((await device()).bytes, early);
    assert.ok(Number.isFinite(loss));
  });
});

test("a scope gives memory back at once", async () => {
  let during: number;
  {
    using _ = scope();
    await random.normal([2 ** 16], { seed: 1 }).realize();
    during = (await device()).bytes!;
  }
  assert.ok(during - (await device()).bytes! >= 2 ** 18);
});

test("a profile has the GPU's own times", async () => {
  const { rows } = await profile(() => random.normal([64, 64], { seed: 1 }).exp().sum());
  assert.ok(rows.length > 0 && rows.every(({ ms }) => ms > 0), JSON.stringify(rows));
});

test("a lost GPU is said, and the next result comes from a new one", async () => {
  const kept = await random.normal([4], { seed: 3 }).realize();
  const step = jit((x: typeof kept) => x.mul(2).sum());
  const data = tensor([1, 2, 3, 4]);
  assert.equal(await step(data).item(), 20);
  gpu().lose();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await device();
  assert.equal(await data.sum().item(), 10, "data from outside is still there");
  await assert.rejects(
    kept.data(),
    /webgpu: want a value that the GPU holds, got it lost with the GPU \(.*\)/,
  );
  await assert.rejects(async () => kept.add(1).data(), /got it lost with the GPU/);
  assert.equal(await step(data).item(), 20, "a jitted function too");
});
