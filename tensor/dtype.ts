/**
 * Element types: their names, how two of them meet in one operation, and the typed array that holds each.
 * The promotion table is data, so that the type checker and the run time read the same one.
 */

/** Element type of a tensor. There is no f64: GPUs have none. */
export type DType = "f32" | "f16" | "bf16" | "i32" | "u32" | "i8" | "u8" | "bool";

/** Element types that hold fractions. */
export type FloatDType = "f32" | "f16" | "bf16";

/** Element types that hold whole numbers. */
export type IntDType = "i32" | "u32" | "i8" | "u8";

/** What `data()` returns for a dtype. f16 and bf16 are widened, which is exact; bool is 0 and 1. */
export interface DataOf {
  f32: Float32Array<ArrayBuffer>;
  f16: Float32Array<ArrayBuffer>;
  bf16: Float32Array<ArrayBuffer>;
  i32: Int32Array<ArrayBuffer>;
  u32: Uint32Array<ArrayBuffer>;
  i8: Int8Array<ArrayBuffer>;
  u8: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

export type Data = DataOf[DType];

/** What one element reads as. */
export type ElementOf<D extends DType> = D extends "bool" ? boolean : number;

/** The dtype two operands are brought to; null where no 32-bit dtype holds both. Symmetric (a law test checks it). */
const promotion = {
  f32: { f32: "f32", f16: "f32", bf16: "f32", i32: "f32", u32: "f32", i8: "f32", u8: "f32", bool: "f32" },
  f16: { f32: "f32", f16: "f16", bf16: "f32", i32: "f16", u32: "f16", i8: "f16", u8: "f16", bool: "f16" },
  bf16: {
    f32: "f32",
    f16: "f32",
    bf16: "bf16",
    i32: "bf16",
    u32: "bf16",
    i8: "bf16",
    u8: "bf16",
    bool: "bf16",
  },
  i32: { f32: "f32", f16: "f16", bf16: "bf16", i32: "i32", u32: null, i8: "i32", u8: "i32", bool: "i32" },
  u32: { f32: "f32", f16: "f16", bf16: "bf16", i32: null, u32: "u32", i8: null, u8: "u32", bool: "u32" },
  i8: { f32: "f32", f16: "f16", bf16: "bf16", i32: "i32", u32: null, i8: "i8", u8: "i32", bool: "i8" },
  u8: { f32: "f32", f16: "f16", bf16: "bf16", i32: "i32", u32: "u32", i8: "i32", u8: "u8", bool: "u8" },
  bool: { f32: "f32", f16: "f16", bf16: "bf16", i32: "i32", u32: "u32", i8: "i8", u8: "u8", bool: "bool" },
} as const satisfies Record<DType, Record<DType, DType | null>>;

type Table = typeof promotion;

/** The common dtype of A and B. */
export type Promote<A extends DType, B extends DType> = Extract<Table[A][B], DType>;

/** As Promote, but arithmetic on bools alone counts in f32. */
export type Arithmetic<A extends DType, B extends DType> = Numeric<Promote<A, B>>;

/** D, or f32 where D is bool. */
export type Numeric<D extends DType> = D extends "bool" ? "f32" : D;

/** D, or f32 where D holds no fractions. */
export type Float<D extends DType> = D extends FloatDType ? D : "f32";

/** Dtype of a sum: small integers are added up in i32. */
export type Summed<D extends DType> = D extends "bool" | "i8" | "u8" ? "i32" : D;

const constructors = {
  f32: Float32Array,
  f16: Float32Array,
  bf16: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  i8: Int8Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const;

export const dtypes = Object.keys(promotion) as readonly DType[];

/** The common dtype of a and b. Throws TypeError where there is none. */
export function promote(who: string, a: DType, b: DType): DType {
  const both = promotion[a][b];
  if (both === null)
    throw new TypeError(
      `${who}: want dtypes with a common one, got ${a} and ${b}; try .cast("i32") or .cast("f32")`,
    );
  return both;
}

/** Bytes of an element in memory. */
export const bytesEach: Readonly<Record<DType, number>> = {
  f32: 4,
  f16: 2,
  bf16: 2,
  i32: 4,
  u32: 4,
  i8: 1,
  u8: 1,
  bool: 1,
};

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "f32" || dtype === "f16" || dtype === "bf16";
}

/** A zeroed array of `length` elements that holds `dtype`. f16 and bf16 values live in a Float32Array, already rounded. */
export function allocate(dtype: DType, length: number): Data {
  const bytes = length * constructors[dtype].BYTES_PER_ELEMENT;
  try {
    return new constructors[dtype](length);
  } catch (error) {
    throw new RangeError(
      `tensor: want ${bytes} bytes for ${length} elements of ${dtype}, got no room for them; try smaller sizes, or scope() around what is not kept`,
      { cause: error },
    );
  }
}

/** Nearest value of the dtype to x, as stored: rounds floats, saturates out-of-range numbers (NaN → 0), makes bools of non-zeros. */
export function convert(dtype: DType, x: number): number {
  if (dtype === "f32") return Math.fround(x);
  if (dtype === "f16") return Math.f16round(x);
  if (dtype === "bf16") return roundToBf16(x);
  if (dtype === "bool") return x !== 0 ? 1 : 0;
  const [low, high] = integerRange(dtype);
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high);
}

/** Smallest and largest value of an integer dtype. */
export function integerRange(dtype: IntDType): readonly [number, number] {
  if (dtype === "i32") return [-(2 ** 31), 2 ** 31 - 1];
  if (dtype === "u32") return [0, 2 ** 32 - 1];
  return dtype === "i8" ? [-128, 127] : [0, 255];
}

const word = new DataView(new ArrayBuffer(4));

/**
 * bf16 is the upper half of an f32. Ties go to the even neighbour; NaN must not round up into ±∞.
 * Rounding goes through f32 first, as every device does: f32 is what it computes in.
 */
export function roundToBf16(x: number): number {
  if (Number.isNaN(x)) return x;
  word.setFloat32(0, x);
  const bits = word.getUint32(0);
  const even = (bits >>> 16) & 1;
  word.setUint32(0, ((bits + 0x7fff + even) & 0xffff0000) >>> 0);
  return word.getFloat32(0);
}
