/**
 * What the API promises beyond numbers: values, reading, dtypes, errors. The promises are those of docs/tensor.md.
 */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, test } from "vitest";
import {
  device,
  type AnyTensor,
  arange,
  concat,
  diag,
  dim,
  einsum,
  eye,
  full,
  linspace,
  onesLike,
  scaledDotProductAttention,
  stack,
  tensor,
  where,
  zeros,
  zerosLike,
} from "./index.ts";

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
/** What a reader's mistake looks like to the run time: types do not stand in its way. */
const loose = (x: AnyTensor) => x as unknown as Readonly<Record<string, (...args: unknown[]) => AnyTensor>>;

const { synchronous } = await device();

describe("reading", () => {
  test("data, item and tolist give elements, at once or later", async () => {
    assert.deepEqual(await matrix.data(), Float32Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual(await matrix.tolist(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assert.equal(await matrix.sum().item(), 21);
    if (synchronous) {
      assert.deepEqual(matrix.dataSync(), await matrix.data());
      assert.deepEqual(matrix.tolistSync(), await matrix.tolist());
      assert.equal(matrix.sum().itemSync(), 21);
    } else assert.throws(() => matrix.dataSync(), /dataSync: want a device that reads at once, got webgpu/);
    assert.equal(await tensor([[7]]).item(), 7);
    assert.deepEqual(await zeros([2, 0]).tolist(), [[], []]);
    assert.deepEqual(await tensor([true, false]).tolist(), [true, false]);
    assert.deepEqual(await tensor([true, false]).data(), Uint8Array.of(1, 0));
  });
  test("what is read is a copy", async () => {
    const data = await matrix.data();
    data[0] = 99;
    assert.equal(await matrix.slice(0, 0).item(), 1);
  });
  test("what is given is copied", async () => {
    const given = Float32Array.of(1, 2);
    const x = tensor(given);
    given[0] = 99;
    assert.deepEqual(await x.tolist(), [1, 2]);
  });
  test("shape, ndim, size and dtype are there without reading", () => {
    assert.deepEqual([...matrix.shape], [2, 3]);
    assert.deepEqual([matrix.ndim, matrix.size, matrix.dtype], [2, 6, "f32"]);
    assert.throws(() => ((matrix.shape as unknown as number[])[0] = 5), TypeError);
    assert.equal(String(matrix), "Tensor f32[2,3]");
    if (synchronous) assert.match(inspect(matrix), /\[\[1, 2, 3\],\n \[4, 5, 6\]\]/);
  });
  test("item wants one element", async () => {
    await assert.rejects(
      matrix.item(),
      /^RangeError: item: want one element, got 6 in \[2,3\]; try tolist\(\) or slice\(\)$/,
    );
    assert.throws(() => zeros([0]).itemSync(), /itemSync: want one element, got 0 in \[0\]/);
  });
  test("allclose is NumPy's rule: relative to the second, infinities like themselves, NaN on request", async () => {
    const x = tensor([1, 100, Infinity]);
    assert.ok(await x.allclose(tensor([1 + 5e-6, 100.0005, Infinity])));
    assert.ok(!(await x.allclose(tensor([1, 100.01, Infinity]))));
    assert.ok(!(await x.allclose(tensor([1, 100, 1]))));
    assert.ok(!(await tensor([1, 2, 3]).allclose(tensor([1, 2, Infinity]))));
    const nan = tensor([Number.NaN]);
    assert.ok(!(await nan.allclose(nan)));
    assert.ok(await nan.allclose(nan, { equalNan: true }));
    assert.ok(await tensor([3, 3]).allclose(3));
    assert.ok(await tensor([1]).allclose(2, { atol: 1, rtol: 0 }), "the bound itself is close");
  });
  test("a graph deeper than the call stack is computed", async () => {
    let x = zeros([1]);
    for (let i = 0; i < 20_000; i++) x = x.add(1);
    assert.equal(await x.item(), 20_000);
  });
});

describe("making", () => {
  test("numbers are f32, booleans bool, typed arrays their own kind, doubles rounded", async () => {
    assert.equal(tensor([1, 2]).dtype, "f32");
    assert.equal(tensor(true).dtype, "bool");
    assert.equal(tensor(Uint8Array.of(1)).dtype, "u8");
    assert.equal(tensor(Int32Array.of(1)).dtype, "i32");
    assert.equal(tensor(Float16Array.of(1)).dtype, "f16");
    assert.equal(tensor(Float64Array.of(0.1)).dtype, "f32");
    assert.equal(await tensor(Float64Array.of(0.1)).item(), Math.fround(0.1));
    assert.deepEqual(await tensor([1, 2, 3, 4], { shape: [2, 2], dtype: "i32" }).tolist(), [
      [1, 2],
      [3, 4],
    ]);
    assert.deepEqual([...tensor([]).shape], [0]);
    assert.deepEqual([...tensor([[], []]).shape], [2, 0]);
    assert.equal(full([2], true).dtype, "bool");
    assert.equal(zerosLike(arange(3, { dtype: "i32" })).dtype, "i32");
    assert.deepEqual(await onesLike(matrix).tolist(), [
      [1, 1, 1],
      [1, 1, 1],
    ]);
    assert.equal(dim("B", 3), 3);
  });
  test("bad data is refused with its place", () => {
    assert.throws(
      () => tensor([[1, 2], [3]] as number[][]),
      /tensor: want arrays of one length, an array of 2 at depth 1 of \[2,2\], got an array of 1/,
    );
    assert.throws(() => tensor([[1], 2] as never), /an array of 1 at depth 1 of \[2,1\], got a number/);
    assert.throws(() => tensor([1, [2]] as never), /a number at depth 1 of \[2\], got an array of 1/);
    assert.throws(
      () => tensor(Float32Array.of(1, 2), { shape: [3] }),
      /tensor: want 3 elements for \[3\], got 2/,
    );
    assert.throws(() => zeros([2, -1]), /zeros: want whole sizes ≥ 0, got \[2,-1\]/);
    assert.throws(() => full([2], 1.5, { dtype: "i32" }), /full: want a whole number beside i32, got 1.5/);
    assert.throws(() => arange(0, 3, 0), /arange: want finite numbers and a step other than 0/);
    assert.throws(() => linspace(0, 1, -1), RangeError);
    assert.throws(() => eye(2.5), /eye: want whole sizes/);
    assert.throws(() => dim("B", 1.5), /dim: want a whole number ≥ 0 as the size of "B", got 1.5/);
    assert.throws(() => diag(matrix), /diag: want a vector \[N\], got \[2,3\]; try diagonal\(\) to read one/);
  });
});

describe("dtypes", () => {
  const i32 = arange(3, { dtype: "i32" });
  test("meet by the table, and numbers take the tensor's", () => {
    assert.equal(i32.add(tensor([1, 2, 3])).dtype, "f32");
    assert.equal(i32.add(tensor([1, 2, 3], { dtype: "u8" })).dtype, "i32");
    assert.equal(i32.add(1).dtype, "i32");
    assert.equal(i32.div(2).dtype, "f32");
    assert.equal(i32.greater(1).dtype, "bool");
    assert.equal(i32.greater(1).add(1).dtype, "f32");
    assert.equal(i32.greater(1).add(i32).dtype, "i32");
    assert.equal(where(i32.greater(1), i32, 0).dtype, "i32");
    assert.equal(tensor([1], { dtype: "f16" }).add(tensor([1], { dtype: "bf16" })).dtype, "f32");
    assert.equal(concat([i32, tensor([0.5])]).dtype, "f32");
  });
  test("that have no common one, or are not wanted, are errors", () => {
    const u32 = tensor([1, 2, 3], { dtype: "u32" });
    const flags = tensor([true, false, true]);
    assert.throws(
      () => i32.add(u32),
      /TypeError: add: want dtypes with a common one, got i32 and u32; try .cast\("i32"\)/,
    );
    assert.throws(
      () => i32.mul(0.5),
      /TypeError: mul: want a whole number beside i32, got 0.5; try .cast\("f32"\)/,
    );
    assert.throws(
      () => tensor([1], { dtype: "u8" }).add(300),
      /RangeError: add: want a number in 0 … 255 for u8, got 300/,
    );
    assert.throws(() => loose(i32).logicalAnd(i32), /logicalAnd: want bool, got i32; try .notEqual\(0\)/);
    assert.throws(
      () => loose(matrix).bitwiseAnd(1),
      /bitwiseAnd: want integers, got f32; try .cast\("i32"\)/,
    );
    assert.throws(() => matrix.all(), /all: want bool, got f32/);
    assert.throws(
      () => loose(matrix).take(tensor([0.5])),
      /take: want whole-number indices, got f32; try .cast\("i32"\)/,
    );
    assert.throws(
      () => where(i32 as never, 1, 2),
      /where: want a bool condition, got i32; try .notEqual\(0\)/,
    );
    assert.throws(() => flags.scatterAdd(i32, flags), /scatterAdd: want numbers, got bool/);
    assert.throws(
      () => i32.scatterAdd(i32, tensor([0.5, 1, 2])),
      /scatterAdd: want updates that i32 can hold, got f32/,
    );
    const q = arange(4, { dtype: "i32" }).reshape([2, 2]);
    assert.throws(
      () => scaledDotProductAttention(q as never, q as never, q as never),
      /want floats, got i32/,
    );
  });
  test("casts truncate and saturate floats, wrap integers, and make bools of what is not 0", async () => {
    const wild = tensor([1.9, -1.9, 1e20, -1e20, Number.NaN, Infinity]);
    assert.deepEqual([...(await wild.cast("i32").data())], [1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1]);
    assert.deepEqual([...(await wild.cast("u8").data())], [1, 0, 255, 0, 0, 255]);
    assert.deepEqual(await tensor([0, -0, 0.1, Number.NaN]).cast("bool").tolist(), [
      false,
      false,
      true,
      true,
    ]);
    assert.deepEqual(await tensor([300, -1], { dtype: "i32" }).cast("u8").tolist(), [44, 255]);
  });
  test("bf16 keeps the upper half of f32, ties to even, infinities and NaN as they are", async () => {
    const x = tensor([
      1,
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      1 + 2 ** -8 + 2 ** -20,
      3.4e38,
      Number.NaN,
      -Infinity,
    ]).cast("bf16");
    assert.deepEqual(
      [...(await x.data())],
      [1, 1, 1 + 2 ** -6, 1 + 2 ** -7, Infinity, Number.NaN, -Infinity],
    );
  });
  test("integers wrap, and dividing them by 0 gives 0", async () => {
    const top = tensor([2 ** 31 - 1], { dtype: "i32" });
    assert.equal(await top.add(1).item(), -(2 ** 31));
    assert.equal(await top.mul(top).item(), 1);
    assert.equal(await tensor([200], { dtype: "u8" }).add(100).item(), 44);
    assert.deepEqual(await top.floorDivide(0).tolist(), [0]);
    assert.deepEqual(await top.mod(0).tolist(), [0]);
  });
});

describe("shapes that do not fit say who, what and why", () => {
  const x = loose(matrix);
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [
      () => x.matmul(zeros([2, 3])),
      /matmul: inner dims differ: \[2,3\] @ \[2,3\] \(3 vs 2\); try transpose\(\) on the second/,
    ],
    [
      () => loose(zeros([2, 3])).matmul(zeros([2])),
      /matmul: inner dims differ: \[2,3\] @ \[2\] \(3 vs 2\); try transpose\(\) on the first/,
    ],
    [() => x.matmul(zeros([])), /matmul: want vectors or matrices, got \[2,3\] @ \[\]; try mul/],
    [
      () => x.add(zeros([2])),
      /add: shapes do not broadcast: \[2,3\] and \[2\] \(3 vs 2\); try unsqueeze\(-1\) on \[2\]/,
    ],
    [() => x.add(zeros([4])), /add: shapes do not broadcast: \[2,3\] and \[4\] \(3 vs 4\)$/],
    [() => x.add([1, 2, 3]), /add: want a tensor, got an array; try tensor\(array\)/],
    [() => x.add("1"), /add: want a tensor, got string/],
    [() => x.add(Promise.resolve(1)), /add: want a tensor, got a promise; try await/],
    [() => x.reshape([4, 2]), /reshape: sizes differ: \[2,3\] -> \[4,2\] \(6 vs 8 elements\)/],
    [() => x.reshape([-1, 4]), /reshape: want sizes that divide 6 elements/],
    [() => x.reshape([-1, -1]), /reshape: want at most one -1, got \[-1,-1\]/],
    [() => loose(zeros([0, 3])).reshape([-1, 0]), /reshape: want sizes that divide 0 elements/],
    [() => x.sum(2), /sum: axis 2 is out of range for \[2,3\]; try -2 … 1/],
    [() => x.sum([0, -2]), /sum: want each axis once, got \[0,-2\] for \[2,3\]/],
    [() => x.sum(0.5), /sum: axis 0.5 is out of range/],
    [() => loose(zeros([])).sum(0), /sum: axis 0 is out of range for \[\]$/],
    [() => x.permute([0]), /permute: want every axis of \[2,3\] once, got \[0\]/],
    [() => loose(zeros([2])).transpose(), /transpose: axis -2 is out of range for \[2\]/],
    [() => loose(zeros([2])).T, /T: want a matrix \[M,N\], got \[2\]; try transpose\(\)/],
    [() => x.broadcastTo([3, 2]), /broadcastTo: \[2,3\] does not repeat into \[3,2\] \(3 vs 2\)/],
    [() => x.broadcastTo([3]), /broadcastTo: \[2,3\] does not repeat into \[3\] \(more axes\)/],
    [() => x.squeeze(0), /squeeze: axis 0 of \[2,3\] has size 2, want 1/],
    [() => x.unsqueeze(4), /unsqueeze: axis 4 is out of range for \[2,3\]; try -3 … 2/],
    [() => x.slice(2), /slice: want an index in -2 … 1 for axis 0 of \[2,3\], got 2/],
    [() => x.slice(0, 0, 0), /slice: want at most 2 ranges for \[2,3\], got 3/],
    [() => x.slice([0, 1, 0]), /slice: want whole numbers and a step other than 0/],
    [() => x.pad([[1, 1]]), /pad: want \[before, after\] for each axis of \[2,3\], got 1/],
    [
      () => x.split(2, 1),
      /split: want a number of equal parts of 3, axis 1 of \[2,3\], got 2; try a list of sizes/,
    ],
    [() => x.split([1, 1], 1), /split: want sizes that add up to 3, axis 1 of \[2,3\], got \[1,1\]/],
    [() => concat([matrix, zeros([2, 4])] as never), /concat: sizes off axis 0 differ: \[2,3\] and \[2,4\]/],
    [() => concat([] as never), /concat: want at least one tensor, got \[\]/],
    [() => stack([matrix, zeros([3, 2])] as never), /stack: want one shape, got \[2,3\] and \[3,2\]/],
    [
      () => x.gather(zeros([3, 3], { dtype: "i32" }), 1),
      /gather: want an index shaped like x but for axis 1, got \[3,3\] for \[2,3\]; try take/,
    ],
    [
      () => x.scatterAdd(tensor([0], { dtype: "i32" }), zeros([2])),
      /scatterAdd: want updates \[1,3\] .*, got \[2\]/,
    ],
    [() => loose(zeros([3])).tril(), /tril: want at least a matrix \[...,M,N\], got \[3\]/],
    [() => x.diagonal(), /diagonal: want a square \[...,N,N\], got \[2,3\]/],
    [() => x.as([3, "B"]), /as: want \[3,B\], got \[2,3\]/],
    [() => einsum("ij" as never, matrix), /einsum: want a spec like "ij,jk->ik", got "ij"/],
    [
      () => einsum("ijk->i" as never, matrix),
      /einsum: want one letter per axis, got "ijk" of "ijk->i" for \[2,3\]/,
    ],
    [() => einsum("ij,jk->ik" as never, matrix, matrix), /einsum: axis j of "ij,jk->ik" is 3 and 2/],
    [() => einsum("ij->k" as never, matrix), /einsum: "k" of the result is in no operand of "ij->k"/],
    [() => einsum("ij->ii" as never, matrix), /einsum: want each letter of the result once/],
    [
      () => einsum("ij,j->i" as never, matrix),
      /einsum: want one term per operand, got 2 in "ij,j->i" for 1 operands/,
    ],
    [
      () => scaledDotProductAttention(zeros([3, 2, 4]), zeros([2, 2, 4]), zeros([2, 2, 4])),
      /H a multiple of Hk, got \[3,2,4\], \[2,2,4\], \[2,2,4\]/,
    ],
    [
      () => scaledDotProductAttention(matrix, matrix, matrix, { window: 0 }),
      /want a window of 1 or more keys, got 0/,
    ],
    [() => loose(zeros([0, 3])).max(0), /max: want at least one element along axis 0, got \[0,3\]/],
    [() => loose(zeros([0])).argmax(), /argmax: want at least one element along axis 0, got \[0\]/],
  ];
  test.for(cases)("%s", ([call, message]) => {
    assert.throws(
      call,
      (error) => message.test(String(error)) || assert.fail(`want ${message}, got ${String(error)}`),
    );
  });
  test("an index outside is found when the result is read", async () => {
    const index = (i: number) => tensor([[i, 0, 0]], { dtype: "i32" });
    await assert.rejects(matrix.take(index(2)).data(), /RangeError: take: want every index in 0 … 1, got 2/);
    await assert.rejects(matrix.take(index(-1)).data(), /got -1/);
    await assert.rejects(
      matrix.gather(index(2), 0).data(),
      /gather: want every index in 0 … 1, got one outside/,
    );
    await assert.rejects(
      zeros([2])
        .scatterAdd(tensor([5], { dtype: "i32" }), tensor([1]))
        .data(),
      /scatterAdd: want every index in 0 … 1, got 5/,
    );
  });
});
