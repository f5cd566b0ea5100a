import { describe, expect, test } from "vitest";
import { type FunctionWriter, type Locals, ModuleWriter } from "./encode.ts";
import { type Export, webAssembly } from "./engine.ts";
import {
  atomic,
  type Expr,
  f32,
  f32x4,
  f64,
  f64x2,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  i8x16,
  memory,
  multiplyAdd,
  select,
  signed,
  unsigned,
  v128,
  type ValueType,
} from "./instructions.ts";

interface Running {
  readonly exports: Readonly<Record<string, Export>>;
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** Compiles and starts what `write` writes, on one page of memory. */
function run(write: (module: ModuleWriter) => void, shared = false): Running {
  const module = new ModuleWriter({ shared });
  write(module);
  const page = new webAssembly.Memory(
    shared ? { initial: 1, maximum: 2, shared } : { initial: 1, maximum: 2 },
  );
  const compiled = new webAssembly.Module(module.bytes());
  const { exports } = new webAssembly.Instance(compiled, { below: { memory: page } });
  return { exports, buffer: page.buffer };
}

/** One function of scalars, ready to call. */
function compile<const P extends readonly ValueType[], R extends ValueType>(
  params: P,
  result: R,
  body: (f: FunctionWriter, params: Locals<P>) => Expr<R>,
): Export {
  return run((m) => m.fn("f", params, result, body as never)).exports["f"];
}

type Lanes =
  Float32Array | Float64Array | Int32Array | Int16Array | Int8Array | Uint8Array | Uint16Array | Uint32Array;
type LanesOf = new (buffer: ArrayBuffer | SharedArrayBuffer, at: number, length: number) => Lanes;

/** What f makes of the vectors a and b, read as lanes of `out`. */
function onVectors(
  f: (a: Expr<"v128">, b: Expr<"v128">) => Expr<"v128">,
  a: Lanes,
  b: Lanes,
  out: LanesOf,
): number[] {
  const { exports, buffer } = run((m) =>
    m.fn("f", [], "void", (w) => w.do(v128.store(64, f(v128.load(i32.const(16)), v128.load(i32.const(32)))))),
  );
  const bytes = new Uint8Array(buffer);
  bytes.set(new Uint8Array(a.buffer, a.byteOffset, 16), 16);
  bytes.set(new Uint8Array(b.buffer, b.byteOffset, 16), 32);
  exports["f"]();
  return [...new out(buffer, 64, 16 / a.BYTES_PER_ELEMENT)];
}

test("LEB128 is as the specification's examples", () => {
  expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
  expect(signed(-123456)).toEqual([0xc0, 0xbb, 0x78]);
  expect(unsigned(0)).toEqual([0]);
  expect(unsigned(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
  expect([63, 64, -64, -65].map(signed)).toEqual([[63], [0xc0, 0], [0x40], [0xbf, 0x7f]]);
});

test("constants arrive as they were written", () => {
  for (const n of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)])
    expect(compile([], "i32", () => i32.const(n))()).toBe(n);
  for (const x of [0, -0, 0.1, -1e-40, Infinity, NaN])
    expect(compile([], "f32", () => f32.const(x))()).toBe(Math.fround(x));
  expect(compile([], "f64", () => f64.const(Math.PI))()).toBe(Math.PI);
  expect(compile([], "i64", () => i64.const(-(2 ** 40)))()).toBe(-(2n ** 40n));
});

const bit = (x: boolean): number => (x ? 1 : 0);
const mask = (x: boolean): number => (x ? -1 : 0);
const u = (x: number): number => x >>> 0;
const even = (x: number): number => {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (Math.abs(low) % 2) : Math.round(x);
};

describe("scalar instructions do what JavaScript's operators do", () => {
  const i32Unary: Partial<Record<keyof typeof i32, (x: number) => number>> = {
    eqz: (x) => bit(x === 0),
    clz: Math.clz32,
    ctz: (x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)),
    popcnt: (x) => u(x).toString(2).replaceAll("0", "").length,
    extend8S: (x) => (x << 24) >> 24,
    extend16S: (x) => (x << 16) >> 16,
  };
  const i32Binary: Partial<Record<keyof typeof i32, (a: number, b: number) => number>> = {
    eq: (a, b) => bit(a === b),
    ne: (a, b) => bit(a !== b),
    ltS: (a, b) => bit(a < b),
    ltU: (a, b) => bit(u(a) < u(b)),
    gtS: (a, b) => bit(a > b),
    gtU: (a, b) => bit(u(a) > u(b)),
    leS: (a, b) => bit(a <= b),
    leU: (a, b) => bit(u(a) <= u(b)),
    geS: (a, b) => bit(a >= b),
    geU: (a, b) => bit(u(a) >= u(b)),
    add: (a, b) => (a + b) | 0,
    sub: (a, b) => (a - b) | 0,
    mul: Math.imul,
    divS: (a, b) => (a / b) | 0,
    divU: (a, b) => (u(a) / u(b)) | 0,
    remS: (a, b) => (a % b) | 0,
    remU: (a, b) => (u(a) % u(b)) | 0,
    and: (a, b) => a & b,
    or: (a, b) => a | b,
    xor: (a, b) => a ^ b,
    shl: (a, b) => a << b,
    shrS: (a, b) => a >> b,
    shrU: (a, b) => (a >>> b) | 0,
    rotl: (a, b) => (a << (b & 31)) | (a >>> (-b & 31)),
    rotr: (a, b) => (a >>> (b & 31)) | (a << (-b & 31)),
  };
  const f32Unary: Partial<Record<keyof typeof f32, (x: number) => number>> = {
    abs: Math.abs,
    neg: (x) => -x,
    ceil: Math.ceil,
    floor: Math.floor,
    trunc: Math.trunc,
    nearest: even,
    sqrt: (x) => Math.fround(Math.sqrt(x)),
  };
  const f32Binary: Partial<Record<keyof typeof f32, (a: number, b: number) => number>> = {
    add: (a, b) => Math.fround(a + b),
    sub: (a, b) => Math.fround(a - b),
    mul: (a, b) => Math.fround(a * b),
    div: (a, b) => Math.fround(a / b),
    min: Math.min,
    max: Math.max,
    copysign: (a, b) => (bit(Object.is(b, -0) || b < 0) === 1 ? -Math.abs(a) : Math.abs(a)),
    eq: (a, b) => bit(a === b),
    ne: (a, b) => bit(a !== b),
    lt: (a, b) => bit(a < b),
    gt: (a, b) => bit(a > b),
    le: (a, b) => bit(a <= b),
    ge: (a, b) => bit(a >= b),
  };
  const integers = [0, 1, -1, 7, 300, -40_000, 2 ** 31 - 1, -(2 ** 31)];
  const floats = [0, -0, 1, -2.5, 3.5, 1e-30, -7e20, Infinity].map(Math.fround);

  test.each(Object.entries(i32Unary))("i32.%s", (name, js) => {
    const f = compile(["i32"], "i32", (_, [x]) => (i32[name as "eqz"] as (x: Expr<"i32">) => Expr<"i32">)(x));
    for (const x of integers) expect(f(x), `of ${x}`).toBe(js(x));
  });
  test.each(Object.entries(i32Binary))("i32.%s", (name, js) => {
    const f = compile(["i32", "i32"], "i32", (_, [a, b]) => i32[name as "add"](a, b));
    const traps = (a: number, b: number): boolean =>
      /^(div|rem)/.test(name) && (b === 0 || (a === -(2 ** 31) && b === -1));
    for (const a of integers)
      for (const b of integers) if (!traps(a, b)) expect(f(a, b), `of ${a}, ${b}`).toBe(js(a, b));
  });
  test.each(Object.entries(f32Unary))("f32.%s", (name, js) => {
    const f = compile(["f32"], "f32", (_, [x]) => (f32[name as "abs"] as (x: Expr<"f32">) => Expr<"f32">)(x));
    const g = compile(["f64"], "f64", (_, [x]) => (f64[name as "abs"] as (x: Expr<"f64">) => Expr<"f64">)(x));
    for (const x of floats) {
      expect(f(x), `of ${x}`).toBe(js(x));
      expect(Math.fround(g(x)), `f64 of ${x}`).toBe(js(x));
    }
  });
  test.each(Object.entries(f32Binary))("f32.%s", (name, js) => {
    const result = /^(eq|ne|lt|gt|le|ge)$/.test(name) ? "i32" : "f32";
    const f = compile(["f32", "f32"], result, (_, [a, b]) => f32[name as "add"](a, b));
    for (const a of floats) for (const b of floats) expect(f(a, b), `of ${a}, ${b}`).toBe(js(a, b));
  });

  test("conversions", () => {
    const whole = compile(["f32"], "i32", (_, [x]) => i32.truncSatF32S(x));
    expect([1.9, -1.9, NaN, 1e20].map((x) => whole(x))).toEqual([1, -1, 0, 2 ** 31 - 1]);
    expect(compile(["f32"], "i32", (_, [x]) => i32.truncSatF32U(x))(-5)).toBe(0);
    expect(compile(["i32"], "f32", (_, [x]) => f32.convertI32S(x))(-3)).toBe(-3);
    expect(compile(["i32"], "f32", (_, [x]) => f32.convertI32U(x))(-1)).toBe(2 ** 32);
    expect(compile(["i32"], "f32", (_, [x]) => f32.reinterpretI32(x))(0x3f800000)).toBe(1);
    expect(compile(["f32"], "i32", (_, [x]) => i32.reinterpretF32(x))(1)).toBe(0x3f800000);
    expect(compile(["i32"], "f64", (_, [x]) => f64.convertI32U(x))(-1)).toBe(2 ** 32 - 1);
    expect(compile(["f32"], "f64", (_, [x]) => f64.promoteF32(x))(0.5)).toBe(0.5);
    expect(compile(["f64"], "f32", (_, [x]) => f32.demoteF64(x))(0.1)).toBe(Math.fround(0.1));
    const product = compile(["i32", "i32"], "i32", (_, [a, b]) =>
      i32.wrapI64(i64.shrU(i64.mul(i64.extendI32U(a), i64.extendI32U(b)), 32)),
    );
    expect(product(-1, -1)).toBe(-2); // (2³² − 1)² = (2³² − 2)·2³² + 1
    expect(compile(["i32"], "f32", (_, [x]) => select(f32.const(1), f32.const(2), x))(0)).toBe(2);
  });
});

type Op = (a: Expr<"v128">, b: Expr<"v128">) => Expr<"v128">;

describe("vector instructions do to each lane what the scalar does", () => {
  const compare: Record<string, (a: number, b: number) => number> = {
    eq: (a, b) => mask(a === b),
    ne: (a, b) => mask(a !== b),
    lt: (a, b) => mask(a < b),
    gt: (a, b) => mask(a > b),
    le: (a, b) => mask(a <= b),
    ge: (a, b) => mask(a >= b),
  };
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    div: (a, b) => a / b,
    min: Math.min,
    max: Math.max,
    pmin: (a, b) => (b < a ? b : a),
    pmax: (a, b) => (a < b ? b : a),
  };
  const single: Record<string, (x: number) => number> = {
    abs: Math.abs,
    neg: (x) => -x,
    sqrt: Math.sqrt,
    ceil: Math.ceil,
    floor: Math.floor,
    trunc: Math.trunc,
    nearest: even,
  };
  const a4 = Float32Array.of(1.5, -2.5, 0, 4);
  const b4 = Float32Array.of(1.5, 3, -1, 0.25);
  const a2 = Float64Array.of(2.5, -3);
  const b2 = Float64Array.of(-0.5, -3);

  test.each(Object.entries(arithmetic))("f32x4 and f64x2 %s", (name, js) => {
    expect(onVectors(f32x4[name as "add"], a4, b4, Float32Array)).toEqual(lanes(Float32Array, js, a4, b4));
    expect(onVectors(f64x2[name as "add"], a2, b2, Float64Array)).toEqual(lanes(Float64Array, js, a2, b2));
  });
  test.each(Object.entries(compare))("f32x4 %s", (name, js) => {
    expect(onVectors(f32x4[name as "eq"], a4, b4, Int32Array)).toEqual(lanes(Int32Array, js, a4, b4));
    expect(onVectors(f64x2[name as "eq"], a2, b2, Float64Array).map((x) => mask(Number.isNaN(x)))).toEqual(
      lanes(Float64Array, js, a2, b2),
    );
  });
  test.each(Object.entries(single))("f32x4 and f64x2 %s", (name, js) => {
    const f = f32x4[name as "abs"];
    expect(onVectors((x) => f(x), a4, b4, Float32Array)).toEqual(lanes(Float32Array, js, a4, b4));
    const g = f64x2[name as "abs"];
    expect(onVectors((x) => g(x), a2, b2, Float64Array)).toEqual(lanes(Float64Array, js, a2, b2));
  });

  const signedLanes = {
    i32x4: [i32x4, Int32Array],
    i16x8: [i16x8, Int16Array],
    i8x16: [i8x16, Int8Array],
  } as const;
  const unsignedLanes = { i32x4: Uint32Array, i16x8: Uint16Array, i8x16: Uint8Array };
  const sample = [
    1,
    -1,
    100,
    -100,
    30_000,
    -30_000,
    7,
    0,
    2 ** 31 - 1,
    -(2 ** 31),
    255,
    128,
    127,
    -128,
    65_535,
    3,
  ];
  const other = [1, 5, -100, -7, 30_000, 2, -7, 0, 1, -1, 254, 129, -127, -128, 65_534, -3];
  const integer: Record<string, (a: number, b: number) => number> = {
    add: arithmetic["add"],
    sub: arithmetic["sub"],
    mul: Math.imul,
    eq: compare["eq"],
    ne: compare["ne"],
    ltS: compare["lt"],
    gtS: compare["gt"],
    leS: compare["le"],
    geS: compare["ge"],
    ltU: compare["lt"],
    gtU: compare["gt"],
    leU: compare["le"],
    geU: compare["ge"],
    minS: Math.min,
    maxS: Math.max,
    minU: Math.min,
    maxU: Math.max,
  };
  for (const [type, [ops, Signed]] of Object.entries(signedLanes))
    for (const [name, js] of Object.entries(integer).filter(([name]) => name in ops))
      test(`${type}.${name}`, () => {
        const Lane = name.endsWith("U") ? unsignedLanes[type as "i32x4"] : Signed;
        const n = 16 / Signed.BYTES_PER_ELEMENT;
        const [a, b] = [new Lane(sample.slice(-n)), new Lane(other.slice(-n))];
        expect(onVectors((ops as unknown as Record<string, Op>)[name], a, b, Signed)).toEqual([
          ...new Signed(lanes(Float64Array, js, a, b)),
        ]);
      });
  test.each(Object.entries(signedLanes))("%s shifts, abs, neg", (_, [ops, Signed]) => {
    const a = new Signed(sample.slice(-16 / Signed.BYTES_PER_ELEMENT));
    const width = Signed.BYTES_PER_ELEMENT * 8;
    const of = (js: (x: number) => number): number[] => Array.from(a.map(js));
    expect(onVectors((x) => ops.shl(x, 3), a, a, Signed)).toEqual(of((x) => x << 3));
    expect(onVectors((x) => ops.shrS(x, 3), a, a, Signed)).toEqual(of((x) => x >> 3));
    expect(onVectors((x) => ops.shrU(x, 3), a, a, Signed)).toEqual(of((x) => (x & (2 ** width - 1)) >>> 3));
    expect(onVectors((x) => ops.abs(x), a, a, Signed)).toEqual(of(Math.abs));
    expect(onVectors((x) => ops.neg(x), a, a, Signed)).toEqual(of((x) => -x));
  });

  test("bits, lanes and widths", () => {
    const a = Int8Array.from({ length: 16 }, (_, i) => i * 17 - 128);
    const b = Int8Array.from({ length: 16 }, (_, i) => 100 - i * 13);
    const shorts = new Int16Array(a.buffer);
    const ints = new Int32Array(a.buffer);
    const bits = (js: (x: number, y: number) => number): number[] => lanes(Int8Array, js, a, b);
    expect(onVectors(v128.and, a, b, Int8Array)).toEqual(bits((x, y) => x & y));
    expect(onVectors(v128.or, a, b, Int8Array)).toEqual(bits((x, y) => x | y));
    expect(onVectors(v128.xor, a, b, Int8Array)).toEqual(bits((x, y) => x ^ y));
    expect(onVectors(v128.andnot, a, b, Int8Array)).toEqual(bits((x, y) => x & ~y));
    expect(onVectors((x) => v128.not(x), a, b, Int8Array)).toEqual(bits((x) => ~x));
    expect(onVectors((x, y) => v128.bitselect(x, y, x), a, b, Int8Array)).toEqual(
      bits((x, y) => (x & x) | (y & ~x)),
    );
    expect(onVectors((x) => i16x8.extendLowI8x16S(x), a, b, Int16Array).slice(0, 8)).toEqual(
      Array.from(a.slice(0, 8)),
    );
    const wide = (f: (x: Expr<"v128">) => Expr<"v128">, out: LanesOf, n: number): number[] =>
      onVectors(f, a, b, out).slice(0, n);
    expect(wide(i16x8.extendHighI8x16S as never, Int16Array, 8)).toEqual(Array.from(a.slice(8)));
    expect(wide(i16x8.extendLowI8x16U as never, Int16Array, 8)).toEqual([...new Uint8Array(a.buffer, 0, 8)]);
    expect(wide(i16x8.extendHighI8x16U as never, Int16Array, 8)).toEqual([...new Uint8Array(a.buffer, 8, 8)]);
    expect(wide(i32x4.extendLowI16x8S as never, Int32Array, 4)).toEqual(Array.from(shorts.slice(0, 4)));
    expect(wide(i32x4.extendHighI16x8S as never, Int32Array, 4)).toEqual(Array.from(shorts.slice(4)));
    expect(wide(f32x4.convertI32x4S as never, Float32Array, 4)).toEqual(Array.from(Float32Array.from(ints)));
    const floats = Float32Array.of(1.7, -1.7, NaN, 1e20);
    const words = onVectors((x) => i32x4.truncSatF32x4S(x), floats, b, Int32Array);
    expect(words).toEqual([1, -1, 0, 2 ** 31 - 1]);
    expect(
      onVectors(
        (x, y) =>
          i8x16.shuffle(
            x,
            y,
            [...b.keys()].map((i) => 31 - i),
          ),
        a,
        b,
        Int8Array,
      ),
    ).toEqual([...b].toReversed());
    const backwards = Int8Array.from({ length: 16 }, (_, i) => (i === 3 ? 99 : 15 - i));
    expect(onVectors(i8x16.swizzle, a, backwards, Int8Array)).toEqual(
      [...backwards].map((i) => (i === 99 ? 0 : a[i])),
    );
    expect(onVectors((x) => i32x4.replace(x, 2, i32x4.extract(x, 1)), a, b, Int32Array).slice(0, 4)).toEqual([
      ints[0],
      ints[1],
      ints[1],
      ints[3],
    ]);
    expect(onVectors(() => f32x4.splat(0.5), a4, b4, Float32Array)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(onVectors(() => f32x4.const(0.1), a4, b4, Float32Array)).toEqual(Array(4).fill(Math.fround(0.1)));
    expect(onVectors(() => i64x2.splat(i64.const(-2)), a2, b2, Int32Array).slice(0, 2)).toEqual([-2, -1]);
  });

  test("sums of products: the exact 16-bit one, and the relaxed 8-bit one on its right domain", () => {
    const a = Int16Array.of(-32768, 32767, 1, 2, -3, 4, 5, -6);
    const b = Int16Array.of(-32768, 32767, 3, -4, 5, 6, -7, 8);
    const pairs = [0, 2, 4, 6].map((i) => (a[i] * b[i] + a[i + 1] * b[i + 1]) | 0);
    expect(onVectors(i32x4.dotI16x8S, a, b, Int32Array).slice(0, 4)).toEqual(pairs);
    const x = Int8Array.from({ length: 16 }, (_, i) => i * 17 - 128);
    const y = Int8Array.from({ length: 16 }, (_, i) => (i * 41) % 128);
    const fours = [0, 4, 8, 12].map((i) => [0, 1, 2, 3].reduce((sum, j) => sum + x[i + j] * y[i + j], 7));
    const dot: Op = (p, q) => i32x4.relaxedDotI8x16I7x16Add(p, q, i32x4.splat(7));
    expect(onVectors(dot, x, y, Int32Array).slice(0, 4)).toEqual(fours);
    const twos = Array.from({ length: 8 }, (_, i) => x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1]);
    expect(onVectors(i16x8.relaxedDotI8x16I7x16, x, y, Int16Array).slice(0, 8)).toEqual(twos);
  });

  test("multiply-add rounds once or twice, as it says", () => {
    const near = Float32Array.of(1 + 2 ** -12, 1, 2, 3);
    const minus: Op = (x, y) => multiplyAdd(false, x, x, f32x4.neg(y));
    const one = Float32Array.of(1 + 2 ** -11, 1, 4, 9);
    expect(onVectors(minus, near, one, Float32Array)[0]).toBe(0); // (1 + ε)² − (1 + 2ε), twice rounded
    const fused: Op = (x, y) => multiplyAdd(true, x, x, f32x4.neg(y));
    expect([0, 2 ** -24]).toContain(onVectors(fused, near, one, Float32Array)[0]); // relaxed: either, by the processor
    const nega: Op = (x, y) => f32x4.relaxedNmadd(x, x, y);
    expect(onVectors(nega, near, one, Float32Array)[3]).toBe(0);
  });
});

function lanes(
  Out: new (n: readonly number[]) => Lanes,
  js: (a: number, b: number) => number,
  a: Lanes,
  b: Lanes,
): number[] {
  return Array.from(new Out(Array.from(a, (x, i) => js(x, b[i]))));
}

describe("memory", () => {
  test("loads and stores of every width, with their offsets", () => {
    const { exports, buffer } = run((m) => {
      m.fn("load", ["i32"], "i32", (_, [p]) =>
        i32.add(
          i32.mul(i32.load8S(p, 1), 1_000_000),
          i32.add(i32.mul(i32.load8U(p, 1), 1000), i32.load16S(p, 2)),
        ),
      );
      m.fn("store", ["i32"], "void", (f, [p]) =>
        f.do(i32.store8(p, 1, 300), i32.store16(p, 513, 302), i32.store(p, -1, 304), f32.store(p, 1, 308)),
      );
      m.fn("lanes", ["i32"], "void", (f, [p]) => {
        const x = f.let(v128.load64Splat(p));
        f.set(x, v128.load8Lane(p, x, 15, 1));
        f.do(v128.store(p, x, 16), v128.store32Lane(p, x, 3, 32), v128.store(p, v128.load32Zero(p), 48));
        f.do(v128.store(p, v128.load8x8U(p), 64), v128.store(p, v128.load16Splat(p, 2), 80));
      });
    });
    const bytes = new Uint8Array(buffer);
    bytes.set([9, 200, 0xff, 0xff, 5, 6, 7, 8], 100);
    expect(exports["load"](100)).toBe(-56 * 1_000_000 + 200 * 1000 - 1);
    exports["store"](100);
    expect(Array.from(bytes.slice(400, 412))).toEqual([1, 0, 1, 2, 255, 255, 255, 255, 0, 0, 0x80, 0x3f]);
    exports["lanes"](100);
    expect(Array.from(bytes.slice(116, 132))).toEqual([
      9, 200, 255, 255, 5, 6, 7, 8, 9, 200, 255, 255, 5, 6, 7, 200,
    ]);
    expect(Array.from(bytes.slice(132, 136))).toEqual([5, 6, 7, 200]);
    expect(Array.from(bytes.slice(148, 156))).toEqual([9, 200, 255, 255, 0, 0, 0, 0]);
    expect([...new Uint16Array(buffer, 164, 8)]).toEqual([9, 200, 255, 255, 5, 6, 7, 8]);
    expect([...new Uint16Array(buffer, 180, 8)]).toEqual(Array(8).fill(0xffff));
  });

  test("bulk copy and fill, size, and data that comes with the module", () => {
    const { exports, buffer } = run((m) => {
      m.data(8, Uint8Array.of(1, 2, 3));
      m.fn("f", [], "i32", (f) => {
        f.do(memory.copy(20, 8, 3), memory.fill(23, 7, 2));
        return memory.size();
      });
    });
    expect(exports["f"]()).toBe(1);
    expect([...new Uint8Array(buffer, 20, 6)]).toEqual([1, 2, 3, 7, 7, 0]);
  });

  test("atomics work on shared memory and give the value before", () => {
    const { exports, buffer } = run((m) => {
      m.fn("f", [], "i32", (f) => {
        f.do(atomic.store(0, 5), atomic.fence());
        f.drop(atomic.add(0, 3));
        f.drop(atomic.sub(0, 1));
        f.drop(atomic.compareExchange(0, 99, 1));
        f.drop(atomic.compareExchange(0, 7, 42));
        return i32.add(i32.mul(atomic.exchange(0, 1, 0), 10), atomic.load(0));
      });
    }, true);
    expect(buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(exports["f"]()).toBe(421);
  });
});

describe("control", () => {
  test("for, while, if, block, branch and call", () => {
    const { exports } = run((m) => {
      const square = m.fn(undefined, ["i32"], "i32", (_, [x]) => i32.mul(x, x));
      const stepped = m.fn("sumOfSquares", ["i32", "i32"], "i32", (f, [n, step]) => {
        const i = f.local("i32");
        const sum = f.local("i32");
        f.for(i, 0, n, step, () => f.add(sum, f.call(square, i)));
        return sum;
      });
      m.fn("twice", ["i32"], "i32", (f, [n]) => i32.mul(f.call(stepped, n, 1), 2));
      m.fn("log2", ["i32"], "i32", (f, [n]) => {
        const count = f.local("i32");
        f.while(i32.gtU(n, 1), () => {
          f.set(n, i32.shrU(n, 1));
          f.add(count, 1);
        });
        return count;
      });
      m.fn("sign", ["i32"], "i32", (f, [n]) => {
        f.if(
          i32.gtS(n, 0),
          () => f.return(i32.const(1)),
          () => {
            f.block((exit) => {
              f.branchIf(exit, i32.ltS(n, 0));
              f.return(i32.const(0));
            });
          },
        );
        return -1;
      });
      m.fn("firstMultiple", ["i32", "i32"], "i32", (f, [n, of]) => {
        f.block((found) =>
          f.loop((again) => {
            f.if(i32.eqz(i32.remU(n, of)), () => f.branch(found));
            f.add(n, 1);
            f.branch(again);
          }),
        );
        return n;
      });
    });
    expect(exports["sumOfSquares"](5, 1)).toBe(30);
    expect(exports["sumOfSquares"](5, 2)).toBe(20);
    expect(exports["sumOfSquares"](0, 1)).toBe(0);
    expect(exports["twice"](5)).toBe(60);
    expect(exports["log2"](1000)).toBe(9);
    expect([5, 0, -5].map((n) => exports["sign"](n))).toEqual([1, 0, -1]);
    expect(exports["firstMultiple"](13, 5)).toBe(15);
  });

  test("a module too large for one-byte lengths is written right", () => {
    const { exports } = run((m) => {
      for (let i = 0; i < 300; i++) m.fn(`f${i}`, ["i32"], "i32", (_, [x]) => i32.add(x, i));
    });
    expect(exports["f299"](1)).toBe(300);
  });
});
