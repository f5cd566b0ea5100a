/** A reader's own shader: it computes, its mistakes are shown in its own lines, and other devices say that they cannot. */
import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { device, jit, ones, primitiveOf, type Tensor, tensor, wgsl } from "../../../tensor/index.ts";

beforeEach(() => device("webgpu"));

const twice = (x: Tensor<[3]>, factor = "2"): Tensor<[3]> =>
  wgsl({
    name: "twice",
    inputs: { x },
    shape: [3],
    workgroups: [1],
    source: `@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&result)) { return; }
  result[id.x] = ${factor} * x[id.x];
}`,
  });

test("it computes, among other operations and in a jitted function", async () => {
  const x = tensor([1, 2, 3]);
  assert.deepEqual(await twice(x.add(1)).sub(1).tolist(), [3, 5, 7]);
  const step = jit((y: Tensor<[3]>) => twice(y).sum());
  assert.equal(await step(x).item(), 12);
  assert.equal(await step(ones([3])).item(), 6);
});

test("two inputs by name, and whole numbers", async () => {
  const [a, b] = [tensor([1, 2], { dtype: "i32" }), tensor([10, 20], { dtype: "i32" })];
  const sum = wgsl({
    name: "sum",
    inputs: { a, b },
    shape: [2],
    dtype: "i32",
    workgroups: [2],
    source:
      "@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) { result[id.x] = a[id.x] + b[id.x]; }",
  });
  assert.deepEqual(await sum.tolist(), [11, 22]);
});

test("the compiler's errors are told by the source's own lines, each time it is read", async () => {
  const x = tensor([1, 2, 3]);
  for (let i = 0; i < 2; i++)
    await assert.rejects(
      twice(x, "two").data(),
      /SyntaxError: twice: line 4, column 18: .*two.*\n {2}result\[id\.x\] = two \* x\[id\.x\];\n {17}\^/,
    );
  assert.deepEqual(await twice(x).tolist(), [2, 4, 6], "and the next one is right");
});

test("what cannot be is refused when it is made", () => {
  assert.throws(
    () =>
      wgsl({
        name: "f",
        inputs: { x: ones([2], { dtype: "f16" }) },
        shape: [2],
        workgroups: [1],
        source: "",
      }),
    /TypeError: f: want x in f32, i32 or u32, got f16; try \.cast\("f32"\)/,
  );
  assert.throws(
    () => wgsl({ name: "f", inputs: {}, shape: [2], workgroups: [0], source: "" }),
    /RangeError: f: want whole numbers of workgroups from 1 to 65535, got 0/,
  );
});

test("its node carries its source and its vjp", () => {
  const vjp = (g: Tensor): readonly Tensor[] => [g];
  const y = wgsl({ name: "f", inputs: { x: ones([2]) }, shape: [2], workgroups: [1], source: "…", vjp });
  const made = primitiveOf(y);
  assert.ok(made?.op === "wgsl");
  assert.deepEqual([made.name, made.source, made.vjp], ["f", "…", vjp]);
});

test.for(["wasm", "reference"] as const)("%s says that it does not run it", async (name) => {
  await device(name);
  await assert.rejects(
    twice(tensor([1, 2, 3])).data(),
    /RangeError: twice: want a device that runs WGSL, got (wasm|reference|another); try await device\("webgpu"\)/,
  );
});
