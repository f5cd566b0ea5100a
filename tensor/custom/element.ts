/**
 * What a reader's program is written with: places (where along an axis), and elements (numbers that will be computed there).
 * Methods have the names and rules of a tensor's; they make expressions of the loop IR, and compute nothing.
 */
import { type Condition, type Index, linear, number, plus, rangeOf, times } from "../codegen/index-math.ts";
import type { Draft, Expr, ExprTable } from "../codegen/ir.ts";
import { type DType, isFloat } from "../dtype.ts";
import type { MapFunction, ReduceFunction } from "../graph.ts";
import { checkNumber } from "../ops/elementwise.ts";
import { show } from "../shape/error.ts";

/** What a program's expressions share. */
export interface Writing {
  readonly who: string;
  readonly table: ExprTable;
  /** How many axes are reduced: without one there is nothing to sum over. */
  readonly reduced: number;
}

/** Where along an axis: an axis's own place, shifted and scaled. */
export class Place {
  readonly index: Index;
  readonly #writing: Writing;

  constructor(writing: Writing, index: Index) {
    this.#writing = writing;
    this.index = index;
  }

  /** So many places further on. */
  add(by: Place | number): Place {
    return new Place(this.#writing, plus(this.index, indexOf(by)));
  }
  sub(by: Place | number): Place {
    return new Place(this.#writing, plus(this.index, times(indexOf(by), -1)));
  }
  /** Every `by`-th place. */
  mul(by: number): Place {
    return new Place(this.#writing, times(this.index, whole(this.#writing.who, by)));
  }
  /** The place as a number, i32. */
  value(): Element {
    const { table } = this.#writing;
    return new Element(this.#writing, table.make({ kind: "position", dtype: "i32", index: this.index }));
  }
}

function indexOf(place: Place | number): Index {
  return typeof place === "number" ? number(whole("custom", place)) : place.index;
}

function whole(who: string, n: number): number {
  if (!Number.isSafeInteger(n)) throw new RangeError(`${who}: want a whole number of places, got ${n}`);
  return n;
}

/** A tensor that the program reads. */
export class Source {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly #writing: Writing;
  readonly #buffer: number;

  constructor(writing: Writing, buffer: number, shape: readonly number[], dtype: DType) {
    this.#writing = writing;
    this.#buffer = buffer;
    this.shape = shape;
    this.dtype = dtype;
  }

  /**
   * The element at a place along each axis; `outside` is what it is beyond the tensor's ends.
   * Throws RangeError where a place may be outside and nothing is said of that.
   */
  at(places: readonly (Place | number)[], outside?: number): Element {
    const { who, table } = this.#writing;
    if (places.length !== this.shape.length)
      throw new RangeError(`${who}: want a place for each axis of ${show(this.shape)}, got ${places.length}`);
    const indices = places.map(indexOf);
    const conditions = indices.map((index, i) => ({ index, size: this.shape[i] })).filter(mayBeOutside);
    if (conditions.length > 0 && outside === undefined) throw outsideError(who, conditions[0], this.shape);
    const index = linear(indices, this.shape);
    const draft: Draft = { kind: "load", dtype: this.dtype, buffer: this.#buffer, index, inside: conditions };
    const load = table.make(draft);
    if (conditions.length === 0) return new Element(this.#writing, load);
    const value = checkNumber(who, outside!, this.dtype);
    const otherwise = table.make({ kind: "constant", dtype: this.dtype, value });
    return new Element(
      this.#writing,
      table.make({ kind: "inside", dtype: this.dtype, conditions, within: load, otherwise }),
    );
  }
}

function mayBeOutside({ index, size }: Condition): boolean {
  const [low, high] = rangeOf(index);
  return low < 0 || high >= size;
}

function outsideError(who: string, { index, size }: Condition, shape: readonly number[]): RangeError {
  const [low, high] = rangeOf(index);
  return new RangeError(
    `${who}: want places in 0 … ${size - 1} of ${show(shape)}, got ${low} … ${high}; try at([…], 0) to say what is outside`,
  );
}

/** A number that the program computes for each place. */
export class Element {
  readonly expr: Expr;
  readonly #writing: Writing;

  constructor(writing: Writing, expr: Expr) {
    this.#writing = writing;
    this.expr = expr;
  }

  get dtype(): DType {
    return this.expr.dtype;
  }

  add(b: Element | number): Element {
    return this.#binary("add", b);
  }
  sub(b: Element | number): Element {
    return this.#binary("sub", b);
  }
  mul(b: Element | number): Element {
    return this.#binary("mul", b);
  }
  /** Of floats. */
  div(b: Element | number): Element {
    return this.#float("div").#binary("div", b);
  }
  /** Of floats. */
  pow(b: Element | number): Element {
    return this.#float("pow").#binary("pow", b);
  }
  floorDivide(b: Element | number): Element {
    return this.#binary("floorDivide", b);
  }
  mod(b: Element | number): Element {
    return this.#binary("mod", b);
  }
  maximum(b: Element | number): Element {
    return this.#binary("maximum", b);
  }
  minimum(b: Element | number): Element {
    return this.#binary("minimum", b);
  }
  equal(b: Element | number): Element {
    return this.#binary("equal", b, "bool");
  }
  less(b: Element | number): Element {
    return this.#binary("less", b, "bool");
  }
  lessEqual(b: Element | number): Element {
    return this.#binary("lessEqual", b, "bool");
  }
  neg(): Element {
    return this.#unary("neg");
  }
  abs(): Element {
    return this.#unary("abs");
  }
  square(): Element {
    return this.#binary("mul", this);
  }
  exp(): Element {
    return this.#float("exp").#unary("exp");
  }
  log(): Element {
    return this.#float("log").#unary("log");
  }
  sqrt(): Element {
    return this.#float("sqrt").#unary("sqrt");
  }
  sin(): Element {
    return this.#float("sin").#unary("sin");
  }
  cos(): Element {
    return this.#float("cos").#unary("cos");
  }
  tanh(): Element {
    return this.#float("tanh").#unary("tanh");
  }
  erf(): Element {
    return this.#float("erf").#unary("erf");
  }
  floor(): Element {
    return this.#unary("floor");
  }
  /** a where this (bool) is true, else b; at least one of them is an element. */
  where(a: Element | number, b: Element | number): Element {
    if (this.dtype !== "bool") throw this.#wrong("where", "a bool", "less(…)");
    const dtype = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : "f32";
    return this.#make(
      "where",
      [this.expr, this.#operand(a, dtype, "where"), this.#operand(b, dtype, "where")],
      dtype,
    );
  }
  cast(dtype: DType): Element {
    if (dtype === this.dtype) return this;
    return new Element(this.#writing, this.#writing.table.make({ kind: "cast", dtype, input: this.expr }));
  }

  /** Over all reduced axes. */
  sum(): Element {
    return this.#reduce("sum");
  }
  prod(): Element {
    return this.#reduce("prod");
  }
  max(): Element {
    return this.#reduce("max");
  }
  min(): Element {
    return this.#reduce("min");
  }

  #unary(fn: MapFunction): Element {
    return this.#make(fn, [this.expr], this.dtype);
  }
  #binary(fn: MapFunction, b: Element | number, dtype = this.dtype): Element {
    return this.#make(fn, [this.expr, this.#operand(b, this.dtype, fn)], dtype);
  }
  #operand(b: Element | number, dtype: DType, fn: string): Expr {
    const { who, table } = this.#writing;
    if (typeof b === "number")
      return table.make({ kind: "constant", dtype, value: checkNumber(who, b, dtype) });
    if (b.dtype !== dtype)
      throw new TypeError(
        `${who}: ${fn}: want ${dtype} beside ${dtype}, got ${b.dtype}; try .cast("${dtype}")`,
      );
    return b.expr;
  }
  #make(fn: MapFunction, inputs: readonly Expr[], dtype: DType): Element {
    return new Element(this.#writing, this.#writing.table.make({ kind: "map", fn, inputs, dtype }));
  }
  #float(fn: string): this {
    if (!isFloat(this.dtype)) throw this.#wrong(fn, "a float", '.cast("f32")');
    return this;
  }
  #wrong(fn: string, want: string, hint: string): TypeError {
    return new TypeError(`${this.#writing.who}: ${fn}: want ${want}, got ${this.dtype}; try ${hint}`);
  }
  #reduce(fn: ReduceFunction): Element {
    const { who, table, reduced } = this.#writing;
    if (reduced === 0) throw new RangeError(`${who}: ${fn}: want reduced axes, got none; try { over: [n] }`);
    if (this.dtype === "bool") throw this.#wrong(fn, "a number", '.cast("i32")');
    return new Element(
      this.#writing,
      table.make({ kind: "reduce", fn, dtype: this.dtype, input: this.expr }),
    );
  }
}
