/**
 * The Tensor: a handle on a value of the graph, with the operations as methods. Shapes and dtypes are checked in types here,
 * and at run time in ops/, in the same words. The table of all names, with shapes and errors, is docs/tensor.md.
 */
import type { DimsOf, Shape, Sizes } from "./shape/dim.ts";
import type {
  AxisArgument,
  DropAt,
  Insert,
  MatrixTranspose,
  Permute,
  Reduced,
  ReplaceAxis,
  Squeeze,
  Transpose,
} from "./shape/axes.ts";
import type { Broadcast, BroadcastTo } from "./shape/broadcast.ts";
import { type Check, show } from "./shape/error.ts";
import type { MatMul } from "./shape/matmul.ts";
import { product, type Reshape, type Target } from "./shape/reshape.ts";
import type { Range, Sliced } from "./shape/slice.ts";
import type {
  Arithmetic,
  Data,
  DataOf,
  DType,
  ElementOf,
  Float,
  IntDType,
  Numeric,
  Promote,
  Summed,
} from "./dtype.ts";
import { describe, type MimeBundle, mimeBundle } from "./display.ts";
import { cast, type Value } from "./graph.ts";
import { nest, type NestedList } from "./nested.ts";
import * as elementwise from "./ops/elementwise.ts";
import * as indexing from "./ops/indexing.ts";
import { matmul } from "./ops/product.ts";
import * as reduce from "./ops/reduce.ts";
import * as view from "./ops/view.ts";
import { compute, session } from "./session.ts";

/** A tensor of any shape and dtype. */
export type AnyTensor = Tensor<Shape, DType>;

/** A second operand: a number, or a tensor whose shape broadcasts with S. */
type Operand<S extends Shape, B extends Shape, E extends DType, Who extends string> =
  number | (Tensor<B, E> & Check<Broadcast<S, B, Who>>);

/** Options of a reduction. */
export interface Keep<K extends boolean> {
  /** Whether reduced axes stay, with size 1. */
  readonly keepdims?: K;
}

/** Options of var and std: they divide by N − correction. */
export interface Correction<K extends boolean> extends Keep<K> {
  readonly correction?: number;
}

/** Tolerances of allclose. */
export interface Closeness {
  readonly rtol?: number;
  readonly atol?: number;
  /** Whether NaN is close to NaN. */
  readonly equalNan?: boolean;
}

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");
const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** The tensor for a value. For files of this folder; a reader writes tensor(), zeros(), …. */
export let wrap: <S extends Shape, D extends DType>(value: Value) => Tensor<S, D>;
/** The value of a tensor. Throws if its scope has let it go. */
export let unwrap: (x: AnyTensor) => Value;
/** Lets a tensor's value go: reading or using it throws from now on. */
export let release: (x: object) => void;

/**
 * An array of elements of one dtype. S: its shape, one Dim per axis; D: its dtype.
 * A value: no method changes it but `assign`. Lazy: methods record, reading computes.
 */
export class Tensor<S extends Shape = Shape, D extends DType = "f32"> {
  #value: Value | undefined;
  /** One size per axis. */
  readonly shape: Sizes<S>;
  /** Element type. */
  readonly dtype: D;

  private constructor(value: Value) {
    this.#value = value;
    this.shape = Object.freeze([...value.shape]) as unknown as Sizes<S>;
    this.dtype = value.dtype as D;
    session.scopes.at(-1)?.add(this);
  }

  static {
    wrap = (value) => new Tensor(value);
    unwrap = (x) => x.#live("this operation");
    release = (x) => {
      if (x instanceof Tensor) x.#value = undefined;
    };
  }

  /** Number of axes. */
  get ndim(): number {
    return this.#sizes.length;
  }
  /** Number of elements. */
  get size(): number {
    return product(this.#sizes);
  }

  // Reading

  /** A copy of the elements in row-major order. */
  async data<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<DataOf[D]> {
    return (await this.#read("data")) as DataOf[D];
  }
  /** The one element. Throws RangeError if there are more or none. */
  async item<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<ElementOf<D>> {
    this.#checkSingle("item");
    return nest(await this.#read("item"), [], this.dtype) as ElementOf<D>;
  }
  /** Nested arrays, as deep as the rank. */
  async tolist<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<NestedList<S, ElementOf<D>>> {
    return nest(await this.#read("tolist"), this.#sizes, this.dtype) as NestedList<S, ElementOf<D>>;
  }
  /** As data(), at once. Throws TypeError on a device that cannot. */
  dataSync<S extends Shape, D extends DType>(this: Tensor<S, D>): DataOf[D] {
    return this.#readSync("dataSync") as DataOf[D];
  }
  /** As item(), at once. */
  itemSync<S extends Shape, D extends DType>(this: Tensor<S, D>): ElementOf<D> {
    this.#checkSingle("itemSync");
    return nest(this.#readSync("itemSync"), [], this.dtype) as ElementOf<D>;
  }
  /** As tolist(), at once. */
  tolistSync<S extends Shape, D extends DType>(this: Tensor<S, D>): NestedList<S, ElementOf<D>> {
    return nest(this.#readSync("tolistSync"), this.#sizes, this.dtype) as NestedList<S, ElementOf<D>>;
  }
  /** Computes the elements now. */
  async realize(): Promise<this> {
    compute([this.#readable("realize")]);
    return this;
  }
  /** Whether |x − y| ≤ atol + rtol·|y| everywhere. Infinities are close to themselves. */
  async allclose<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    y: Operand<S, B, DType, "allclose">,
    options: Closeness = {},
  ): Promise<boolean> {
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
    const a = cast(this.#live("allclose"), "f32");
    const b = typeof y === "number" ? y : cast(unwrap(y), "f32");
    const close = elementwise.close(a, b, rtol, atol, equalNan);
    return (await wrap<[], "bool">(reduce.all(close, { axis: undefined, keepdims: false })).item()) === true;
  }
  /** Tensor f32[2,3] */
  toString(): string {
    return `Tensor ${this.dtype}${show(this.#sizes)}`;
  }
  /** What console.log shows in Node: the values, where they can be had at once. */
  [inspect](): string {
    const readable =
      this.#value !== undefined && session.traces.length === 0 && session.device.readSync !== undefined;
    return readable ? describe(this.#readSync("inspect"), this.#sizes, this.dtype) : this.toString();
  }
  /** What a notebook shows: a table or a heat map, and the same as text. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return mimeBundle(await this.#read("display"), this.#sizes, this.dtype, session.device.name);
  }

  // Elementwise

  /** x + b. */
  add<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "add">,
  ): Tensor<Broadcast<S, B, "add">, Arithmetic<D, E>> {
    return this.#binary("add", b);
  }
  /** x − b. */
  sub<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "sub">,
  ): Tensor<Broadcast<S, B, "sub">, Arithmetic<D, E>> {
    return this.#binary("sub", b);
  }
  /** x · b, element by element. */
  mul<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "mul">,
  ): Tensor<Broadcast<S, B, "mul">, Arithmetic<D, E>> {
    return this.#binary("mul", b);
  }
  /** x / b, always float. */
  div<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "div">,
  ): Tensor<Broadcast<S, B, "div">, Float<Promote<D, E>>> {
    return this.#binary("div", b);
  }
  /** x to the power b, always float. */
  pow<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "pow">,
  ): Tensor<Broadcast<S, B, "pow">, Float<Promote<D, E>>> {
    return this.#binary("pow", b);
  }
  /** ⌊x / b⌋. Integers by 0 give 0. */
  floorDivide<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "floorDivide">,
  ): Tensor<Broadcast<S, B, "floorDivide">, Arithmetic<D, E>> {
    return this.#binary("floorDivide", b);
  }
  /** x − b·⌊x / b⌋: the rest, with the sign of b. Integers by 0 give 0. */
  mod<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "mod">,
  ): Tensor<Broadcast<S, B, "mod">, Arithmetic<D, E>> {
    return this.#binary("mod", b);
  }
  /** The larger of x and b; NaN if either is. */
  maximum<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "maximum">,
  ): Tensor<Broadcast<S, B, "maximum">, Arithmetic<D, E>> {
    return this.#binary("maximum", b);
  }
  /** The smaller of x and b; NaN if either is. */
  minimum<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "minimum">,
  ): Tensor<Broadcast<S, B, "minimum">, Arithmetic<D, E>> {
    return this.#binary("minimum", b);
  }
  /** x = b. */
  equal<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "equal">,
  ): Tensor<Broadcast<S, B, "equal">, "bool"> {
    return this.#binary("equal", b);
  }
  /** x ≠ b. */
  notEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "notEqual">,
  ): Tensor<Broadcast<S, B, "notEqual">, "bool"> {
    return this.#binary("notEqual", b);
  }
  /** x < b. */
  less<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "less">,
  ): Tensor<Broadcast<S, B, "less">, "bool"> {
    return this.#binary("less", b);
  }
  /** x ≤ b. */
  lessEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "lessEqual">,
  ): Tensor<Broadcast<S, B, "lessEqual">, "bool"> {
    return this.#binary("lessEqual", b);
  }
  /** x > b. */
  greater<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "greater">,
  ): Tensor<Broadcast<S, B, "greater">, "bool"> {
    return this.#binary("greater", b);
  }
  /** x ≥ b. */
  greaterEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Operand<S, B, DType, "greaterEqual">,
  ): Tensor<Broadcast<S, B, "greaterEqual">, "bool"> {
    return this.#binary("greaterEqual", b);
  }
  /** Both; bools only, as are the next three. */
  logicalAnd<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalAnd">>,
  ): Tensor<Broadcast<S, B, "logicalAnd">, "bool"> {
    return this.#binary("logicalAnd", b);
  }
  /** Either or both. */
  logicalOr<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalOr">>,
  ): Tensor<Broadcast<S, B, "logicalOr">, "bool"> {
    return this.#binary("logicalOr", b);
  }
  /** Exactly one. */
  logicalXor<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalXor">>,
  ): Tensor<Broadcast<S, B, "logicalXor">, "bool"> {
    return this.#binary("logicalXor", b);
  }
  /** Not x. */
  logicalNot<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.logicalNot(this.#live("logicalNot")));
  }
  /** Bits set in both; integers only, as are the next four. */
  bitwiseAnd<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "bitwiseAnd">,
  ): Tensor<Broadcast<S, B, "bitwiseAnd">, IntDType extends E ? D : Promote<D, E>> {
    return this.#binary("bitwiseAnd", b);
  }
  /** Bits set in either. */
  bitwiseOr<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "bitwiseOr">,
  ): Tensor<Broadcast<S, B, "bitwiseOr">, IntDType extends E ? D : Promote<D, E>> {
    return this.#binary("bitwiseOr", b);
  }
  /** Bits set in one. */
  bitwiseXor<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "bitwiseXor">,
  ): Tensor<Broadcast<S, B, "bitwiseXor">, IntDType extends E ? D : Promote<D, E>> {
    return this.#binary("bitwiseXor", b);
  }
  /** x · 2ᵇ, wrapped; b is taken mod 32. */
  leftShift<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "leftShift">,
  ): Tensor<Broadcast<S, B, "leftShift">, IntDType extends E ? D : Promote<D, E>> {
    return this.#binary("leftShift", b);
  }
  /** ⌊x / 2ᵇ⌋; b is taken mod 32. */
  rightShift<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: Operand<S, B, E, "rightShift">,
  ): Tensor<Broadcast<S, B, "rightShift">, IntDType extends E ? D : Promote<D, E>> {
    return this.#binary("rightShift", b);
  }
  /** −x. */
  neg<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("neg");
  }
  /** |x|. */
  abs<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("abs");
  }
  /** −1, 0 or 1. */
  sign<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("sign");
  }
  /** Largest whole number ≤ x. */
  floor<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("floor");
  }
  /** Smallest whole number ≥ x. */
  ceil<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("ceil");
  }
  /** Nearest whole number, halves to the even one. */
  round<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("round");
  }
  /** x without its fraction. */
  trunc<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#unary("trunc");
  }
  /** eˣ. */
  exp<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("exp");
  }
  /** eˣ − 1, exact near 0. */
  expm1(): Tensor<S, Float<D>> {
    return this.#unary("expm1");
  }
  /** Natural logarithm; −∞ at 0, NaN below. */
  log<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("log");
  }
  /** log(1 + x), exact near 0. */
  log1p(): Tensor<S, Float<D>> {
    return this.#unary("log1p");
  }
  /** √x; NaN below 0. */
  sqrt<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("sqrt");
  }
  /** Sine, of radians. */
  sin<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("sin");
  }
  /** Cosine, of radians. */
  cos<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("cos");
  }
  /** Hyperbolic tangent. */
  tanh<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("tanh");
  }
  /** 2/√π · ∫₀ˣ exp(−t²) dt. */
  erf<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return this.#unary("erf");
  }
  /** x². */
  square<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return this.#binary("mul", this);
  }
  /** 1/x, always float. */
  reciprocal<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return wrap(elementwise.reciprocal(this.#live("reciprocal")));
  }
  /** x kept within [min, max]; null for no bound. */
  clip<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    min: number | null,
    max: number | null,
  ): Tensor<S, Numeric<D>> {
    return wrap(elementwise.clip(this.#live("clip"), min, max));
  }
  /** Where x is NaN. */
  isnan<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.isnan(this.#live("isnan")));
  }
  /** Where x is neither NaN nor ±∞. */
  isfinite<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.isfinite(this.#live("isfinite")));
  }
  /** x in another dtype: floats to integers truncate and saturate (NaN → 0), integers to narrower ones wrap, bool is ≠ 0. */
  cast<S extends Shape, D extends DType, E extends DType>(this: Tensor<S, D>, dtype: E): Tensor<S, E> {
    return wrap(cast(this.#live("cast"), dtype));
  }

  // Reductions

  /** Sum along the axes (all if left out). Small integers and bools give i32. */
  sum<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "sum">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "sum">, Summed<D>> {
    return wrap(reduce.sum(this.#live("sum"), along(axis, options)));
  }
  /** Product along the axes. */
  prod<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "prod">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "prod">, Summed<D>> {
    return wrap(reduce.prod(this.#live("prod"), along(axis, options)));
  }
  /** Largest along the axes; NaN if there is one. Throws RangeError on an empty axis. */
  max<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "max">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "max">, D> {
    return wrap(reduce.max(this.#live("max"), along(axis, options)));
  }
  /** Smallest along the axes; NaN if there is one. Throws RangeError on an empty axis. */
  min<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "min">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "min">, D> {
    return wrap(reduce.min(this.#live("min"), along(axis, options)));
  }
  /** Arithmetic mean along the axes; NaN of none. */
  mean<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "mean">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "mean">, Float<D>> {
    return wrap(reduce.mean(this.#live("mean"), along(axis, options)));
  }
  /** Variance along the axes: mean squared distance from the mean, over N − correction. */
  var<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "var">>,
    options?: Correction<K>,
  ): Tensor<Reduced<S, A, K, "var">, Float<D>> {
    return wrap(reduce.variance("var", this.#live("var"), along(axis, options), options?.correction ?? 0));
  }
  /** Standard deviation along the axes: √var. */
  std<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "std">>,
    options?: Correction<K>,
  ): Tensor<Reduced<S, A, K, "std">, Float<D>> {
    return wrap(reduce.std(this.#live("std"), along(axis, options), options?.correction ?? 0));
  }
  /** Position of the first largest element along an axis, or in the flattened tensor; of the first NaN if there is one. */
  argmax<
    S extends Shape,
    D extends DType,
    const A extends number | undefined = undefined,
    K extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "argmax">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "argmax">, "i32"> {
    return wrap(reduce.argBest("argmax", this.#live("argmax"), axis, options?.keepdims ?? false));
  }
  /** Position of the first smallest element, as argmax. */
  argmin<
    S extends Shape,
    D extends DType,
    const A extends number | undefined = undefined,
    K extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "argmin">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "argmin">, "i32"> {
    return wrap(reduce.argBest("argmin", this.#live("argmin"), axis, options?.keepdims ?? false));
  }
  /** Whether all are true. Bools only. */
  all<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "all">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "all">, "bool"> {
    return wrap(reduce.all(this.#live("all"), along(axis, options)));
  }
  /** Whether any is true. Bools only. */
  any<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "any">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "any">, "bool"> {
    return wrap(reduce.any(this.#live("any"), along(axis, options)));
  }
  /** Running sum along an axis. */
  cumsum<S extends Shape, D extends DType>(this: Tensor<S, D>, axis: number): Tensor<S, Summed<D>> {
    return wrap(reduce.cumsum(this.#live("cumsum"), axis));
  }

  // Shape and selection

  /** The same tensor under a more exact type: sizes are checked now, names are types only. */
  as<S extends Shape, D extends DType, const A extends Shape>(
    this: Tensor<S, D>,
    shape: A,
  ): Tensor<DimsOf<A>, D> {
    const fits =
      shape.length === this.ndim && shape.every((n, i) => typeof n === "string" || n === this.#sizes[i]);
    if (!fits) throw new RangeError(`as: want ${show(shape)}, got ${show(this.#sizes)}`);
    return this as unknown as Tensor<DimsOf<A>, D>;
  }
  /** The same elements in another shape; one size may be −1. */
  reshape<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    shape: A & Check<Reshape<S, A>>,
  ): Tensor<Target<A>, D> {
    return wrap(view.reshape(this.#live("reshape"), shape));
  }
  /** The elements in a row. */
  flatten<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<[number], D> {
    return wrap(view.flatten(this.#live("flatten")));
  }
  /** The transpose of a matrix. */
  get T(): Tensor<MatrixTranspose<S>, D> {
    return wrap(view.matrixTranspose(this.#live("T")));
  }
  /** Two axes exchanged; the last two if left out. */
  transpose<S extends Shape, D extends DType, const I extends number = -2, const J extends number = -1>(
    this: Tensor<S, D>,
    axis1?: I & Check<Transpose<S, I, J>>,
    axis2?: J,
  ): Tensor<Transpose<S, I, J>, D> {
    return wrap(view.transpose(this.#live("transpose"), axis1, axis2));
  }
  /** Axes in another order: axis i of the result is axis axes[i] of x. */
  permute<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    axes: A & Check<Permute<S, A>>,
  ): Tensor<Permute<S, A>, D> {
    return wrap(view.permute(this.#live("permute"), axes));
  }
  /** x repeated along axes of size 1 and new leading axes. */
  broadcastTo<S extends Shape, D extends DType, const A extends readonly number[]>(
    this: Tensor<S, D>,
    shape: A & Check<BroadcastTo<S, DimsOf<A>>>,
  ): Tensor<BroadcastTo<S, DimsOf<A>>, D> {
    return wrap(view.broadcastTo(this.#live("broadcastTo"), shape));
  }
  /** Without an axis of size 1, or without all of them. */
  squeeze<S extends Shape, D extends DType, const A extends number | undefined = undefined>(
    this: Tensor<S, D>,
    axis?: A & Check<Squeeze<S, A>>,
  ): Tensor<Squeeze<S, A>, D> {
    return wrap(view.squeeze(this.#live("squeeze"), axis));
  }
  /** With a new axis of size 1 at that position. */
  unsqueeze<S extends Shape, D extends DType, const A extends number>(
    this: Tensor<S, D>,
    axis: A & Check<Insert<S, A, 1, "unsqueeze">>,
  ): Tensor<Insert<S, A, 1, "unsqueeze">, D> {
    return wrap(view.unsqueeze(this.#live("unsqueeze"), axis));
  }
  /** Backwards along the axes (all if left out). */
  flip<S extends Shape, D extends DType>(this: Tensor<S, D>, axis?: AxisArgument): Tensor<S, D> {
    return wrap(view.flip(this.#live("flip"), axis));
  }
  /** x[1:3, :, -1] is x.slice([1, 3], ":", -1): a number drops the axis, null is an open end, a third entry is the step. */
  slice<S extends Shape, D extends DType, const R extends readonly Range[]>(
    this: Tensor<S, D>,
    ...ranges: R & Check<Sliced<S, R>>
  ): Tensor<Sliced<S, R>, D> {
    return wrap(view.slice(this.#live("slice"), ranges));
  }
  /** With `value` around it: widths are [before, after] for each axis. */
  pad<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    widths: readonly (readonly [before: number, after: number])[],
    value = 0,
  ): Tensor<{ -readonly [K in keyof S]: number }, D> {
    const x = this.#live("pad");
    return wrap(view.pad(x, widths, elementwise.checkNumber("pad", value, x.dtype)));
  }
  /** Cut along an axis: into so many equal parts, or parts of these sizes. */
  split<S extends Shape, D extends DType, const A extends number = 0>(
    this: Tensor<S, D>,
    parts: number | readonly number[],
    axis?: A & Check<ReplaceAxis<S, A, [number], "split">>,
  ): Tensor<ReplaceAxis<S, A, [number], "split">, D>[] {
    return view.split(this.#live("split"), parts, axis ?? 0).map((value) => wrap(value));
  }
  /** Elements on and below the k-th diagonal of the last two axes; 0 above. */
  tril<S extends Shape, D extends DType>(this: Tensor<S, D>, k = 0): Tensor<S, D> {
    return wrap(indexing.triangle("tril", this.#live("tril"), k));
  }
  /** Elements on and above the k-th diagonal of the last two axes; 0 below. */
  triu<S extends Shape, D extends DType>(this: Tensor<S, D>, k = 0): Tensor<S, D> {
    return wrap(indexing.triangle("triu", this.#live("triu"), k));
  }
  /** The diagonal of the last two axes: [..., N, N] → [..., N]. */
  diagonal<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<DropAt<S, LastPosition<S>>, D> {
    return wrap(indexing.diagonal(this.#live("diagonal")));
  }
  /** The slices along an axis that `index` names: x.shape with that axis replaced by index.shape. */
  take<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    axis?: A & Check<ReplaceAxis<S, A, I, "take">>,
  ): Tensor<ReplaceAxis<S, A, I, "take">, D> {
    return wrap(indexing.take(this.#live("take"), unwrap(index), axis ?? 0));
  }
  /** One element for each of `index`, whose sizes off `axis` are those of x: y[i, j] = x[index[i, j], j] for axis 0. */
  gather<S extends Shape, D extends DType, I extends Shape>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    axis: number,
  ): Tensor<I, D> {
    return wrap(indexing.gather(this.#live("gather"), unwrap(index), axis));
  }
  /** x with `updates` added to the slices that take(index, axis) reads; repeated indices add up. */
  scatterAdd<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
    this: Tensor<S, D>,
    index: Tensor<I, IntDType>,
    updates: Tensor<ReplaceAxis<S, A, I, "scatterAdd">, DType>,
    axis?: A,
  ): Tensor<S, D> {
    return wrap(indexing.scatterAdd(this.#live("scatterAdd"), unwrap(index), unwrap(updates), axis ?? 0));
  }

  // Products and parameters

  /** Matrix product, NumPy's rules: [..., M, K] · [..., K, N] → [..., M, N]; a vector on either side is a row or a column. */
  matmul<S extends Shape, D extends DType, B extends Shape, E extends DType>(
    this: Tensor<S, D>,
    b: Tensor<B, E> & Check<MatMul<S, B>>,
  ): Tensor<MatMul<S, B>, Arithmetic<D, E>> {
    return wrap(matmul(this.#live("matmul"), unwrap(b)));
  }
  /** Makes this tensor stand for x's value from now on; what was computed from the old value keeps it. */
  assign<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    x: Tensor<NoInfer<S>, NoInfer<D>>,
  ): Tensor<S, D> {
    const next = unwrap(x);
    if (!view.sameSizes(next.shape, this.#sizes) || next.dtype !== this.dtype)
      throw new RangeError(
        `assign: want ${this.dtype}${show(this.#sizes)}, got ${next.dtype}${show(next.shape)}`,
      );
    const old = this.#value;
    const trace = session.traces.at(-1);
    trace?.assigned.push(next);
    trace?.undo.push(() => (this.#value = old));
    // Computed at once, so that a parameter does not drag every past step along.
    if (trace === undefined && session.recording === 0) compute([next]);
    this.#value = next;
    return this;
  }

  get #sizes(): readonly number[] {
    return this.shape as unknown as readonly number[];
  }

  #unary<R extends Shape, E extends DType>(fn: elementwise.Unary): Tensor<R, E> {
    return wrap(elementwise.unary(fn, this.#live(fn)));
  }

  #binary<R extends Shape, E extends DType>(who: elementwise.Binary, b: AnyTensor | number): Tensor<R, E> {
    return wrap(elementwise.binary(who, this.#live(who), typeof b === "number" ? b : operand(who, b)));
  }

  #live(who: string): Value {
    if (this.#value === undefined)
      throw new ReferenceError(
        `${who}: want a live tensor, got ${this.toString()} released by its scope; try scope.keep(x)`,
      );
    return this.#value;
  }

  #readable(who: string): Value {
    if (session.traces.length > 0)
      throw new TypeError(`${who}: want reading outside jit, got it inside; try returning the tensor`);
    return this.#live(who);
  }

  #checkSingle(who: string): void {
    if (this.size !== 1)
      throw new RangeError(
        `${who}: want one element, got ${this.size} in ${show(this.#sizes)}; try tolist() or slice()`,
      );
  }

  async #read(who: string): Promise<Data> {
    const value = this.#readable(who);
    compute([value]);
    return session.device.read(value);
  }

  #readSync(who: string): Data {
    const value = this.#readable(who);
    const { readSync, name } = session.device;
    if (readSync === undefined)
      throw new TypeError(
        `${who}: want a device that reads at once, got ${name}; try await x.${who.replace("Sync", "")}()`,
      );
    compute([value]);
    return readSync(value);
  }
}

type LastPosition<S extends Shape> = S extends readonly [unknown, ...infer R extends Shape]
  ? `${R["length"]}`
  : never;

function along(axis: AxisArgument, options: Keep<boolean> | undefined): reduce.ReduceOptions {
  return { axis, keepdims: options?.keepdims ?? false };
}

// Plain JavaScript, and casts, bring in what the types would not.
function operand(who: string, b: unknown): Value {
  if (b instanceof Tensor) return unwrap(b);
  const got = Array.isArray(b) ? "an array; try tensor(array)" : `${typeof b}`;
  throw new TypeError(`${who}: want a tensor or a number, got ${got}`);
}
