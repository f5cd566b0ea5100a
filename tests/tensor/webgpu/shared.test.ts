/**
 * What a real GPU runs and a processor that plays one does not by itself: rows and products whose workgroups share memory and wait for one
 * another. Judge: the Wasm device. Few shapes: SwiftShader takes long to compile a barrier.
 */
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type AnyTensor, device, random, type Tensor } from "../../../tensor/index.ts";
import { plainTile, type Tile, tiles } from "../../../tensor/codegen/wgsl/matmul.ts";
import { startWebGpu, type WebGpu } from "../../../tensor/device/webgpu/index.ts";
import { unwrap } from "../../../tensor/handle.ts";

afterAll(() => device("webgpu"));

/** The results of the graph on Wasm and on a GPU that runs it by `choice`. */
async function onBoth(
  gpu: WebGpu,
  make: () => AnyTensor,
): Promise<readonly [ArrayLike<number>, ArrayLike<number>]> {
  await device("wasm");
  const want = await make().data();
  const value = unwrap(make());
  gpu.realize([value], () => undefined);
  return [await gpu.read(value), want];
}

function assertNear(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  assert.equal(got.length, want.length);
  for (let i = 0; i < want.length; i++)
    assert.ok(Math.abs(got[i] - want[i]) <= tolerance, `at ${i}: want ${want[i]}, got ${got[i]}`);
}

describe("a row shared by a workgroup", () => {
  let gpu: WebGpu;
  beforeAll(async () => {
    gpu = await startWebGpu({ tile: plainTile, shares: true });
  });
  const x = (): Tensor<[5, 1100]> => random.normal([5, 1100], { seed: 1 });
  const rows: Readonly<Record<string, () => AnyTensor>> = {
    softmax: () => {
      const powers = x()
        .sub(x().max(1, { keepdims: true }))
        .exp();
      return powers.div(powers.sum(1, { keepdims: true }));
    },
    variance: () => x().var(1),
    "a sum over two axes": () => random.normal([3, 9, 4, 10], { seed: 2 }).sum([1, 3]),
    "the place of the largest": () => x().argmax(1),
    "all of bools": () => x().less(9).all(1),
    "a sum of bytes": () => x().greater(0).cast("u8").sum(1),
  };
  test.for(Object.entries(rows))("%s", async ([, make]) => {
    const [got, want] = await onBoth(gpu, make);
    assertNear(got, want, 1e-4);
  });
});

describe("a product in tiles shared by a workgroup", () => {
  /** The one nobody has measured, the largest and the smallest. */
  const shared = [tiles[0], tiles[3], tiles[4]];
  test.for(shared.map((tile) => [nameOf(tile), tile] as const))("%s", async ([, tile]) => {
    const gpu = await startWebGpu({ tile, shares: false });
    const product = (): AnyTensor => {
      const [a, b] = [random.normal([2, 70, 37], { seed: 1 }), random.normal([2, 37, 90], { seed: 2 })];
      return a
        .matmul(b)
        .add(random.normal([90], { seed: 3 }))
        .maximum(0);
    };
    const [got, want] = await onBoth(gpu, product);
    assertNear(got, want, 1e-4);
  });
  test("of transposed operands", async () => {
    const gpu = await startWebGpu({ tile: tiles[4], shares: false });
    const [got, want] = await onBoth(gpu, () =>
      random.normal([37, 70], { seed: 1 }).T.matmul(random.normal([90, 37], { seed: 2 }).T),
    );
    assertNear(got, want, 1e-4);
  });
});

function nameOf({ x, y, rows, columns, depth }: Tile): string {
  return `${y * rows} × ${x * columns}, ${rows} × ${columns} each, ${depth} deep`;
}
