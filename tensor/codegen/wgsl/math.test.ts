/**
 * How far elementwise functions are from doubles on a GPU, in units of the last place (ulp) of the result, over a grid of f32 that is fine near
 * 0 and reaches to where the function ends. Judge: JavaScript's Math, and the reference device's erf.
 */
import assert from "node:assert/strict";
import { test } from "vitest";
import { erf } from "../../device/reference/erf.ts";
import { type Tensor, tensor } from "../../index.ts";
import { type Claim, grid as gridOf, worstOf } from "../ulps.fixture.ts";

const grid = (most: number, least?: number): Float32Array => gridOf(256, most, least);
/** The least normal f32: what is smaller may be 0. */
const absolute = 2 ** -125;
const power = Math.fround(2.7);

const claims: Readonly<Record<string, Claim>> = {
  exp: { of: (x) => x.exp(), by: Math.exp, ulps: 2.5, xs: grid(88.7, -104) },
  tanh: { of: (x) => x.tanh(), by: Math.tanh, ulps: 3.5, xs: grid(20) },
  erf: { of: (x) => x.erf(), by: erf, ulps: 4, xs: grid(6) },
  log: { of: (x) => x.log(), by: Math.log, ulps: 2.5, xs: grid(3e38, 1e-37) },
  log1p: { of: (x) => x.log1p(), by: Math.log1p, ulps: 3.5, xs: grid(3e38, -0.999) },
  expm1: { of: (x) => x.expm1(), by: Math.expm1, ulps: 3.5, xs: grid(88, -50) },
  sin: { of: (x) => x.sin(), by: Math.sin, ulps: 3.5, xs: grid(3e38) },
  cos: { of: (x) => x.cos(), by: Math.cos, ulps: 3.5, xs: grid(3e38) },
  sqrt: { of: (x) => x.sqrt(), by: Math.sqrt, ulps: 3, xs: grid(3e38, 0) },
  "pow 2.7": { of: (x) => x.pow(2.7), by: (x) => x ** power, ulps: 4.5, xs: grid(1e14, 1e-12) },
  "2 to it": { of: (x) => tensor(2).pow(x), by: (x) => 2 ** x, ulps: 4.5, xs: grid(127.9, -125) },
};

test.each(Object.entries(claims))("%s is within its stated error", async (name, claim) => {
  const worst = await worstOf({ ...claim, absolute });
  assert.ok(worst.error <= claim.ulps, `${name}: ${worst.error} ulp at ${worst.x}`);
});

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const values = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, inf, -inf, nan, 1e30, -1e30].map(Math.fround);

test("pow is C's at its corners", async () => {
  const pairs = values.flatMap((x) => values.map((y) => [x, y] as const));
  const got = await tensor(pairs.map(([x]) => x))
    .pow(tensor(pairs.map(([, y]) => y)))
    .data();
  for (const [i, [x, y]] of pairs.entries()) {
    const isOne = x === 1 || (x === -1 && Math.abs(y) === inf);
    const want = isOne ? 1 : Math.fround(x ** y);
    if (Math.abs(want) < 1e-37 || Number.isNaN(want) || !Number.isFinite(want))
      assert.ok(
        Object.is(got[i] + 0, want + 0) || got[i] === want,
        `${x} ** ${y}: want ${want}, got ${got[i]}`,
      );
    else
      assert.ok(
        Math.abs(got[i] - want) <= 1e-6 * Math.abs(want),
        `${x} ** ${y}: want ${want}, got ${got[i]}`,
      );
  }
});

test("comparisons, signs, rounding and order hold for NaN, infinities and zeros", async () => {
  const x = tensor(values);
  const near = (f: (v: number) => number): number[] => values.map((v) => f(v) + 0);
  const read = async (y: Tensor): Promise<number[]> => Array.from(await y.data(), (v) => v + 0);
  assert.deepEqual(await read(x.sign() as Tensor), near(Math.sign));
  assert.deepEqual(await read(x.floor() as Tensor), near(Math.floor));
  assert.deepEqual(await read(x.ceil() as Tensor), near(Math.ceil));
  assert.deepEqual(
    await read(x.maximum(0.5)),
    near((v) => Math.max(v, 0.5)),
  );
  assert.deepEqual(await x.isnan().tolist(), values.map(Number.isNaN));
  assert.deepEqual(await x.isfinite().tolist(), values.map(Number.isFinite));
  assert.deepEqual(
    await x.equal(x).tolist(),
    values.map((v) => v === v),
  );
  assert.deepEqual(
    await x.less(0).tolist(),
    values.map((v) => v < 0),
  );
});

test("halves are rounded to the nearest, ties to even, as Math.f16round does", async () => {
  const xs = Float32Array.from(
    [...grid(70_000)].flatMap((v) => [v, Math.f16round(v), Math.f16round(v) + 2 ** -12]),
  );
  const got = await tensor(xs).cast("f16").data();
  for (const [i, x] of xs.entries()) assert.equal(got[i], Math.f16round(x), String(x));
});
