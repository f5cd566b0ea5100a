/**
 * assign, jit, scope, record: what code may rely on whatever the device.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import {
  type AnyTensor,
  deterministic,
  device,
  identityOf,
  jit,
  primitiveOf,
  record,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "./index.ts";
import { session } from "./session.ts";

const { synchronous } = await device();

describe("assign", () => {
  test("changes what the tensor stands for, and nothing computed before", async () => {
    const p = tensor([1, 2]);
    const [before, view] = [p.mul(10), p.slice(0)];
    assert.equal(p.assign(p.add(1)), p);
    assert.deepEqual(await p.tolist(), [2, 3]);
    assert.deepEqual(await before.tolist(), [10, 20]);
    assert.equal(await view.item(), 1);
  });
  test("wants the same shape and dtype", () => {
    const p = zeros([2]);
    assert.throws(() => p.assign(zeros([3]) as never), /assign: want \[2\], got \[3\]/);
    assert.throws(
      () => p.assign(zeros([2], { dtype: "i32" }) as never),
      /assign: want f32, got i32; try .cast\("f32"\)/,
    );
  });
  test("does not keep the past: after it the tensor is a leaf", () => {
    const p = zeros([2]);
    assert.equal(primitiveOf(p.assign(p.add(1))), undefined);
  });
});

describe("jit", () => {
  test("does what the function does, with the parameters of each call", async () => {
    const p = tensor([1, 2]);
    const step = jit((g: Tensor, rate: number) => {
      p.assign(p.sub(g.mul(rate)).as([2]));
      return { loss: p.sum(), parts: [p.mul(2)] };
    });
    const { loss, parts } = step(tensor([1, 1]), 0.5);
    assert.equal(await loss.item(), 2);
    assert.deepEqual(await parts[0].tolist(), [1, 3]);
    assert.equal(await step(tensor([1, 1]), 0.25).loss.item(), 1.5);
    p.assign(tensor([10, 10]));
    assert.equal(await step(tensor([0, 0]), 1).loss.item(), 20);
  });
  test("refuses to read inside, and async functions", async () => {
    assert.throws(
      jit(() => tensor([1]).itemSync()),
      /itemSync: want reading outside jit, got it inside; try returning the tensor/,
    );
    assert.throws(
      jit(async () => 1),
      /jit: want a function that is not async, got a promise/,
    );
    assert.equal(await tensor([1]).item(), 1, "reading works again afterwards");
  });
  test("that throws leaves the parameters as they were", async () => {
    const p = tensor([1]);
    const step = jit(() => {
      p.assign(p.add(1));
      p.assign(p.add(1));
      throw new Error("in the middle");
    });
    assert.throws(step, /in the middle/);
    assert.equal(await p.item(), 1);
    const outside = jit(() => {
      p.assign(p.add(1));
      return p.take(tensor([9], { dtype: "i32" }));
    });
    await assert.rejects(async () => outside().item(), /take: want every index in 0 … 0, got 9/);
    if (synchronous) assert.equal(await p.item(), 1);
  });
});

describe("scope", () => {
  test("releases what was made in it and not kept", async () => {
    const outer = tensor([1]);
    let lost: typeof outer;
    let kept: typeof outer;
    {
      using s = scope();
      lost = outer.add(1);
      kept = s.keep(lost.add(1));
    }
    assert.equal(await kept.item(), 3, "a kept tensor may depend on released ones");
    assert.equal(await outer.item(), 1);
    await assert.rejects(
      lost.item(),
      /ReferenceError: item: want a live tensor, got f32\[1\] released by its scope; try scope.keep\(x\)/,
    );
    assert.throws(() => lost.add(1), /add: want a live tensor/);
    assert.throws(() => outer.add(lost), ReferenceError);
  });
  test("nests: what the inner one keeps is the outer one's", async () => {
    let x: AnyTensor;
    {
      using _outer = scope();
      {
        using inner = scope();
        x = inner.keep(tensor([1]));
      }
      assert.deepEqual(await x.tolist(), [1]);
    }
    await assert.rejects(x.data(), ReferenceError);
  });
});

describe("record and primitiveOf", () => {
  test("tell how a tensor was made, down to its leaves", () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    const y = a.mul(b).sum();
    const sum = primitiveOf(y);
    assert.ok(sum?.op === "reduce");
    assert.deepEqual([sum.fn, sum.axes], ["sum", [0]]);
    const product = primitiveOf(sum.inputs[0]);
    assert.ok(product?.op === "map");
    assert.equal(product.fn, "mul");
    assert.deepEqual(product.inputs.map(identityOf), [identityOf(a), identityOf(b)]);
    assert.equal(primitiveOf(a), undefined);
  });
  test("a read tensor is a leaf, except while recording", async () => {
    const a = tensor([1]);
    const y = a.add(1);
    await y.data();
    assert.equal(primitiveOf(y), undefined);
    if (synchronous) {
      const z = record(() => {
        const inner = a.add(1);
        inner.dataSync();
        assert.equal(primitiveOf(inner)?.op, "map", "read, and still known");
        return inner;
      });
      assert.equal(primitiveOf(z), undefined, "afterwards a leaf like any other");
    }
    const later = await record(async () => {
      const inner = a.add(1);
      await inner.data();
      return [inner, primitiveOf(inner)?.op] as const;
    });
    assert.equal(later[1], "map", "until an async function has settled");
    assert.equal(primitiveOf(later[0]), undefined);
    assert.throws(() => record(() => assert.fail("inside")), /inside/);
    const after = a.add(1);
    await after.data();
    assert.equal(primitiveOf(after), undefined, "a throw ends the recording too");
  });
  test("elementwise inputs have the shape and dtype of the result: broadcasting is a node", () => {
    const y = primitiveOf(zeros([2, 3]).add(tensor([1, 2, 3], { dtype: "i32" })));
    assert.deepEqual(
      y?.inputs.map((x) => [x.dtype, ...x.shape]),
      [
        ["f32", 2, 3],
        ["f32", 2, 3],
      ],
    );
  });
});

test("device tells which one computes, and refuses one that is not there", async () => {
  const before = await device();
  for (const name of ["reference", "wasm"] as const) {
    const { name: current, synchronous } = await device(name);
    assert.deepEqual([current, synchronous], [name, true]);
  }
  await assert.rejects(device("gpu" as "wasm"), /device: want reference or wasm or webgpu, got "gpu"/);
  assert.equal((await device()).name, "wasm", "a refusal changes nothing");
  await device(before.name);
});

test("what one device computed the other reads and goes on with", async () => {
  const before = await device();
  await device("reference");
  const x = await tensor([1, 2, 3]).add(1).realize();
  await device("wasm");
  const y = await x.mul(2).realize();
  assert.deepEqual(await y.tolist(), [4, 6, 8]);
  await device("reference");
  assert.deepEqual(await y.add(x).tolist(), [6, 9, 12]);
  await device(before.name);
});

describe("deterministic", () => {
  test("gives what f gives, computed, and ends with f however it ends", async () => {
    const sums = deterministic(() => ({ total: tensor([1, 2, 3]).sum() }));
    assert.equal(primitiveOf(sums.total), undefined, "computed before the switch went back");
    assert.equal(await sums.total.item(), 6);
    assert.throws(() => deterministic(() => assert.fail("inside")), /inside/);
    const later = await deterministic(async () => {
      await Promise.resolve();
      return tensor([4]).add(1);
    });
    assert.equal(await later.item(), 5);
    await assert.rejects(
      deterministic(async () => assert.fail("inside")),
      /inside/,
    );
    assert.equal(session.deterministic, 0);
  });
});
