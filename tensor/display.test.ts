/**
 * What a notebook shows of a tensor. Judge: short expected text, and the counts a reader would make by eye.
 */
import assert from "node:assert/strict";
import { test } from "vitest";
import { type AnyTensor, arange, device, random, tensor, zeros } from "./index.ts";

const { name: deviceName } = await device();
const bundle = (x: AnyTensor): Promise<Record<string, string>> =>
  (x as unknown as Record<symbol, () => Promise<Record<string, string>>>)[Symbol.for("Jupyter.display")]();

test("a small matrix is a table, with shape, dtype and device", async () => {
  const shown = await bundle(
    tensor([
      [1, 0.123456],
      [Number.NaN, -Infinity],
    ]),
  );
  assert.equal(shown["text/plain"], "Tensor f32[2,2]\n[[1, 0.1235],\n [NaN, -inf]]");
  assert.ok(shown["text/html"].includes(`Tensor f32[2,2] on ${deviceName}`));
  assert.deepEqual(
    [...shown["text/html"].matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map((m) => m[1]),
    ["1", "0.1235", "NaN", "-inf"],
  );
});

test("a scalar and an empty tensor are text alone", async () => {
  assert.deepEqual(await bundle(tensor(3)), { "text/plain": "Tensor f32[]\n3" });
  assert.deepEqual(await bundle(zeros([0, 3])), { "text/plain": "Tensor f32[0,3]" });
});

test("a long vector shows its ends, a bool says true", async () => {
  assert.equal((await bundle(arange(100)))["text/plain"], "Tensor f32[100]\n[0, 1, 2, …, 97, 98, 99]");
  assert.equal((await bundle(tensor([true, false])))["text/plain"], "Tensor bool[2]\n[true, false]");
});

test("a large matrix is a heat map: every cell once, least and largest named, NaN counted and coloured", async () => {
  const image = await random.uniform([28, 28], { seed: 1 }).data();
  image[5] = Number.NaN;
  image[6] = Infinity;
  const shown = await bundle(tensor(image, { shape: [28, 28] }));
  const svg = shown["image/svg+xml"];
  assert.equal(shown["text/html"], undefined);
  assert.equal(svg.match(/h1v1h-1z/g)?.length, 28 * 28);
  assert.ok(svg.includes(`Tensor f32[28,28] on ${deviceName}; `));
  assert.match(svg, /\(light\) to .*\(dark\), 1 NaN, 1 infinite/);
  assert.equal(svg.match(/#d6006c" d="M5 0h1v1h-1z"/)?.length, 1);
  assert.equal(svg.match(/#e69f00" d="M6 0h1v1h-1z"/)?.length, 1);
});

test("a larger one is sampled and stays small; a constant or an all-NaN one does not divide by zero", async () => {
  const svg = (await bundle(random.normal([1000, 700], { seed: 1 })))["image/svg+xml"];
  assert.match(svg, /1 of 18 rows and columns/);
  assert.ok(svg.length < 60_000, `${svg.length} characters`);
  assert.doesNotMatch((await bundle(zeros([20, 20])))["image/svg+xml"], /rgb\(NaN/);
  assert.match((await bundle(zeros([20, 20]).div(0)))["image/svg+xml"], /nothing finite, 400 NaN/);
});

test("of a higher rank the first matrix is shown, and said so", async () => {
  assert.match((await bundle(zeros([4, 2, 2])))["text/html"], /the first of 4 matrices/);
});
