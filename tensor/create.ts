/**
 * Making tensors from numbers: given ones, or ones that follow a rule.
 */
import type { DimOf, DimsOf, Shape } from "./shape/dim.ts";
import { show } from "./shape/error.ts";
import { checkSizes, product } from "./shape/reshape.ts";
import { allocate, convert, type Data, type DType } from "./dtype.ts";
import { cast, constant, valueOf } from "./graph.ts";
import { flatten, type Nested, nestedDType, nestedShape, type NestedShape } from "./nested.ts";
import { checkNumber, full as fullValue } from "./ops/elementwise.ts";
import * as indexing from "./ops/indexing.ts";
import { unwrap, wrap } from "./handle.ts";
import type { AnyTensor, Tensor } from "./tensor.ts";

/** Options of most makers. */
export interface Typed<D extends DType> {
  readonly dtype?: D;
}

/** Options for flat data. */
export interface Shaped<A extends readonly number[], D extends DType> extends Typed<D> {
  readonly shape: A;
}

/** Typed arrays that tensor() takes. Doubles are rounded to f32. */
export type Flat =
  | Float32Array
  | Float64Array
  | Float16Array
  | Int32Array
  | Uint32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** The dtype of a typed array. */
type FlatDType<F> = F extends Float16Array
  ? "f16"
  : F extends Int32Array
    ? "i32"
    : F extends Uint32Array
      ? "u32"
      : F extends Int8Array
        ? "i8"
        : F extends Uint8Array | Uint8ClampedArray
          ? "u8"
          : "f32";

/** bool for booleans, else f32. */
type NestedDType<N> = [Nested] extends [N]
  ? DType
  : N extends readonly (infer E)[]
    ? NestedDType<E>
    : N extends boolean
      ? "bool"
      : "f32";

/**
 * A tensor of given elements: a typed array or flat numbers with a shape, or nested arrays of one length, a number, a boolean.
 * Numbers give f32, booleans bool, typed arrays their own kind (doubles f32), unless `dtype` says otherwise. The data is copied.
 * Throws RangeError where lengths do not fit.
 */
export function tensor<F extends Flat, const A extends readonly number[], D extends DType = FlatDType<F>>(
  data: F,
  options: Shaped<A, D>,
): Tensor<DimsOf<A>, NoInfer<D>>;
export function tensor<const A extends readonly number[], D extends DType = "f32">(
  data: readonly number[],
  options: Shaped<A, D>,
): Tensor<DimsOf<A>, NoInfer<D>>;
export function tensor<F extends Flat, D extends DType = FlatDType<F>>(
  data: F,
  options?: Typed<D>,
): Tensor<[number], NoInfer<D>>;
export function tensor<const N extends Nested, D extends DType = NestedDType<N>>(
  data: N,
  options?: Typed<D>,
): Tensor<NestedShape<N>, NoInfer<D>>;
export function tensor(
  data: Flat | Nested,
  options: Partial<Shaped<readonly number[], DType>> = {},
): AnyTensor {
  if (ArrayBuffer.isView(data))
    return fromFlat(data, options.shape ?? [data.length], options.dtype ?? kindOf(data));
  const dtype = options.dtype ?? nestedDType(data);
  if (options.shape !== undefined) return fromFlat(data as readonly number[], options.shape, dtype);
  const shape = nestedShape(data);
  return wrap(constant(flatten(data, shape, dtype), shape, dtype));
}

function fromFlat(flat: Flat | readonly number[], shape: readonly number[], dtype: DType): AnyTensor {
  checkSizes("tensor", shape);
  if (flat.length !== product(shape))
    throw new RangeError(`tensor: want ${product(shape)} elements for ${show(shape)}, got ${flat.length}`);
  const data: Data = allocate(dtype, flat.length);
  for (let i = 0; i < flat.length; i++) data[i] = convert(dtype, flat[i]);
  return wrap(constant(data, [...shape], dtype));
}

function kindOf(data: Flat): DType {
  if (data instanceof Float16Array) return "f16";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  if (data instanceof Int8Array) return "i8";
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray ? "u8" : "f32";
}

/** All zeros. */
export function zeros<const A extends readonly number[], D extends DType = "f32">(
  shape: A,
  options?: Typed<D>,
): Tensor<DimsOf<A>, NoInfer<D>> {
  return filled("zeros", shape, 0, options?.dtype ?? "f32");
}

/** All ones. */
export function ones<const A extends readonly number[], D extends DType = "f32">(
  shape: A,
  options?: Typed<D>,
): Tensor<DimsOf<A>, NoInfer<D>> {
  return filled("ones", shape, 1, options?.dtype ?? "f32");
}

/** One number (or boolean, for a bool tensor) everywhere. */
export function full<
  const A extends readonly number[],
  V extends number | boolean,
  D extends DType = NestedDType<V>,
>(shape: A, value: V, options?: Typed<D>): Tensor<DimsOf<A>, NoInfer<D>> {
  return filled(
    "full",
    shape,
    Number(value),
    options?.dtype ?? (typeof value === "boolean" ? "bool" : "f32"),
  );
}

/** Zeros with the shape and dtype of x. */
export function zerosLike<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  return filled("zerosLike", unwrap(x).shape, 0, x.dtype);
}

/** Ones with the shape and dtype of x. */
export function onesLike<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  return filled("onesLike", unwrap(x).shape, 1, x.dtype);
}

function filled<S extends Shape, D extends DType>(
  who: string,
  shape: readonly number[],
  value: number,
  dtype: DType,
): Tensor<S, D> {
  checkSizes(who, shape);
  return wrap(fullValue(who, value, [...shape], dtype));
}

/**
 * Numbers from start (or 0) up to, not including, stop, `step` apart.
 * Throws RangeError on a step of 0.
 */
export function arange<const N extends number, D extends DType = "f32">(
  stop: N,
  options?: Typed<D>,
): Tensor<[DimOf<N>], NoInfer<D>>;
export function arange<D extends DType = "f32">(
  start: number,
  stop: number,
  step?: number,
  options?: Typed<D>,
): Tensor<[number], NoInfer<D>>;
export function arange(
  first: number,
  second?: number | Typed<DType>,
  step = 1,
  options: Typed<DType> = {},
): AnyTensor {
  const [start, stop] = typeof second === "number" ? [first, second] : [0, first];
  const dtype = (typeof second === "object" ? second : options).dtype ?? "f32";
  if (step === 0 || ![start, stop, step].every(Number.isFinite))
    throw new RangeError(
      `arange: want finite numbers and a step other than 0, got ${start}, ${stop}, ${step}`,
    );
  const n = Math.max(0, Math.ceil((stop - start) / step));
  if (start === 0 && step === 1) return wrap(cast(valueOf({ op: "iota", inputs: [] }, [n], "i32"), dtype));
  return computed("arange", n, dtype, (i) => start + i * step);
}

/** `num` numbers from start to stop, both included, evenly spaced. */
export function linspace<const N extends number>(start: number, stop: number, num: N): Tensor<[DimOf<N>]> {
  checkSizes("linspace", [num]);
  // The last one is stop itself, not start plus rounded steps.
  return computed("linspace", num, "f32", (i) =>
    i > 0 && i === num - 1 ? stop : start + (i * (stop - start)) / Math.max(1, num - 1),
  );
}

// In doubles, so that errors of the steps do not add up.
function computed<S extends Shape, D extends DType>(
  who: string,
  n: number,
  dtype: D,
  f: (i: number) => number,
): Tensor<S, D> {
  const data = allocate(dtype, n);
  for (let i = 0; i < n; i++) data[i] = checkNumber(who, f(i), dtype);
  return wrap(constant(data, [n], dtype));
}

/** Ones on the diagonal of an n × m matrix (m = n if left out), zeros elsewhere. */
export function eye<const N extends number, const M extends number = N, D extends DType = "f32">(
  n: N,
  m?: M,
  options?: Typed<D>,
): Tensor<[DimOf<N>, DimOf<M>], NoInfer<D>> {
  checkSizes("eye", [n, m ?? n]);
  return wrap(indexing.eye(n, m ?? n, options?.dtype ?? "f32"));
}

/** The square matrix with the vector v on its diagonal. */
export function diag<S extends Shape, D extends DType>(v: Tensor<S, D>): Tensor<[S[0], S[0]], D> {
  return wrap(indexing.diag(unwrap(v)));
}
