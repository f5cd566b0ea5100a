/**
 * How far elementwise functions are from doubles, in units of the last place (ulp) of the result, over a grid of f32 that is fine near 0 and
 * reaches to where the function ends. Judge: JavaScript's Math, and the reference device's erf.
 */
import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { erf } from "../../device/reference/erf.ts";
import { device, type Tensor, tensor } from "../../index.ts";
import { type Claim, grid as gridOf, worstOf } from "../ulps.fixture.ts";

let before: Awaited<ReturnType<typeof device>>;
beforeAll(async () => {
  before = await device();
  await device("wasm");
});
afterAll(() => device(before.name));

const grid = (most: number, least?: number): Float32Array => gridOf(512, most, least);

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

test.each(Object.entries(claims))("%s is within its stated error", async (_, claim) => {
  const worst = await worstOf(claim);
  assert.ok(worst.error <= claim.ulps, `${worst.error} ulp at ${worst.x}`);
});

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
