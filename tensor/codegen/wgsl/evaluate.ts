/**
 * Expressions of the loop IR → WGSL variables, at the place in the text where the writer stands. Each is computed once in the block that it
 * belongs to, and is known in the blocks inside that one.
 */
import type { DType } from "../../dtype.ts";
import type { Checked, Expr, Inside, Load, RandomExpr } from "../ir.ts";
import { indicesOf, valuesIn } from "../ir.ts";
import type { Atom, Condition, Index } from "../index-math.ts";
import { constant, converted, fromWord, stored } from "./element.ts";
import { mapped } from "./functions.ts";
import { scalarWord, type ShaderWriter } from "./shader.ts";

/** Where the words of a program lie. */
export interface Places {
  /** The variable of each axis. */
  readonly axes: readonly string[];
  /** The word of the scalars that says where this program's reports begin; the scalars follow it. */
  readonly hasReports: boolean;
}

export class Evaluator {
  readonly w: ShaderWriter;
  readonly places: Places;
  /** Names of what is computed, innermost block last. */
  readonly #known: Map<number, string>[] = [new Map()];

  constructor(w: ShaderWriter, places: Places) {
    this.w = w;
    this.places = places;
  }

  /** What is computed inside is forgotten at the block's end. */
  inside(body: () => void): void {
    this.#known.push(new Map());
    body();
    this.#known.pop();
  }

  know(e: Expr, name: string): void {
    this.#known.at(-1)!.set(e.id, name);
  }

  /** The variable that holds it. */
  value(e: Expr): string {
    for (const known of this.#known) {
      const name = known.get(e.id);
      if (name !== undefined) return name;
    }
    const name = this.#compute(e);
    this.know(e, name);
    return name;
  }

  #compute(e: Expr): string {
    const { w } = this;
    switch (e.kind) {
      case "load":
        return this.#load(e);
      case "scalar":
        return w.let(fromWord(e.dtype, scalarWord((this.places.hasReports ? 1 : 0) + e.slot)));
      case "constant":
        return constant(w.use, e.dtype, e.value);
      case "position":
        return w.let(converted(w.use, "i32", e.dtype, this.index(e.index)));
      case "map": {
        const inputs = e.inputs.map((x) => this.value(x));
        return w.let(mapped(w.use, e.fn, e.inputs[e.fn === "where" ? 1 : 0].dtype, e.dtype, inputs));
      }
      case "cast":
        return w.let(converted(w.use, e.input.dtype, e.dtype, this.value(e.input)));
      case "inside":
        return this.#inside(e);
      case "checked":
        return this.#checked(e);
      case "random":
        return this.#random(e);
      case "reduce":
      case "tile":
        throw new Error(`bug: a ${e.kind} that was not computed before it is used`);
    }
  }

  /** The formula as text; what it reads is computed before. */
  index(index: Index): string {
    for (const value of valuesIn(index)) this.value(value);
    return this.#formula(index);
  }

  #formula({ offset, terms }: Index): string {
    if (terms.length === 0) return String(offset);
    const parts = terms.map(({ factor, atom }) =>
      factor === 1 ? this.#atom(atom) : `${this.#atom(atom)} * ${factor < 0 ? `(${factor})` : factor}`,
    );
    return `(${[...parts, ...(offset === 0 ? [] : [offset < 0 ? `(${offset})` : String(offset)])].join(" + ")})`;
  }

  #atom(atom: Atom): string {
    switch (atom.kind) {
      case "axis":
        return this.places.axes[atom.axis];
      case "value":
        return this.value(atom.value);
      // Never of a negative number (index-math.ts): an unsigned division is the cheaper one.
      case "quotient":
        return `i32(u32(${this.#formula(atom.of)}) / ${atom.by}u)`;
      case "rest":
        return `i32(u32(${this.#formula(atom.of)}) % ${atom.by}u)`;
    }
  }

  /** All conditions, as text. */
  #holds(conditions: readonly Condition[]): string {
    const test = (c: Condition): string => `u32(${this.index(c.index)}) < ${c.size}u`;
    return conditions.map(test).join(" && ");
  }

  #load(e: Load): string {
    const { w } = this;
    for (const index of indicesOf(e)) for (const value of valuesIn(index)) this.value(value);
    const element = w.load(e.buffer, this.index(e.index));
    if (e.inside.length === 0) return w.let(element);
    const result = w.variable(constant(w.use, e.dtype, 0));
    w.line(`if (${this.#holds(e.inside)}) { ${result} = ${element}; }`);
    return result;
  }

  #inside({ conditions, within, otherwise }: Inside): string {
    const [a, b] = [this.value(within), this.value(otherwise)];
    return this.w.let(`select(${b}, ${a}, ${this.#holds(conditions)})`);
  }

  /** Outside indices are told and become 0. */
  #checked({ input, size, report }: Checked): string {
    const { w } = this;
    const x = this.value(input);
    const isOutside = w.let(`bitcast<u32>(${x}) >= ${size}u`);
    w.line(`if (${isOutside}) { ${reported(report, x)} }`);
    return w.let(`select(${x}, 0, ${isOutside})`);
  }

  #random(e: RandomExpr): string {
    const { w } = this;
    const key = e.key.map((k) => this.value(k));
    w.use("threefry");
    const name = e.distribution === "bits" ? "random_bits" : w.use(`random_${e.distribution}`);
    return w.let(`${name}(${key.join(", ")}, ${this.index(e.index)})`);
  }

  /** Writes a value to a buffer. */
  store(buffer: number, index: Index, dtype: DType, value: string): void {
    this.w.line(stored(this.w.use, dtype, `b${buffer}`, this.index(index), value));
  }
}

/** Tells that an index is outside: the number of the report's first word is in the first scalar. */
export function reported(report: number, index: string): string {
  const at = `${scalarWord(0)} + ${2 * report}u`;
  return `atomicStore(&reports[${at} + 1u], bitcast<u32>(${index})); atomicStore(&reports[${at}], 1u);`;
}
