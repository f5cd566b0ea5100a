/**
 * Files: those NumPy and safetensors wrote are read right, those we write they would have written. Judge: their files in oracle/.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import {
  type AnyTensor,
  decodeNpy,
  decodeSafetensors,
  encodeNpy,
  encodeSafetensors,
  tensor,
  zeros,
} from "../index.ts";

const oracle = (name: string): Uint8Array => readFileSync(new URL(`../oracle/${name}`, import.meta.url));
const signed = [
  [-2, -1, 0],
  [1, 2, 3],
];
const unsigned = [
  [0, 1, 2],
  [3, 4, 5],
];

describe(".npy", () => {
  const files = [
    ["f4", "f32", signed],
    ["f8", "f32", signed],
    ["f2", "f16", signed],
    ["i8", "i32", signed],
    ["i4", "i32", signed],
    ["i2", "i32", signed],
    ["i1", "i8", signed],
    ["u4", "u32", unsigned],
    ["u1", "u8", unsigned],
    ["fortran", "f32", unsigned],
    ["version2", "f32", unsigned],
    ["scalar", "f32", 2.5],
    ["vector", "f32", [0, 1, 2]],
    ["empty", "f32", []],
  ] as const;
  test.for(files)("NumPy's %s.npy is read as %s", async ([name, dtype, values]) => {
    const x = decodeNpy(oracle(`${name}.npy`));
    assert.equal(x.dtype, dtype);
    assert.deepEqual(await x.tolist(), values);
  });
  test("bools are read as bools, and an empty array keeps its shape", async () => {
    assert.deepEqual(await decodeNpy(oracle("b1.npy")).tolist(), [
      [false, true, true],
      [true, true, true],
    ]);
    assert.deepEqual([...decodeNpy(oracle("empty.npy")).shape], [0, 3]);
  });
  test.for(["f4", "f2", "i4", "i1", "u4", "u1", "b1", "scalar", "vector", "empty"])(
    "what we write for %s is NumPy's file to the byte",
    async (name) => {
      const file = oracle(`${name}.npy`);
      assert.deepEqual(await encodeNpy(decodeNpy(file)), new Uint8Array(file));
    },
  );
  test("bytes at an odd offset are read as well", async () => {
    const file = oracle("f4.npy");
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    assert.deepEqual(await decodeNpy(shifted.subarray(3)).tolist(), signed);
  });
  test("what is no .npy file, or ends early, or has no counterpart, says so", async () => {
    assert.throws(
      () => decodeNpy(new Uint8Array(3)),
      /decodeNpy: want a file that starts with \\x93NUMPY, got 3 other bytes/,
    );
    assert.throws(
      () => decodeNpy(oracle("f4.npy").subarray(0, 60)),
      /decodeNpy: want a header of \d+ bytes, got the end/,
    );
    assert.throws(
      () => decodeNpy(oracle("f4.npy").subarray(0, 140)),
      /decodeNpy: want 24 bytes of f32, got 12/,
    );
    assert.throws(
      () => decodeNpy(oracle("complex.npy")),
      /decodeNpy: want one of .*, got <c8; try array.astype/,
    );
    assert.throws(
      () => decodeNpy(oracle("wide.npy")),
      /decodeNpy: want 64-bit integers that fit in i32, got 1099511627776 at 1/,
    );
    await assert.rejects(
      encodeNpy(zeros([1], { dtype: "bf16" })),
      /encodeNpy: want a dtype that NumPy has, got bf16/,
    );
  });
});

describe("safetensors", () => {
  test("the library's file is read", async () => {
    const { tensors, metadata } = decodeSafetensors(oracle("sample.safetensors"));
    assert.deepEqual(metadata, { made: "by numpy" });
    assert.deepEqual(await tensors.get("a")?.tolist(), [
      [0, 0.5, 1],
      [1.5, 2, 2.5],
    ]);
    const dtypes = new Map([...tensors].map(([name, x]) => [name, x.dtype]));
    assert.deepEqual(Object.fromEntries(dtypes), { a: "f32", b: "i32", h: "f16", m: "bool", s: "i32" });
    assert.deepEqual(await tensors.get("m")?.tolist(), [
      [false, false, false],
      [true, true, true],
    ]);
    assert.equal(await tensors.get("s")?.item(), 7);
  });
  test("what is written is read back, every dtype, in order, aligned", async () => {
    const written: Record<string, AnyTensor> = {};
    for (const dtype of ["f32", "f16", "bf16", "i32", "u32", "i8", "u8"] as const)
      written[dtype] = tensor([[1, 2, 3]], { dtype });
    written.flags = tensor([true, false]);
    written.none = zeros([0, 2]);
    const bytes = await encodeSafetensors(written, { note: "ä" });
    assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
    const { tensors, metadata } = decodeSafetensors(bytes);
    assert.deepEqual([...tensors.keys()], Object.keys(written));
    assert.equal(metadata.note, "ä");
    for (const [name, x] of tensors) {
      assert.equal(x.dtype, written[name].dtype, name);
      assert.deepEqual(await x.tolist(), await written[name].tolist(), name);
    }
    assert.deepEqual(
      await encodeSafetensors(new Map(Object.entries(written)), { note: "ä" }),
      bytes,
      "a Map gives the same file",
    );
  });
  test("a header that lies is refused", () => {
    const file = (header: unknown, body = 0): Uint8Array => {
      const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
      const bytes = new Uint8Array(8 + text.length + body);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      return bytes;
    };
    const entry = (over: object) =>
      file({ x: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...over } }, 8);
    assert.doesNotThrow(() => decodeSafetensors(entry({})));
    assert.throws(() => decodeSafetensors(new Uint8Array(4)), /decodeSafetensors: want a header/);
    assert.throws(
      () => decodeSafetensors(entry({}).subarray(0, 20)),
      /decodeSafetensors: want a header of \d+ bytes after the first 8, got 20 in all/,
    );
    assert.throws(() => decodeSafetensors(file("{oops")), /want a JSON header, got {oops/);
    assert.throws(() => decodeSafetensors(file("[]")), /want a JSON object as header/);
    assert.throws(() => decodeSafetensors(file({ x: 3 })), /x: want dtype, shape and data_offsets, got 3/);
    assert.throws(() => decodeSafetensors(entry({ dtype: "F8" })), /x: want one of F64 .*, got F8/);
    assert.throws(() => decodeSafetensors(entry({ shape: [-2] })), /x: want whole sizes ≥ 0, got \[-2\]/);
    assert.throws(
      () => decodeSafetensors(entry({ shape: [3] })),
      /x: want 12 bytes for F32\[3\] within 8, got \[0,8\]/,
    );
    assert.throws(() => decodeSafetensors(entry({ data_offsets: [8, 16] })), /within 8, got \[8,16\]/);
    assert.throws(() => decodeSafetensors(entry({ data_offsets: [-8, 0] })), RangeError);
  });
});
