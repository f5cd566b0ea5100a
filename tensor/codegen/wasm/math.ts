/**
 * Functions of four floats. exp, tanh and erf, which models use everywhere, are polynomials in f32 with an error below 3 ulp
 * (math.test.ts measures them against doubles); the others are computed in pairs of doubles and rounded once.
 * Coefficients: minimax fits by Lawson's iteration over the stated ranges.
 */
import type { FunctionWriter } from "./encode.ts";
import { type Expr as Code, f32, f32x4, f64, f64x2, i32, i32x4, i64x2, i8x16, v128 } from "./instructions.ts";
import { bitsOf, float, int, type Kit, madd, polynomial, type Vector } from "./kit.ts";

const magic = 1.5 * 2 ** 23; // adding it leaves the nearest whole number in the low bits

/**
 * eˣ = 2ⁿ·eʳ, n = round(x/ln 2), |r| ≤ ln 2/2; eʳ by a polynomial of degree 6, doubled, so that 2ⁿ⁻¹ reaches up to ∞.
 * Below 2⁻¹²⁵ (2.4e-38) it may be 0.
 */
export function exp(kit: Kit, x: Vector): Code<"v128"> {
  const { f } = kit;
  const y = f.let(f32x4.pmax(f32x4.pmin(x, float(kit, 89)), float(kit, -87.4)));
  const t = f.let(madd(kit, y, float(kit, Math.LOG2E), float(kit, magic)));
  const n = f.let(f32x4.sub(t, float(kit, magic)));
  const near = f.let(madd(kit, n, float(kit, -0.693359375), y));
  const r = f.let(madd(kit, n, float(kit, 2.1219444e-4), near));
  const p = f.let(
    polynomial(kit, r, [
      2,
      2,
      1,
      2 * 0.1666651964187622,
      2 * 0.04166840761899948,
      2 * 0.00836889911442995,
      2 * 0.0013814219273626804,
    ]),
  );
  return f32x4.mul(p, i32x4.shl(i32x4.add(t, int(kit, 126)), 23));
}

/** |x| < 0.6: x + x³·P(x²); beyond: 1 − 2/(e^2|x| + 1), with x's sign. */
export function tanh(kit: Kit, x: Vector): Code<"v128"> {
  const { f } = kit;
  const z = f.let(f32x4.mul(x, x));
  const p = f.let(
    polynomial(
      kit,
      z,
      [
        -0.33333298563957214, 0.13331924378871918, -0.053783826529979706, 0.02079596370458603,
        -0.005895150359719992,
      ],
    ),
  );
  const small = f.let(madd(kit, f32x4.mul(z, x), p, x));
  const size = f.let(f32x4.abs(x));
  const twice = f.let(f32x4.add(size, size));
  const power = exp(kit, twice);
  const large = f32x4.sub(float(kit, 1), f32x4.div(float(kit, 2), f32x4.add(power, float(kit, 1))));
  return withSign(kit, v128.bitselect(small, large, f32x4.lt(size, float(kit, 0.6))), x);
}

/**
 * Of a = |x|, at most 3.925 (there it rounds to 1), the smaller of a·P(a²), which leaves erf upwards from 0.95 on, and
 * 1 − Q(a)⁴, which is above it below 0.85; with x's sign. No division, and nothing to choose.
 */
export function erf(kit: Kit, x: Vector): Code<"v128"> {
  const { f } = kit;
  const a = f.let(f32x4.pmin(f32x4.abs(x), float(kit, 3.925)));
  const z = f.let(f32x4.mul(a, a));
  const p = polynomial(
    kit,
    z,
    [
      1.128379225730896, -0.37612631916999817, 0.11283663660287857, -0.026857705786824226,
      0.005196952261030674, -0.0008097703102976084, 8.185092883650213e-5,
    ],
  );
  const q = polynomial(
    kit,
    a,
    [
      0.9997968077659607, -0.2806472182273865, -0.12393098324537277, 0.02385164052248001,
      0.008679749444127083, 0.006717608775943518, -0.0062535954639315605, 0.0017722799675539136,
      -0.00022831458772998303, 1.1558939149836078e-5,
    ],
  );
  const square = f.let(f32x4.mul(q, q));
  const large = f32x4.sub(float(kit, 1), f32x4.mul(square, square));
  return withSign(kit, f32x4.pmin(f32x4.mul(a, p), large), x);
}

/** An odd function's result, which has x's sign even at 0. */
function withSign(kit: Kit, size: Code<"v128">, x: Vector): Code<"v128"> {
  return v128.or(v128.and(x, int(kit, bitsOf(-0))), size);
}

// ——— in doubles ———

type Doubles = (f: FunctionWriter, x: Vector) => Code<"v128">;
type Doubles2 = (f: FunctionWriter, x: Vector, y: Vector) => Code<"v128">;

const low = [0, 1, 2, 3, 4, 5, 6, 7];
const high = low.map((i) => i + 8);
const joined = [...low, ...low.map((i) => i + 16)];

/** A function of four floats from one of two doubles. */
function inDoubles(f: FunctionWriter, x: Vector, g: Doubles): Code<"v128"> {
  const upper = f.let(i8x16.shuffle(x, x, [...high, ...high]));
  const half = (v: Vector): Vector => f.let(f32x4.demoteF64x2Zero(g(f, f.let(f64x2.promoteLowF32x4(v)))));
  return i8x16.shuffle(half(x), half(upper), joined);
}

function inDoubles2(f: FunctionWriter, x: Vector, y: Vector, g: Doubles2): Code<"v128"> {
  const upper = [x, y].map((v) => f.let(i8x16.shuffle(v, v, [...high, ...high])));
  const half = (a: Vector, b: Vector): Vector =>
    f.let(f32x4.demoteF64x2Zero(g(f, f.let(f64x2.promoteLowF32x4(a)), f.let(f64x2.promoteLowF32x4(b)))));
  return i8x16.shuffle(half(x, y), half(upper[0], upper[1]), joined);
}

const d = (x: number): Code<"v128"> => f64x2.splat({ type: "f64", code: f64const(x) });

function f64const(x: number): number[] {
  return [0x44, ...new Uint8Array(new Float64Array([x]).buffer)];
}

function horner(f: FunctionWriter, x: Vector, coefficients: readonly number[]): Vector {
  const [last, ...others] = coefficients.toReversed();
  const sum = f.let(d(last));
  for (const c of others) f.set(sum, f64x2.add(f64x2.mul(sum, x), d(c)));
  return sum;
}

const where = (mask: Code<"v128">, a: Code<"v128">, b: Code<"v128">): Code<"v128"> =>
  v128.bitselect(a, b, mask);

/** 2·artanh(s) = log((1 + s)/(1 − s)) for |s| ≤ 0.172. */
function twiceArtanh(f: FunctionWriter, s: Vector): Code<"v128"> {
  const z = f.let(f64x2.mul(s, s));
  return f64x2.mul(s, horner(f, z, [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13, 2 / 15]));
}

/** log x = e·log 2 + log m, x = 2ᵉ·m, m near 1. */
export const log64: Doubles = (f, x) => {
  const words = i8x16.shuffle(x, x, [4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15]);
  const e = f.let(f64x2.convertLowI32x4S(i32x4.sub(i32x4.shrU(words, 20), i32x4.const(1023))));
  const fraction = v128.and(x, i64x2.splat(i64of(0xfffffffffffffn)));
  const m = f.let(v128.or(fraction, d(1)));
  const large = f.let(f64x2.gt(m, d(Math.SQRT2)));
  f.set(m, where(large, f64x2.mul(m, d(0.5)), m));
  f.set(e, f64x2.add(e, v128.and(large, d(1))));
  const s = f.let(f64x2.div(f64x2.sub(m, d(1)), f64x2.add(m, d(1))));
  const result = f.let(f64x2.add(f64x2.mul(e, d(Math.LN2)), twiceArtanh(f, s)));
  f.set(result, where(f64x2.lt(x, d(Infinity)), result, x)); // ∞ and NaN
  f.set(result, where(f64x2.eq(x, d(0)), d(-Infinity), result));
  return where(f64x2.lt(x, d(0)), d(Number.NaN), result);
};

const log1p64: Doubles = (f, x) => {
  const s = f.let(f64x2.div(x, f64x2.add(x, d(2))));
  const small = f.let(twiceArtanh(f, s));
  const all = f.let(log64(f, f.let(f64x2.add(x, d(1)))));
  return where(f64x2.lt(f64x2.abs(x), d(0.3)), small, all);
};

function i64of(x: bigint): Code<"i64"> {
  const out: number[] = [];
  for (;;) {
    const byte = Number(x & 127n);
    x >>= 7n;
    const done = (x === 0n && byte < 64) || (x === -1n && byte >= 64);
    out.push(done ? byte : byte | 128);
    if (done) return { type: "i64", code: [0x42, ...out] };
  }
}

interface Power {
  /** eʳ − 1 */
  readonly part: Vector;
  /** 2ⁿ */
  readonly scale: Vector;
}

/** eˣ = 2ⁿ·eʳ for |x| ≤ 160, which is past what f32 holds. */
function powerOf(f: FunctionWriter, x: Vector): Power {
  const y = f.let(f64x2.pmax(f64x2.pmin(x, d(160)), d(-160)));
  const t = f.let(f64x2.add(f64x2.mul(y, d(Math.LOG2E)), d(1.5 * 2 ** 52)));
  const n = f.let(f64x2.sub(t, d(1.5 * 2 ** 52)));
  const r = f.let(f64x2.sub(y, f64x2.mul(n, d(Math.LN2))));
  const factorials = [1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800];
  const part = f.let(
    f64x2.mul(
      r,
      horner(
        f,
        r,
        factorials.map((k) => 1 / k),
      ),
    ),
  );
  const scale = f.let(i64x2.shl(i64x2.add(t, i64x2.splat(i64of(1023n))), { type: "i32", code: [0x41, 52] }));
  return { part, scale };
}

const exp64: Doubles = (f, x) => {
  const { part, scale } = powerOf(f, x);
  return f64x2.mul(f64x2.add(part, d(1)), scale);
};

const expm164: Doubles = (f, x) => {
  const { part, scale } = powerOf(f, x);
  return f64x2.add(f64x2.mul(part, scale), f64x2.sub(scale, d(1)));
};

/** sin (turns 0) or cos (turns 1) of r + n·π/2, |r| ≤ π/4: one of two series by n's parity, negated by its half. */
function sine64(turns: 0 | 1, table: number): Doubles {
  return (f, x) => {
    const { sine, cosine } = waves(f, x, table);
    return turns === 0 ? sine() : cosine();
  };
}

interface Waves {
  readonly sine: () => Code<"v128">;
  readonly cosine: () => Code<"v128">;
}

function waves(f: FunctionWriter, x: Vector, table: number): Waves {
  const t = f.let(f64x2.add(f64x2.mul(x, d(2 / Math.PI)), d(1.5 * 2 ** 52)));
  const n = f.let(f64x2.sub(t, d(1.5 * 2 ** 52)));
  const rough = f64x2.sub(x, f64x2.mul(n, d(1.5707963267341256)));
  const r = f.let(f64x2.sub(rough, f64x2.mul(n, d(6.077100506506192e-11))));
  // Far out n·π/2 would not be exact.
  const far = f.let(v128.and(f64x2.gt(f64x2.abs(x), d(2 ** 20)), f64x2.lt(f64x2.abs(x), d(Infinity))));
  f.if(v128.anyTrue(far), () => {
    for (const lane of [0, 1]) f.if(i32x4.extract(far, 2 * lane), () => reduceFar(f, table, x, lane, r, t));
  });
  const z = f.let(f64x2.mul(r, r));
  const inverse = (from: number): number[] =>
    Array.from({ length: 8 }, (_, k) => (-1) ** k / factorial(2 * k + from));
  const odd = f.let(f64x2.mul(r, horner(f, z, inverse(1))));
  const even = horner(f, z, inverse(0));
  const quarter = (turns: bigint): Code<"v128"> => {
    const q = f.let(i64x2.add(t, i64x2.splat(i64of(turns))));
    const isOdd = i64x2.sub(i64x2.splat(i64of(0n)), v128.and(q, i64x2.splat(i64of(1n))));
    const sign = i64x2.shl(v128.and(q, i64x2.splat(i64of(2n))), { type: "i32", code: [0x41, 62] });
    return v128.xor(where(isOdd, even, odd), sign);
  };
  return { sine: () => quarter(0n), cosine: () => quarter(1n) };
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** 2ᵉ·2/π mod 4 for e = −24 … 104, each as four f32 of 24 bits: what is left of a far angle when whole turns are gone. */
function turnsOfPowers(): Int32Array {
  const bits = 200n;
  const twoOverPi = (2n << (2n * bits)) / piTimes(bits); // 2/π·2^bits
  const words = new Int32Array(129 * 4);
  for (let e = -24; e <= 104; e++) {
    let left = (e < 0 ? twoOverPi >> BigInt(-e) : twoOverPi << BigInt(e)) & ((4n << bits) - 1n);
    for (let i = 0; i < 4; i++) {
      const unit = bits - 22n - 24n * BigInt(i);
      const digits = left >> unit;
      left -= digits << unit;
      words[(e + 24) * 4 + i] = bitsOf(Number(digits) * 2 ** -(22 + 24 * i));
    }
  }
  return words;
}

/** π·2^bits by Machin's formula, π = 16 arctan 1/5 − 4 arctan 1/239. */
function piTimes(bits: bigint): bigint {
  const one = 1n << (bits + 16n);
  const arctan = (n: bigint): bigint => {
    let [term, sum] = [one / n, one / n];
    for (let k = 3n, sign = -1n; term > 0n; k += 2n, sign = -sign) {
      term /= n * n;
      sum += (sign * term) / k;
    }
    return sum;
  };
  return (16n * arctan(5n) - 4n * arctan(239n)) >> 16n;
}

/** Sets a lane's r and the whole number in t, for |x| > 2²⁰: x = m·2ᵉ with m of 24 bits, and m times each part of the table is exact. */
function reduceFar(f: FunctionWriter, table: number, x: Vector, lane: number, r: Vector, t: Vector): void {
  const bits = f.let(i32.reinterpretF32(f32.demoteF64(f64x2.extract(x, lane))));
  const exponent = i32.sub(i32.and(i32.shrU(bits, 23), 255), 150);
  const at = f.let(i32.add(i32.const(table), i32.shl(i32.add(exponent, 24), 4)));
  const m = f.let(f64.convertI32U(i32.or(i32.and(bits, 0x7fffff), 0x800000)));
  const y = f.let(f64.const(0));
  for (let i = 0; i < 4; i++) {
    f.set(y, f64.add(y, f64.mul(m, f64.promoteF32(f32.load(at, 4 * i)))));
    f.set(y, f64.sub(y, f64.mul(f64.const(4), f64.nearest(f64.mul(y, f64.const(0.25))))));
  }
  f.set(y, f64.mul(y, f64.copysign(f64.const(1), f64x2.extract(x, lane))));
  const n = f.let(f64.nearest(y));
  f.set(r, f64x2.replace(r, lane, f64.mul(f64.sub(y, n), f64.const(Math.PI / 2))));
  f.set(t, f64x2.replace(t, lane, f64.add(n, f64.const(1.5 * 2 ** 52))));
}

/** C's pow: |a|ᵇ = e^(b·log|a|), the sign of an odd power, and IEEE 754's special cases. */
const pow64: Doubles2 = (f, a, b) => {
  const size = f.let(f64x2.abs(a));
  const power = f.let(exp64(f, f.let(f64x2.mul(b, log64(f, size)))));
  const half = f.let(f64x2.mul(b, d(0.5)));
  const whole = f.let(f64x2.eq(f64x2.trunc(b), b));
  const odd = v128.andnot(whole, f64x2.eq(f64x2.trunc(half), half));
  f.set(power, v128.xor(power, v128.and(odd, v128.and(a, d(-0)))));
  const negative = v128.and(f64x2.lt(a, d(0)), f64x2.gt(a, d(-Infinity)));
  f.set(power, where(v128.andnot(negative, whole), d(Number.NaN), power));
  const one = f64x2.eq(a, d(1));
  const turning = v128.and(f64x2.eq(size, d(1)), f64x2.eq(f64x2.abs(b), d(Infinity)));
  const unit = v128.or(f64x2.eq(b, d(0)), v128.or(one, turning));
  return where(f.let(unit), d(1), power);
};

const floorDivide64: Doubles2 = (_, a, b) => f64x2.floor(f64x2.div(a, b));

/**
 * a − b·trunc(a/b), 40 bits of the quotient at a time: each step is exact, and one is enough but for quotients above 2⁴⁰.
 * Then the divisor's sign, as Python's %.
 */
const mod64: Doubles2 = (f, a, b) => {
  const r = f.let(v128.and(a, a));
  const size = f.let(f64x2.abs(b));
  const going = (): Code<"v128"> =>
    v128.and(
      f64x2.ge(f64x2.abs(r), size),
      v128.and(f64x2.gt(size, d(0)), f64x2.lt(f64x2.abs(r), d(Infinity))),
    );
  f.while(v128.anyTrue(going()), () => {
    const q = f.let(f64x2.trunc(v128.and(f64x2.div(r, size), i64x2.splat(i64of(-(2n ** 27n))))));
    f.set(r, where(going(), f64x2.sub(r, f64x2.mul(q, size)), r));
  });
  const wrong = v128.or(f64x2.eq(b, d(0)), v128.or(f64x2.eq(f64x2.abs(a), d(Infinity)), f64x2.ne(b, b)));
  f.set(r, where(wrong, d(Number.NaN), r));
  const apart = v128.and(f64x2.ne(r, d(0)), v128.xor(f64x2.lt(r, d(0)), f64x2.lt(b, d(0))));
  return where(f.let(apart), f64x2.add(r, b), r);
};

const unaries: Readonly<Record<string, Doubles>> = {
  log: log64,
  log1p: log1p64,
  expm1: expm164,
};

const binaries: Readonly<Record<string, Doubles2>> = { pow: pow64, floorDivide: floorDivide64, mod: mod64 };

/** log, log1p, expm1, sin, cos by a call. */
export function called(kit: Kit, name: string, x: Vector): Code<"v128"> {
  const doubles =
    name === "sin" || name === "cos" ? sine64(name === "sin" ? 0 : 1, farTable(kit)) : unaries[name];
  return kit.f.call(
    kit.helpers.unary(name, (f, v) => inDoubles(f, v, doubles)),
    x,
  );
}

function farTable({ constants }: Kit): number {
  return constants.table("turns", turnsOfPowers);
}

/** pow, floorDivide, mod by a call. */
export function called2(kit: Kit, name: string, x: Vector, y: Vector): Code<"v128"> {
  return kit.f.call(
    kit.helpers.binary(name, (f, a, b) => inDoubles2(f, a, b, binaries[name])),
    x,
    y,
  );
}

/** ⌊a/b⌋ of integers, by doubles, which hold all 32 bits; 0 where b is. */
export function integerQuotient(kit: Kit, signed: boolean, a: Vector, b: Vector): Code<"v128"> {
  const name = signed ? "quotientS" : "quotientU";
  const convert = signed ? f64x2.convertLowI32x4S : f64x2.convertLowI32x4U;
  const back = signed ? i32x4.truncSatF64x2SZero : i32x4.truncSatF64x2UZero;
  const ref = kit.helpers.binary(name, (f, x, y) => {
    const upper = [x, y].map((v) => f.let(i8x16.shuffle(v, v, [...high, ...high])));
    const half = (p: Vector, q: Vector): Vector =>
      f.let(back(f64x2.floor(f64x2.div(convert(p), convert(q)))));
    const result = f.let(i8x16.shuffle(half(x, y), half(upper[0], upper[1]), joined));
    // −2³¹ / −1 = 2³¹ wraps to itself, where the conversion saturates.
    const wraps = signed
      ? v128.and(i32x4.eq(x, i32x4.const(-(2 ** 31))), i32x4.eq(y, i32x4.const(-1)))
      : i32x4.const(0);
    const whole = where(wraps, x, result);
    return v128.andnot(whole, i32x4.eq(y, i32x4.const(0)));
  });
  return kit.f.call(ref, a, b);
}

/** Standard normal numbers of two uniform ones (Box and Muller 1958): radius from u, angle from v; even elements take the cosine. */
export function gaussian(kit: Kit, u: Vector, v: Vector, even: Vector): Code<"v128"> {
  const table = farTable(kit);
  const ref = kit.helpers.ternary("gaussian", (f, a, b, mask) => {
    const halves = [low, high].map((bytes) => {
      const wide = [a, b].map((x) => f.let(f64x2.promoteLowF32x4(i8x16.shuffle(x, x, [...bytes, ...bytes]))));
      const radius = f64x2.sqrt(f64x2.mul(d(-2), log64(f, f.let(f64x2.sub(d(1), wide[0])))));
      const { sine, cosine } = waves(f, f.let(f64x2.mul(wide[1], d(2 * Math.PI))), table);
      const [one, two] = [bytes.slice(0, 4), bytes.slice(4)];
      const lanes = i8x16.shuffle(mask, mask, [...one, ...one, ...two, ...two]);
      return f.let(f32x4.demoteF64x2Zero(f64x2.mul(radius, where(lanes, cosine(), sine()))));
    });
    return i8x16.shuffle(halves[0], halves[1], joined);
  });
  return kit.f.call(ref, u, v, even);
}
