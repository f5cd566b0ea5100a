/**
 * How far elementwise functions are from doubles, in units of the last place (ulp) of the result, over a grid of f32 that is fine near 0 and
 * reaches to where the function ends. Judge: JavaScript's Math, and the reference device's erf.
 */
import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { erf } from "../../device/reference/erf.ts";
import { device, type Tensor, tensor } from "../../index.ts";

let before: Awaited<ReturnType<typeof device>>;
beforeAll(async () => {
  before = await device();
  await device("wasm");
});
afterAll(() => device(before.name));

/** ± 2^k·m for k down to −30, up to `most`. */
function grid(most: number, least = -most): Float32Array {
  const xs: number[] = [0];
  for (let k = -30; 2 ** k < Math.max(most, -least); k++)
    for (let m = 0; m < 512; m++) xs.push(2 ** k * (1 + m / 512), -(2 ** k) * (1 + m / 512 + 1e-4));
  return Float32Array.from(xs.filter((x) => x <= most && x >= least));
}

const word = new DataView(new ArrayBuffer(4));
function ulpOf(y: number): number {
  word.setFloat32(0, Math.abs(y));
  return 2 ** (Math.max(1, word.getUint32(0) >>> 23) - 150);
}

interface Claim {
  readonly of: (x: Tensor) => Tensor;
  readonly by: (x: number) => number;
  readonly ulps: number;
  readonly xs: Float32Array;
  /** An absolute error that is allowed as well. */
  readonly absolute?: number;
}

const claims: Readonly<Record<string, Claim>> = {
  exp: { of: (x) => x.exp(), by: Math.exp, ulps: 2, xs: grid(88.7, -104), absolute: 2 ** -125 },
  tanh: { of: (x) => x.tanh(), by: Math.tanh, ulps: 2.5, xs: grid(20) },
  erf: { of: (x) => x.erf(), by: erf, ulps: 3, xs: grid(6) },
  log: { of: (x) => x.log(), by: Math.log, ulps: 0.51, xs: grid(3e38, 1e-38) },
  log1p: { of: (x) => x.log1p(), by: Math.log1p, ulps: 0.51, xs: grid(1e6, -0.999) },
  expm1: { of: (x) => x.expm1(), by: Math.expm1, ulps: 0.51, xs: grid(88, -50) },
  sin: { of: (x) => x.sin(), by: Math.sin, ulps: 0.51, xs: grid(3e38) },
  cos: { of: (x) => x.cos(), by: Math.cos, ulps: 0.51, xs: grid(3e38) },
  "pow 2.7": { of: (x) => x.pow(2.7), by: (x) => x ** Math.fround(2.7), ulps: 0.51, xs: grid(1e14, 1e-12) },
};

test.each(Object.entries(claims))(
  "%s is within its stated error",
  async (_, { of, by, ulps, xs, absolute = 0 }) => {
    const ys = await of(tensor(xs) as Tensor).data();
    let worst = { error: 0, x: 0 };
    for (const [i, x] of xs.entries()) {
      const want = by(x);
      const off = Math.abs(ys[i] - want);
      const error = off <= absolute || Object.is(ys[i], Math.fround(want)) ? 0 : off / ulpOf(want);
      if (!(error <= worst.error)) worst = { error, x };
    }
    assert.ok(worst.error <= ulps, `${worst.error} ulp at ${worst.x}`);
  },
);

test("special values: infinities, NaN, signed zero, ends of the range", async () => {
  const xs = [Number.NaN, Infinity, -Infinity, 0, -0, 1e38, -1e38];
  const check = async (of: (x: Tensor) => Tensor, by: (x: number) => number): Promise<void> =>
    assert.deepEqual(
      [...(await of(tensor(xs) as Tensor).data())],
      xs.map((x) => Math.fround(by(Math.fround(x)))),
    );
  await check((x) => x.exp(), Math.exp);
  await check((x) => x.tanh(), Math.tanh);
  await check((x) => x.erf(), erf);
  await check((x) => x.log(), Math.log);
  await check((x) => x.sqrt(), Math.sqrt);
});
