/**
 * Interrupts at many moments, by what an interrupt is to V8: TerminateExecution, which runs no `catch` and no `finally` of what it ends
 * (here vm's timeout asks for it; the kernel's inspector does elsewhere). After each everything must be as before the step, or after it.
 */
import assert from "node:assert/strict";
import { runInThisContext } from "node:vm";
import { afterAll, beforeAll, test } from "vitest";
import { device, jit, random, type Tensor, tensor, zeros } from "./index.ts";

let before: Awaited<ReturnType<typeof device>>;
beforeAll(async () => {
  before = await device();
  await device("wasm");
});
afterAll(() => device(before.name));

/** Runs f again and again until it is ended after so many ms. */
async function interrupted(f: () => void, timeout: number): Promise<void> {
  Object.assign(globalThis, { again: f });
  assert.throws(() => runInThisContext("for (;;) again()", { timeout }), /timed out/);
  await Promise.resolve(); // a cell that was ended and the next one are different tasks
}

const n = 256;

// First of all: scripts of jitted steps that nobody holds go whenever the garbage collector comes by, and their bytes with them.
test("eager computing that is ended keeps no memory, and computes rightly afterwards", async () => {
  const a = await random.uniform([n, n], { seed: 2 }).realize();
  const sum = (): number => a.matmul(a).exp().sum().itemSync();
  const want = sum();
  const settle = (): void => {
    for (let i = 0; i < 70; i++) sum(); // what nobody uses goes after 64 results
  };
  settle();
  const { bytes } = await device();
  for (let round = 0; round < 20; round++) {
    await interrupted(() => void sum(), 1 + (round % 9));
    assert.equal(sum(), want);
  }
  settle();
  assert.equal((await device()).bytes, bytes);
});

test("a jitted step that is ended in the middle has not been: parameters are whole, and the next step is right", async () => {
  const [p, q] = [zeros([n, n]), zeros([n, n])] as readonly Tensor[];
  const work = random.uniform([n, n], { seed: 1 });
  const step = jit(() => {
    const nothing = work.matmul(work).sub(work.matmul(work));
    p.assign(p.add(1).add(nothing));
    q.assign(q.add(2).add(nothing));
  });
  step();
  for (let round = 0; round < 25; round++) {
    await interrupted(step, 1 + (round % 7));
    const [a, b] = [await p.data(), await q.data()];
    assert.ok(
      a.every((x) => x === a[0]) && b.every((x) => x === 2 * a[0]) && Number.isInteger(a[0]),
      `round ${round}`,
    );
    const next = a[0] + 1;
    step();
    assert.equal(await p.slice(0, 0).item(), next);
  }
});

test("a trace that is ended leaves nothing behind: reading works, parameters are what they were", async () => {
  const p = tensor([1, 2, 3]) as unknown as Tensor;
  for (let round = 0; round < 10; round++) {
    await interrupted(
      () =>
        jit((scale: number) => {
          p.assign(p.mul(scale));
          for (let i = 0; i < 1e6; i++) Math.hypot(i, scale);
          p.assign(p.mul(1 / scale));
        })(2),
      1 + round,
    );
    assert.deepEqual(await p.tolist(), [1, 2, 3]);
  }
});
