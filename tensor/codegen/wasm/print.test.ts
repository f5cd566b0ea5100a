/**
 * Programs large enough that the device compiles them with its best code, which V8 may join to 256 bits: every function that mayPair() lets
 * through, every nest, whole and broken rows. On an instruction that its pairing does not know V8 ends the process, and so this test.
 * Judge: the reference device.
 */
import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { device, jit, type Tensor, tensor } from "../../index.ts";

let before: Awaited<ReturnType<typeof device>>;
beforeAll(async () => {
  before = await device();
});
afterAll(() => device(before.name));

type Matrix = Tensor<[number, number]>;
type Program = (x: Matrix, row: Tensor<[number]>) => Tensor;

const along = { keepdims: true } as const;

const programs: Readonly<Record<string, Program>> = {
  "elementwise functions": (x, row) =>
    x
      .erf()
      .add(x.tanh())
      .mul(x.exp())
      .sub(x.abs().sqrt())
      .div(row.square().add(1))
      .maximum(row.neg())
      .minimum(1.5),
  "two results of one pass": (x, row) => {
    const y = x.mul(row).exp();
    return y.add(y.tanh()).add(y.sum(1, along).sub(y.erf()).max(1, along));
  },
  softmax: (x) => {
    const powers = x.sub(x.max(-1, along)).exp();
    return powers.div(powers.sum(-1, along));
  },
  "layer normalisation": (x, row) => {
    const off = x.sub(x.mean(-1, along));
    return off.div(off.square().mean(-1, along).add(1e-5).sqrt()).mul(row).add(row);
  },
  "lanes across rows": (x) => {
    const off = x.sub(x.min(0, along));
    return off.div(off.square().mean(0, along).sqrt()).exp().tanh();
  },
  "one number a row": (x, row) => x.mul(row).exp().erf().add(x.tanh()).max(1).div(x.square().mean(1)),
};

const sizes = [
  [256, 512],
  [131, 523],
  [1031, 67],
] as const;

/** Values between −4 and 4, and now and then what arithmetic goes wrong on; such a number spoils its row or column only. */
function values(rows: number, columns: number): Float32Array {
  const x = Float32Array.from(
    { length: rows * columns },
    (_, i) => ((Math.imul(i, 0x9e3779b1) >>> 8) / 2 ** 24) * 8 - 4,
  );
  [Number.NaN, Infinity, -Infinity, -0, 1e-40, 3e38, -3e38].forEach(
    (special, i) => (x[(3 + 7 * i) * columns + 5 * i] = special),
  );
  return x;
}

async function run(program: Program, [rows, columns]: readonly [number, number]): Promise<Float32Array> {
  const x = tensor(values(rows, columns), { shape: [rows, columns] });
  const row = tensor(values(1, columns).fill(0.75, 0, 40));
  return jit(program)(x, row).data();
}

test.each(Object.entries(programs))("paired: %s", async (_, program) => {
  for (const size of sizes) {
    await device("wasm");
    const got = await run(program, size);
    await device("reference");
    const want = await run(program, size);
    for (const [i, y] of want.entries()) {
      // Sums of 1 000 terms in another order, and functions within 3 ulp, through quotients.
      const near = Math.abs(got[i] - y) <= 2e-5 * Math.max(1, Math.abs(y));
      assert.ok(near || Object.is(got[i], y), `${got[i]} instead of ${y} at ${i} of ${size.join("x")}`);
    }
  }
});
