/**
 * The Tensor: an array of elements of one dtype, whose type carries its shape. Here: what it is, reading it, products, assignment.
 * Its other methods are in methods/, one file a family; shapes and dtypes are checked there in types, and in ops/ at run time,
 * in the same words. The table of all names is docs/tensor.md.
 */
import type { DimsOf, Shape, Sizes } from "./shape/dim.ts";
import type { MatrixTranspose } from "./shape/axes.ts";
import { type Check, show } from "./shape/error.ts";
import type { MatMul } from "./shape/matmul.ts";
import { product } from "./shape/reshape.ts";
import type { Arithmetic, Data, DataOf, DType, ElementOf } from "./dtype.ts";
import { describe, type MimeBundle, mimeBundle } from "./display.ts";
import { cast, type Value } from "./graph.ts";
import { constructBy, isLive, rebind, replace, unwrap, wrap } from "./handle.ts";
import type { Broadcast } from "./shape/broadcast.ts";
import { Selection } from "./methods/selection.ts";
import { nest, type NestedList } from "./nested.ts";
import { close } from "./ops/elementwise.ts";
import { matmul } from "./ops/product.ts";
import { all } from "./ops/reduce.ts";
import { matrixTranspose, sameSizes } from "./ops/view.ts";
import { compute, ready, session } from "./session.ts";

/** A tensor of any shape and dtype. */
export type AnyTensor = Tensor<Shape, DType>;

/** Tolerances of allclose. */
export interface Closeness {
  readonly rtol?: number;
  readonly atol?: number;
  /** Whether NaN is close to NaN. */
  readonly equalNan?: boolean;
}

const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");
const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/**
 * An array of elements of one dtype. S: its shape, one Dim per axis; D: its dtype.
 * A value: no method changes it but `assign`. Lazy: methods record, reading computes.
 */
export class Tensor<S extends Shape = Shape, D extends DType = "f32"> extends Selection {
  /** One size per axis. */
  readonly shape: Sizes<S>;
  /** Element type. */
  readonly dtype: D;

  private constructor(value: Value) {
    super(value);
    this.shape = Object.freeze([...value.shape]) as unknown as Sizes<S>;
    this.dtype = value.dtype as D;
  }

  static {
    constructBy((value) => new Tensor(value));
  }

  /** Number of axes. */
  get ndim(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return product(this.shape);
  }
  /** The transpose of a matrix. Throws RangeError for another rank. */
  get T(): Tensor<MatrixTranspose<S>, D> {
    return wrap(matrixTranspose(unwrap(this, "T")));
  }

  /** A copy of the elements in row-major order. */
  async data<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<DataOf[D]> {
    return (await read(this, "data")) as DataOf[D];
  }
  /** The one element. Throws RangeError if there are more or none. */
  async item<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<ElementOf<D>> {
    checkSingle(this, "item");
    return nest(await read(this, "item"), [], this.dtype) as ElementOf<D>;
  }
  /** Nested arrays, as deep as the rank. */
  async tolist<S extends Shape, D extends DType>(this: Tensor<S, D>): Promise<NestedList<S, ElementOf<D>>> {
    return nest(await read(this, "tolist"), this.shape, this.dtype) as NestedList<S, ElementOf<D>>;
  }
  /** As data(), at once. Throws TypeError on a device that cannot. */
  dataSync<S extends Shape, D extends DType>(this: Tensor<S, D>): DataOf[D] {
    return readSync(this, "dataSync") as DataOf[D];
  }
  /** As item(), at once. */
  itemSync<S extends Shape, D extends DType>(this: Tensor<S, D>): ElementOf<D> {
    checkSingle(this, "itemSync");
    return nest(readSync(this, "itemSync"), [], this.dtype) as ElementOf<D>;
  }
  /** As tolist(), at once. */
  tolistSync<S extends Shape, D extends DType>(this: Tensor<S, D>): NestedList<S, ElementOf<D>> {
    return nest(readSync(this, "tolistSync"), this.shape, this.dtype) as NestedList<S, ElementOf<D>>;
  }
  /** Computes the elements now. */
  async realize(): Promise<this> {
    const value = readable(this, "realize");
    const starting = ready();
    if (starting !== undefined) await starting;
    compute([value]);
    await session.device.settled?.([value]);
    return this;
  }
  /** Whether |x − y| ≤ atol + rtol·|y| everywhere, in f32. Infinities are close to themselves. */
  async allclose<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    y: number | (Tensor<B, DType> & Check<Broadcast<S, B, "allclose">>),
    options: Closeness = {},
  ): Promise<boolean> {
    const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
    const a = cast(unwrap(this, "allclose"), "f32");
    const b = typeof y === "number" ? y : cast(unwrap(y, "allclose"), "f32");
    const verdict = all(close(a, b, rtol, atol, equalNan), { axis: undefined, keepdims: false });
    return wrap<[], "bool">(verdict).item();
  }

  /** The same tensor under a more exact type: sizes are checked now, names are types only. Throws RangeError where they differ. */
  as<S extends Shape, D extends DType, const A extends Shape>(
    this: Tensor<S, D>,
    shape: A,
  ): Tensor<DimsOf<A>, D> {
    const fits =
      shape.length === this.ndim && shape.every((n, i) => typeof n === "string" || n === this.shape[i]);
    if (!fits) throw new RangeError(`as: want ${show(shape)}, got ${show(this.shape)}`);
    return this as unknown as Tensor<DimsOf<A>, D>;
  }
  /** Matrix product, NumPy's rules: [..., M, K] · [..., K, N] → [..., M, N]; a vector on either side is a row or a column. */
  matmul<S extends Shape, D extends DType, B extends Shape, E extends DType>(
    this: Tensor<S, D>,
    b: Tensor<B, E> & Check<MatMul<S, B>>,
  ): Tensor<MatMul<S, B>, Arithmetic<D, E>> {
    return wrap(matmul(unwrap(this, "matmul"), unwrap(b, "matmul")));
  }
  /** Makes this tensor stand for x's value from now on; what was computed from the old value keeps it. Returns itself. */
  assign<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    x: Tensor<NoInfer<S>, NoInfer<D>>,
  ): Tensor<S, D> {
    const next = unwrap(x, "assign");
    if (!sameSizes(next.shape, this.shape))
      throw new RangeError(`assign: want ${show(this.shape)}, got ${show(next.shape)}`);
    if (next.dtype !== this.dtype)
      throw new TypeError(`assign: want ${this.dtype}, got ${next.dtype}; try .cast("${this.dtype}")`);
    const trace = session.traces.at(-1);
    // Computed at once, so that a parameter does not drag every past step along. A jit computes when it ends.
    if (trace === undefined && session.recording === 0) compute([next]);
    if (trace === undefined) replace(this, next);
    else if (trace.assigned.has(this)) rebind(this, next);
    else trace.assigned.set(this, rebind(this, next));
    trace?.own.add(this);
    return this;
  }

  /** Tensor f32[2,3] */
  override toString(): string {
    return `Tensor ${this.dtype}${show(this.shape)}`;
  }
  /** What console.log shows in Node: the values, where they can be had at once. */
  [inspect](): string {
    const now = isLive(this) && session.traces.length === 0 && session.device.readSync !== undefined;
    return now ? describe(readSync(this, "inspect"), this.shape, this.dtype) : this.toString();
  }
  /** What a notebook shows: a table or a heat map, and the same as text. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    return mimeBundle(await read(this, "display"), this.shape, this.dtype, session.device.name);
  }
}

function readable(x: AnyTensor, who: string): Value {
  if (session.traces.length > 0)
    throw new TypeError(`${who}: want reading outside jit, got it inside; try returning the tensor`);
  return unwrap(x, who);
}

async function read(x: AnyTensor, who: string): Promise<Data> {
  const value = readable(x, who);
  const starting = ready();
  if (starting !== undefined) await starting;
  compute([value]);
  return session.device.read(value);
}

function readSync(x: AnyTensor, who: string): Data {
  const value = readable(x, who);
  const { readSync: readNow, name } = session.device;
  if (readNow === undefined)
    throw new TypeError(
      `${who}: want a device that reads at once, got ${name}; try await x.${who.replace("Sync", "")}()`,
    );
  compute([value]);
  return readNow(value);
}

function checkSingle(x: AnyTensor, who: string): void {
  if (x.size !== 1)
    throw new RangeError(
      `${who}: want one element, got ${x.size} in ${show(x.shape)}; try tolist() or slice()`,
    );
}
