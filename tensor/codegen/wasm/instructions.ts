/**
 * WebAssembly's instructions as typed expressions: `f32x4.add(a, b)` is a piece of code that leaves a v128.
 * Tables of opcodes, so that adding one is adding a name and a number. Knows no functions and no modules (encode.ts).
 * Source: WebAssembly specification 3.0, §5.4 (binary format of instructions); threads proposal for atomics.
 *
 * An expression is code, not a value: used twice, it runs twice. Keep in a local what is needed again.
 */

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Code that leaves one value of type T on the stack, or none for "void". */
export interface Expr<T extends ValueType | "void"> {
  readonly type: T;
  readonly code: readonly number[];
}

/** An expression, or a number that stands for the constant. A v128 constant must be written out (v128.const): see there. */
export type Operand<T extends ValueType> = Expr<T> | (T extends "v128" ? never : number);

/** Unsigned LEB128 (§5.2.2). */
export function unsigned(n: number): number[] {
  const out: number[] = [];
  do {
    const low = n % 128;
    n = Math.floor(n / 128);
    out.push(n > 0 ? low | 0x80 : low);
  } while (n > 0);
  return out;
}

/** Signed LEB128 of a whole number up to 2⁵³ in size. */
export function signed(n: number): number[] {
  const out: number[] = [];
  for (;;) {
    const low = ((n % 128) + 128) % 128;
    n = Math.floor(n / 128);
    const done = (n === 0 && low < 64) || (n === -1 && low >= 64);
    out.push(done ? low : low | 0x80);
    if (done) return out;
  }
}

export function expr<T extends ValueType | "void">(
  type: T,
  ...parts: readonly (readonly number[])[]
): Expr<T> {
  return { type, code: parts.flat() };
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const saturating = (opcode: number): number[] => [0xfc, opcode];
const atomicOp = (opcode: number): number[] => [0xfe, opcode];

const bytesOf = (array: ArrayBufferView): number[] => [
  ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
];

/** The constant n of a type. f32 is rounded; i32 takes −2³¹ … 2³²−1. */
export function constant<T extends Exclude<ValueType, "v128">>(type: T, n: number): Expr<T> {
  if (type === "i32") return expr(type, [0x41], signed(n | 0));
  if (type === "i64") return expr(type, [0x42], signed(n));
  if (type === "f32") return expr(type, [0x43], bytesOf(new Float32Array([n])));
  return expr(type, [0x44], bytesOf(new Float64Array([n])));
}

function code<T extends ValueType>(type: T, x: Operand<T>): readonly number[] {
  return typeof x === "number" ? constant(type as Exclude<T, "v128">, x).code : x.code;
}

type Unary<A extends ValueType, R extends ValueType> = (x: Operand<A>) => Expr<R>;
type Binary<A extends ValueType, B extends ValueType, R extends ValueType> = (
  a: Operand<A>,
  b: Operand<B>,
) => Expr<R>;

type Opcodes<N extends string> = Readonly<Record<N, number | readonly number[]>>;

function each<N extends string, F>(
  opcodes: Opcodes<N>,
  make: (opcode: readonly number[]) => F,
): Record<N, F> {
  const entries = Object.entries<number | readonly number[]>(opcodes);
  return Object.fromEntries(
    entries.map(([name, opcode]) => [name, make(typeof opcode === "number" ? [opcode] : opcode)]),
  ) as Record<N, F>;
}

function unary<A extends ValueType, R extends ValueType, N extends string>(
  a: A,
  result: R,
  opcodes: Opcodes<N>,
): Record<N, Unary<A, R>> {
  return each(
    opcodes,
    (opcode): Unary<A, R> =>
      (x) =>
        expr(result, code(a, x), opcode),
  );
}

function binary<A extends ValueType, B extends ValueType, R extends ValueType, N extends string>(
  a: A,
  b: B,
  result: R,
  opcodes: Opcodes<N>,
): Record<N, Binary<A, B, R>> {
  return each(
    opcodes,
    (opcode): Binary<A, B, R> =>
      (x, y) =>
        expr(result, code(a, x), code(b, y), opcode),
  );
}

/** As unary and binary, for opcodes of the SIMD page. */
function vectors<N extends string>(opcodes: Readonly<Record<N, number>>): Record<N, readonly number[]> {
  return Object.fromEntries(
    Object.entries<number>(opcodes).map(([name, opcode]) => [name, simd(opcode)]),
  ) as unknown as Record<N, readonly number[]>;
}

// ——— memory ———

/** Bytes are at `address + offset`; the offset is free of cost and never negative. */
type Load<R extends ValueType> = (address: Operand<"i32">, offset?: number) => Expr<R>;
type Store<A extends ValueType> = (
  address: Operand<"i32">,
  value: Operand<A>,
  offset?: number,
) => Expr<"void">;

function load<R extends ValueType>(result: R, opcode: readonly number[], align: number): Load<R> {
  return (address, offset = 0) =>
    expr(result, code("i32", address), opcode, unsigned(align), unsigned(offset));
}

function store<A extends ValueType>(a: A, opcode: readonly number[], align: number): Store<A> {
  return (address, value, offset = 0) =>
    expr("void", code("i32", address), code(a, value), opcode, unsigned(align), unsigned(offset));
}

export const memory = {
  /** Size in pages of 64 KiB. */
  size: (): Expr<"i32"> => expr("i32", [0x3f, 0]),
  copy: (to: Operand<"i32">, from: Operand<"i32">, bytes: Operand<"i32">): Expr<"void"> =>
    expr("void", code("i32", to), code("i32", from), code("i32", bytes), [0xfc, 10, 0, 0]),
  fill: (to: Operand<"i32">, byte: Operand<"i32">, bytes: Operand<"i32">): Expr<"void"> =>
    expr("void", code("i32", to), code("i32", byte), code("i32", bytes), [0xfc, 11, 0]),
};

/** Sequentially consistent; the address must be a multiple of 4, or the instruction traps. */
export const atomic = {
  load: load("i32", atomicOp(0x10), 2),
  store: store("i32", atomicOp(0x17), 2),
  /** Each returns what was there before. */
  add: rmw(0x1e),
  sub: rmw(0x25),
  exchange: rmw(0x41),
  /** Puts `value` where `expected` is found. */
  compareExchange: (
    address: Operand<"i32">,
    expected: Operand<"i32">,
    value: Operand<"i32">,
    offset = 0,
  ): Expr<"i32"> =>
    expr(
      "i32",
      code("i32", address),
      code("i32", expected),
      code("i32", value),
      [0xfe, 0x48, 2],
      unsigned(offset),
    ),
  fence: (): Expr<"void"> => expr("void", [0xfe, 0x03, 0]),
};

function rmw(
  opcode: number,
): (address: Operand<"i32">, value: Operand<"i32">, offset?: number) => Expr<"i32"> {
  return (address, value, offset = 0) =>
    expr("i32", code("i32", address), code("i32", value), atomicOp(opcode), [2], unsigned(offset));
}

// ——— scalars ———

export const i32 = {
  const: (n: number): Expr<"i32"> => constant("i32", n),
  ...unary("i32", "i32", { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 }),
  ...binary("i32", "i32", "i32", {
    eq: 0x46,
    ne: 0x47,
    ltS: 0x48,
    ltU: 0x49,
    gtS: 0x4a,
    gtU: 0x4b,
    leS: 0x4c,
    leU: 0x4d,
    geS: 0x4e,
    geU: 0x4f,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    divS: 0x6d,
    divU: 0x6e,
    remS: 0x6f,
    remU: 0x70,
    and: 0x71,
    or: 0x72,
    xor: 0x73,
    shl: 0x74,
    shrS: 0x75,
    shrU: 0x76,
    rotl: 0x77,
    rotr: 0x78,
  }),
  ...unary("f32", "i32", { truncSatF32S: saturating(0), truncSatF32U: saturating(1), reinterpretF32: 0xbc }),
  ...unary("i64", "i32", { wrapI64: 0xa7 }),
  load: load("i32", [0x28], 2),
  load8S: load("i32", [0x2c], 0),
  load8U: load("i32", [0x2d], 0),
  load16S: load("i32", [0x2e], 1),
  load16U: load("i32", [0x2f], 1),
  store: store("i32", [0x36], 2),
  store8: store("i32", [0x3a], 0),
  store16: store("i32", [0x3b], 1),
};

export const i64 = {
  const: (n: number): Expr<"i64"> => constant("i64", n),
  ...binary("i64", "i64", "i32", { eq: 0x51, ne: 0x52, ltS: 0x53, ltU: 0x54, gtS: 0x55, gtU: 0x56 }),
  ...binary("i64", "i64", "i64", {
    add: 0x7c,
    sub: 0x7d,
    mul: 0x7e,
    divS: 0x7f,
    divU: 0x80,
    remS: 0x81,
    remU: 0x82,
    and: 0x83,
    or: 0x84,
    xor: 0x85,
    shl: 0x86,
    shrS: 0x87,
    shrU: 0x88,
  }),
  ...unary("i32", "i64", { extendI32S: 0xac, extendI32U: 0xad }),
  load: load("i64", [0x29], 3),
  store: store("i64", [0x37], 3),
};

export const f32 = {
  const: (n: number): Expr<"f32"> => constant("f32", n),
  ...unary("f32", "f32", {
    abs: 0x8b,
    neg: 0x8c,
    ceil: 0x8d,
    floor: 0x8e,
    trunc: 0x8f,
    nearest: 0x90,
    sqrt: 0x91,
  }),
  ...binary("f32", "f32", "f32", {
    add: 0x92,
    sub: 0x93,
    mul: 0x94,
    div: 0x95,
    min: 0x96,
    max: 0x97,
    copysign: 0x98,
  }),
  ...binary("f32", "f32", "i32", { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 }),
  ...unary("i32", "f32", { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe }),
  ...unary("f64", "f32", { demoteF64: 0xb6 }),
  load: load("f32", [0x2a], 2),
  store: store("f32", [0x38], 2),
};

export const f64 = {
  const: (n: number): Expr<"f64"> => constant("f64", n),
  ...unary("f64", "f64", {
    abs: 0x99,
    neg: 0x9a,
    ceil: 0x9b,
    floor: 0x9c,
    trunc: 0x9d,
    nearest: 0x9e,
    sqrt: 0x9f,
  }),
  ...binary("f64", "f64", "f64", {
    add: 0xa0,
    sub: 0xa1,
    mul: 0xa2,
    div: 0xa3,
    min: 0xa4,
    max: 0xa5,
    copysign: 0xa6,
  }),
  ...binary("f64", "f64", "i32", { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 }),
  ...unary("i32", "f64", { convertI32S: 0xb7, convertI32U: 0xb8 }),
  ...unary("f32", "f64", { promoteF32: 0xbb }),
  load: load("f64", [0x2b], 3),
  store: store("f64", [0x39], 3),
};

/** `a` where the condition is not 0, else `b`; both run. */
export function select<T extends ValueType>(a: Expr<T>, b: Expr<T>, condition: Operand<"i32">): Expr<T> {
  const opcode = a.type === "v128" ? [0x1c, 1, 0x7b] : [0x1b];
  return expr(a.type, a.code, b.code, code("i32", condition), opcode);
}

// ——— vectors of 128 bits ———

const ternary =
  (opcode: readonly number[]) =>
  (a: Expr<"v128">, b: Expr<"v128">, c: Expr<"v128">): Expr<"v128"> =>
    expr("v128", a.code, b.code, c.code, opcode);

/** Lane i of x. */
const extract =
  <R extends ValueType>(result: R, opcode: number) =>
  (x: Expr<"v128">, lane: number): Expr<R> =>
    expr(result, x.code, simd(opcode), [lane]);

/** x with lane i set to y. */
const replace =
  <B extends ValueType>(b: B, opcode: number) =>
  (x: Expr<"v128">, lane: number, y: Operand<B>): Expr<"v128"> =>
    expr("v128", x.code, code(b, y), simd(opcode), [lane]);

const loadLane =
  (opcode: number, align: number) =>
  (address: Operand<"i32">, x: Expr<"v128">, lane: number, offset = 0): Expr<"v128"> =>
    expr("v128", code("i32", address), x.code, simd(opcode), [align], unsigned(offset), [lane]);

const storeLane =
  (opcode: number, align: number) =>
  (address: Operand<"i32">, x: Expr<"v128">, lane: number, offset = 0): Expr<"void"> =>
    expr("void", code("i32", address), x.code, simd(opcode), [align], unsigned(offset), [lane]);

export const v128 = {
  /** Sixteen bytes. V8 makes the constant anew at each use, in loops too: in hot code load it from memory instead. */
  const: (bytes: Uint8Array): Expr<"v128"> => expr("v128", simd(12), [...bytes]),
  load: load("v128", simd(0), 4),
  store: store("v128", simd(11), 4),
  /** One value, read and repeated in every lane. */
  load8Splat: load("v128", simd(7), 0),
  load16Splat: load("v128", simd(8), 1),
  load32Splat: load("v128", simd(9), 2),
  load64Splat: load("v128", simd(10), 3),
  /** 64 bits, each lane widened to twice its width. */
  load8x8S: load("v128", simd(1), 3),
  load8x8U: load("v128", simd(2), 3),
  load16x4S: load("v128", simd(3), 3),
  load16x4U: load("v128", simd(4), 3),
  /** The first lane or two; the others are 0. */
  load32Zero: load("v128", simd(92), 2),
  load64Zero: load("v128", simd(93), 3),
  load8Lane: loadLane(84, 0),
  load16Lane: loadLane(85, 1),
  load32Lane: loadLane(86, 2),
  load64Lane: loadLane(87, 3),
  store8Lane: storeLane(88, 0),
  store16Lane: storeLane(89, 1),
  store32Lane: storeLane(90, 2),
  store64Lane: storeLane(91, 3),
  ...unary("v128", "v128", vectors({ not: 77 })),
  /** andnot: a and not b. */
  ...binary("v128", "v128", "v128", vectors({ and: 78, andnot: 79, or: 80, xor: 81 })),
  /** Bits of a where the mask's are 1, else of b. */
  bitselect: ternary(simd(82)),
  ...unary("v128", "i32", vectors({ anyTrue: 83 })),
};

export const f32x4 = {
  /** The same number in every lane, as a constant (see v128.const). */
  const: (n: number): Expr<"v128"> => v128.const(new Uint8Array(Float32Array.of(n, n, n, n).buffer)),
  ...unary("f32", "v128", vectors({ splat: 19 })),
  extract: extract("f32", 31),
  replace: replace("f32", 32),
  ...unary("v128", "v128", {
    ...vectors({ abs: 224, neg: 225, sqrt: 227, ceil: 103, floor: 104, trunc: 105, nearest: 106 }),
    ...vectors({ convertI32x4S: 250, convertI32x4U: 251, demoteF64x2Zero: 94 }),
  }),
  /** pmin(a, b) is b < a ? b : a, and pmax(a, b) is a < b ? b : a: one x64 instruction, but NaN does not win. */
  ...binary("v128", "v128", "v128", {
    ...vectors({ add: 228, sub: 229, mul: 230, div: 231, min: 232, max: 233, pmin: 234, pmax: 235 }),
    ...vectors({ eq: 65, ne: 66, lt: 67, gt: 68, le: 69, ge: 70 }),
  }),
  /** a·b + c, rounded once where the processor fuses; relaxed SIMD. */
  relaxedMadd: ternary(simd(0x105)),
  /** −a·b + c, likewise. */
  relaxedNmadd: ternary(simd(0x106)),
};

export const f64x2 = {
  ...unary("f64", "v128", vectors({ splat: 20 })),
  extract: extract("f64", 33),
  replace: replace("f64", 34),
  ...unary("v128", "v128", {
    ...vectors({ abs: 236, neg: 237, sqrt: 239, ceil: 116, floor: 117, trunc: 122, nearest: 148 }),
    ...vectors({ promoteLowF32x4: 95, convertLowI32x4S: 254, convertLowI32x4U: 255 }),
  }),
  ...binary("v128", "v128", "v128", {
    ...vectors({ add: 240, sub: 241, mul: 242, div: 243, min: 244, max: 245, pmin: 246, pmax: 247 }),
    ...vectors({ eq: 71, ne: 72, lt: 73, gt: 74, le: 75, ge: 76 }),
  }),
};

export const i32x4 = {
  const: (n: number): Expr<"v128"> => v128.const(new Uint8Array(Int32Array.of(n, n, n, n).buffer)),
  ...unary("i32", "v128", vectors({ splat: 17 })),
  extract: extract("i32", 27),
  replace: replace("i32", 28),
  ...unary("v128", "v128", {
    ...vectors({ abs: 160, neg: 161, truncSatF32x4S: 248, truncSatF32x4U: 249 }),
    ...vectors({ truncSatF64x2SZero: 252, truncSatF64x2UZero: 253 }),
    ...vectors({ extendLowI16x8S: 167, extendHighI16x8S: 168, extendLowI16x8U: 169, extendHighI16x8U: 170 }),
    ...vectors({ extaddPairwiseI16x8S: 126, extaddPairwiseI16x8U: 127 }),
  }),
  ...unary("v128", "i32", vectors({ allTrue: 163, bitmask: 164 })),
  ...binary("v128", "i32", "v128", vectors({ shl: 171, shrS: 172, shrU: 173 })),
  ...binary("v128", "v128", "v128", {
    ...vectors({ add: 174, sub: 177, mul: 181, minS: 182, minU: 183, maxS: 184, maxU: 185 }),
    ...vectors({ eq: 55, ne: 56, ltS: 57, ltU: 58, gtS: 59, gtU: 60, leS: 61, leU: 62, geS: 63, geU: 64 }),
    /** Σ of two neighbours' products of i16, in i32: exact. */
    ...vectors({ dotI16x8S: 186 }),
  }),
  /**
   * Σ of four neighbours' products, plus c. Relaxed SIMD: b's lanes must be 0 … 127 and then it is exact;
   * x64 reads negative ones as 128 … 255, other processors do not.
   */
  relaxedDotI8x16I7x16Add: ternary(simd(0x113)),
};

export const i16x8 = {
  /** Σ of two neighbours' products. Relaxed SIMD: b's lanes must be 0 … 127 (see i32x4), and the sums fit 16 bits. */
  ...binary("v128", "v128", "v128", vectors({ relaxedDotI8x16I7x16: 0x112 })),
  ...unary("i32", "v128", vectors({ splat: 16 })),
  extractS: extract("i32", 24),
  extractU: extract("i32", 25),
  ...unary("v128", "v128", {
    ...vectors({ abs: 128, neg: 129, extaddPairwiseI8x16S: 124, extaddPairwiseI8x16U: 125 }),
    ...vectors({ extendLowI8x16S: 135, extendHighI8x16S: 136, extendLowI8x16U: 137, extendHighI8x16U: 138 }),
  }),
  ...binary("v128", "i32", "v128", vectors({ shl: 139, shrS: 140, shrU: 141 })),
  ...binary("v128", "v128", "v128", {
    ...vectors({ narrowI32x4S: 133, narrowI32x4U: 134, add: 142, sub: 145, mul: 149 }),
    ...vectors({ minS: 150, minU: 151, maxS: 152, maxU: 153, eq: 45, ne: 46, ltS: 47, gtS: 49 }),
    ...vectors({ extmulLowI8x16S: 156, extmulHighI8x16S: 157, extmulLowI8x16U: 158, extmulHighI8x16U: 159 }),
  }),
};

export const i8x16 = {
  ...unary("i32", "v128", vectors({ splat: 15 })),
  extractS: extract("i32", 21),
  extractU: extract("i32", 22),
  ...unary("v128", "v128", vectors({ abs: 96, neg: 97, popcnt: 98 })),
  ...unary("v128", "i32", vectors({ allTrue: 99, bitmask: 100 })),
  ...binary("v128", "i32", "v128", vectors({ shl: 107, shrS: 108, shrU: 109 })),
  ...binary("v128", "v128", "v128", {
    ...vectors({ narrowI16x8S: 101, narrowI16x8U: 102, swizzle: 14, add: 110, sub: 113 }),
    ...vectors({
      minS: 118,
      minU: 119,
      maxS: 120,
      maxU: 121,
      eq: 35,
      ne: 36,
      ltS: 37,
      ltU: 38,
      gtS: 39,
      gtU: 40,
    }),
  }),
  /** Byte i of the result is byte lanes[i] of a followed by b (0 … 31). */
  shuffle: (a: Expr<"v128">, b: Expr<"v128">, lanes: readonly number[]): Expr<"v128"> =>
    expr("v128", a.code, b.code, simd(13), lanes),
};

export const i64x2 = {
  ...unary("i64", "v128", vectors({ splat: 18 })),
  extract: extract("i64", 29),
  replace: replace("i64", 30),
  ...binary("v128", "i32", "v128", vectors({ shl: 203, shrS: 204, shrU: 205 })),
  ...binary("v128", "v128", "v128", {
    ...vectors({ add: 206, sub: 209, mul: 213, extmulLowI32x4U: 222, extmulHighI32x4U: 223 }),
  }),
};

/** a·b + c of four floats at once: fused in one rounding where `fused`, else rounded twice. */
export function multiplyAdd(fused: boolean, a: Expr<"v128">, b: Expr<"v128">, c: Expr<"v128">): Expr<"v128"> {
  return fused ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}
