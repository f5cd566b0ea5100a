/**
 * One program, found backwards from the value it must leave in memory: what that value is made of is taken in, element by element,
 * as long as it is met at the same place (or is cheap to meet twice); the rest is read from memory and is for other programs.
 *
 * Nothing is recognised by name. A reduction is taken in where its result is needed once per row, so a softmax, a norm or a
 * cross-entropy becomes one program, by what depends on what. Graph in, LoopProgram out.
 */
import { isFloat } from "../dtype.ts";
import type { Concat, Gather, MapNode, Node, Pad, Reduce, Report, SetSlice, Value } from "../graph.ts";
import { type Axis, conditionsKey, type Draft, type Expr, ExprTable } from "../codegen/ir.ts";
import {
  axisIndex,
  type Condition,
  coordinates,
  findAtom,
  type Index,
  linear,
  number,
  quotient,
  rest,
  substitute,
  valueIndex,
} from "../codegen/index-math.ts";
import { axesMeeting, padded, pieces, replaced, through } from "./layout.ts";
import { identityOf } from "./lower.ts";
import { isView } from "./order.ts";
import { count } from "./size.ts";

/** What a group must know of the graph around it. */
export interface Surroundings {
  /** What the value is computed by, if not by its own node. */
  readonly alias: (value: Value) => Value | undefined;
  /** Whether its elements are in memory, or will be by another program. */
  readonly inMemory: (value: Value) => boolean;
  /** Operations to make one element from what is in memory. */
  readonly weight: (value: Value) => number;
  /** How many nodes compute with it. */
  readonly uses: (value: Value) => number;
}

/** A value computed inside a group, and how it is met there. */
export interface Member {
  readonly expr: Expr;
  readonly coords: readonly Index[];
  /** At each element, or once a row; "elsewhere": not in order. */
  readonly place: "element" | "row" | "elsewhere";
}

export interface Group {
  readonly axes: readonly Axis[];
  readonly table: ExprTable;
  readonly result: Expr;
  readonly coords: readonly Index[];
  readonly members: ReadonlyMap<Value, Member>;
  readonly inputs: readonly Value[];
  readonly scalars: readonly Value[];
  readonly reports: readonly Report[];
  readonly product: Value | undefined;
}

/** Operations in one program: more is slower to compile, and no faster to run. */
const mostMembers = 96;
/** So light that it is computed again rather than kept. */
export const light = 3;
/** A row this long is not walked by one thread alone where there are few rows. */
const longRow = 2 ** 15;
const fewRows = 4;

/** Loops, and which of them run along a row, outermost first. */
interface Loops {
  readonly axes: readonly Axis[];
  readonly reduced: readonly number[] | undefined;
}

/** The loops must be cut otherwise: the group is begun anew. */
class Recut {
  readonly loops: Loops;
  readonly axis: number;
  readonly by: number;
  constructor(loops: Loops, axis: number, by: number) {
    this.loops = loops;
    this.axis = axis;
    this.by = by;
  }
}
class WithProduct {
  readonly product: Value;
  readonly coords: readonly Index[];
  constructor(product: Value, coords: readonly Index[]) {
    this.product = product;
    this.coords = coords;
  }
}

/** The group that ends in `sink`. `outside`: values it must not take in. */
export function groupOf(sink: Value, around: Surroundings, outside: ReadonlySet<Value>): Group {
  const refused = new Set(outside);
  let attempt = plainly(sink);
  for (;;) {
    const builder = new GroupBuilder(attempt.loops, around, refused, sink, attempt.product);
    try {
      const group = builder.build(attempt.coords);
      if (attempt.product === undefined || lanesAreStraight(group)) return group;
      refused.add(attempt.product);
      attempt = plainly(sink);
    } catch (signal) {
      if (signal instanceof Recut) attempt = recut(attempt.coords, signal);
      else if (signal instanceof WithProduct) attempt = withProduct(attempt, signal);
      else throw signal;
    }
  }
}

interface Attempt {
  readonly loops: Loops;
  readonly coords: readonly Index[];
  readonly product: Value | undefined;
}

/** One loop for each axis of the result. */
function plainly({ shape }: Value): Attempt {
  const axes: readonly Axis[] = shape.map((size) => ({ size, role: "parallel" }));
  return {
    loops: { axes, reduced: undefined },
    coords: shape.map((size, i) => axisIndex(i, size)),
    product: undefined,
  };
}

/** Axis i of size n becomes two, of n/by and by; the new one goes last. */
function recut(coords: readonly Index[], { loops, axis, by }: Recut): Attempt {
  const { size, role } = loops.axes[axis];
  const axes = [...loops.axes.with(axis, { size: size / by, role }), { size: by, role }];
  const whole = linear([axisIndex(axis, size / by), axisIndex(loops.axes.length, by)], [size / by, by]);
  const reduced = loops.reduced?.flatMap((a) => (a === axis ? [axis, loops.axes.length] : [a]));
  const cut = (i: number): Index => (i === axis ? whole : axisIndex(i, axes[i].size));
  return { loops: { axes, reduced }, coords: coords.map((c) => substitute(c, cut)), product: undefined };
}

/** The loops are the product's own. */
function withProduct({ loops, coords }: Attempt, signal: WithProduct): Attempt {
  const { product } = signal;
  return { ...plainly(product), coords: coords.map((c) => turned(c, signal, loops.axes)), product };
}

/** An index over the sink's axes as one over the product's own. */
function turned(index: Index, { product, coords }: WithProduct, axes: readonly Axis[]): Index {
  const place = linear(
    product.shape.map((n, i) => axisIndex(i, n)),
    product.shape,
  );
  const factors = new Map(
    linear(coords, product.shape).terms.map((t) => [t.atom.kind === "axis" ? t.atom.axis : -1, t.factor]),
  );
  return substitute(index, (axis) => rest(quotient(place, factors.get(axis)!), axes[axis].size));
}

/** Whether everything runs along the product's columns by plain strides: the printer goes there four at a time. */
function lanesAreStraight(group: Group): boolean {
  const column = group.axes.length - 1;
  const isColumn = (a: { kind: string; axis?: number }): boolean => a.kind === "axis" && a.axis === column;
  const bent = (index: Index): boolean =>
    index.terms.some(
      ({ atom }) =>
        atom.kind === "value" || (atom.kind !== "axis" && findAtom(atom.of, isColumn) !== undefined),
    );
  return ![...group.table.indices(), ...group.coords].some(bent);
}

class GroupBuilder {
  readonly #axes: Axis[];
  readonly #around: Surroundings;
  readonly #outside: ReadonlySet<Value>;
  readonly #sink: Value;
  readonly #product: Value | undefined;
  readonly #table = new ExprTable();
  readonly #read = new Map<Value, Map<string, Expr>>();
  readonly #members = new Map<Value, Member>();
  readonly #inputs: Value[] = [];
  readonly #scalars: Value[] = [];
  readonly #reports: Report[] = [];
  #reduced: readonly number[] | undefined;
  /** How many values it has looked at to compute. */
  #taken = 0;

  constructor(
    { axes, reduced }: Loops,
    around: Surroundings,
    outside: ReadonlySet<Value>,
    sink: Value,
    product: Value | undefined,
  ) {
    this.#axes = [...axes];
    this.#reduced = reduced;
    this.#around = around;
    this.#outside = outside;
    this.#sink = sink;
    this.#product = product;
  }

  build(coords: readonly Index[]): Group {
    const result = this.#at(this.#sink, coords, []);
    return {
      axes: this.#axes,
      table: this.#table,
      result,
      coords,
      members: this.#members,
      inputs: this.#inputs,
      scalars: this.#scalars,
      reports: this.#reports,
      product: this.#product,
    };
  }

  /** The element of `value` at `coords`; read only where the conditions hold. */
  #at(value: Value, coords: readonly Index[], inside: readonly Condition[]): Expr {
    // An element of nothing is one that no condition lets through.
    if (count(value.shape) === 0) return this.#make({ kind: "constant", value: 0, dtype: value.dtype });
    for (;;) {
      const alias = this.#around.alias(value);
      if (alias !== undefined && !this.#inMemory(value)) {
        value = alias;
        continue;
      }
      const { node } = value;
      if (node === undefined || this.#inMemory(value)) return this.#load(value, coords, inside);
      if (!isView(node)) return this.#node(value, node, coords, inside);
      coords = this.#cut(through(node as Parameters<typeof through>[0], value.shape, coords));
      value = node.inputs[0];
    }
  }

  #inMemory(value: Value): boolean {
    return value !== this.#sink && (this.#around.inMemory(value) || this.#outside.has(value));
  }

  #load(value: Value, coords: readonly Index[], inside: readonly Condition[]): Expr {
    let buffer = this.#inputs.indexOf(value);
    if (buffer < 0) buffer = this.#inputs.push(value) - 1;
    return this.#table.make({
      kind: "load",
      buffer,
      index: linear(coords, value.shape),
      inside,
      dtype: value.dtype,
    });
  }

  /** Axes are cut so that no quotient or rest of a single axis is left. */
  #cut(coords: readonly Index[]): readonly Index[] {
    if (this.#product !== undefined) return coords;
    for (const c of coords) {
      const atom = findAtom(c, ({ kind }) => kind === "quotient" || kind === "rest");
      if (atom === undefined || atom.kind === "axis" || atom.kind === "value") continue;
      const [term] = atom.of.terms;
      if (
        atom.of.terms.length !== 1 ||
        term.atom.kind !== "axis" ||
        term.factor !== 1 ||
        atom.of.offset !== 0
      )
        continue;
      if (term.atom.size % atom.by === 0 && atom.by < term.atom.size)
        throw new Recut({ axes: this.#axes, reduced: this.#reduced }, term.atom.axis, atom.by);
    }
    return coords;
  }

  #node(value: Value, node: Node, coords: readonly Index[], inside: readonly Condition[]): Expr {
    if (node.op === "full") return this.#scalar(value);
    const key = coords.map((c) => c.key).join() + conditionsKey(inside);
    let known = this.#read.get(value);
    if (known === undefined) this.#read.set(value, (known = new Map<string, Expr>()));
    const found = known.get(key);
    if (found !== undefined) return found;
    const place = this.#placeOf(value, coords, inside);
    this.#taken++;
    const expr = this.#mayTake(value, place) ? this.#take(value, node, coords, inside) : undefined;
    if (expr === undefined) return this.#load(value, coords, inside);
    known.set(key, expr);
    const member = this.#members.get(value);
    if (member === undefined || member.place === "elsewhere")
      this.#members.set(value, { expr, coords, place: this.#placeOf(value, coords, inside) });
    return expr;
  }

  #placeOf(value: Value, coords: readonly Index[], inside: readonly Condition[]): Member["place"] {
    if (inside.length > 0) return "elsewhere";
    const met = axesMeeting(coords, value.shape);
    if (met === undefined) return "elsewhere";
    const runs = (role: Axis["role"] | undefined): number =>
      this.#axes.filter((a) => a.size > 1 && (role === undefined || a.role === role)).length;
    if (met.size === runs(undefined)) return "element";
    if (this.#reduced === undefined) this.#findRow(value, met);
    const rows = [...met].every((a) => this.#axes[a].role === "parallel") && met.size === runs("parallel");
    return this.#reduced !== undefined && rows ? "row" : "elsewhere";
  }

  /** A value that is made of a reduction, and lacks as many elements as that one reduces, is one number a row. */
  #findRow(value: Value, met: ReadonlySet<number>): void {
    const reduction = this.#reductionUnder(value, 0);
    if (reduction === undefined) return;
    const sizes = reduction.axes.map((a) => reduction.inputs[0].shape[a]);
    if (met.size < this.#axes.filter((a) => a.size > 1).length) this.#rowsFit(met, count(sizes), sizes);
  }

  #reductionUnder(value: Value, depth: number): Reduce | undefined {
    const alias = this.#around.alias(value);
    if (this.#inMemory(value)) return undefined;
    if (alias !== undefined) return this.#reductionUnder(alias, depth);
    const { node } = value;
    if (node?.op === "reduce") return node;
    if (node === undefined || depth > 8 || !(node.op === "map" || node.op === "cast" || isView(node)))
      return undefined;
    for (const x of node.inputs) {
      const found = this.#reductionUnder(x, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Whether the value is computed here, not read. */
  #mayTake(value: Value, place: Member["place"]): boolean {
    if (value === this.#sink) return true;
    const { node } = value;
    if (node?.op === "iota" || node?.op === "reduce") return true; // a reduction decides for itself
    if (this.#taken >= mostMembers) return false;
    if (place !== "elsewhere") return true;
    const weight = this.#around.weight(value);
    if (weight <= light) return true;
    const domain = this.#axes.reduce((n, a) => n * a.size, 1);
    return (
      this.#around.uses(value) <= 1 && weight < Infinity && (weight <= 8 || domain <= 2 * count(value.shape))
    );
  }

  #scalar(value: Value): Expr {
    let slot = this.#scalars.indexOf(value);
    if (slot < 0) slot = this.#scalars.push(value) - 1;
    return this.#table.make({ kind: "scalar", slot, dtype: value.dtype });
  }

  /** The value's element as an expression; undefined if it must come from memory after all. */
  #take(value: Value, node: Node, coords: readonly Index[], inside: readonly Condition[]): Expr | undefined {
    const { dtype } = value;
    switch (node.op) {
      case "iota":
        return this.#make({ kind: "position", index: coords[0], dtype });
      case "map":
        return this.#map(value, node, coords, inside);
      case "cast":
        return this.#make({ kind: "cast", input: this.#at(node.inputs[0], coords, inside), dtype });
      case "random": {
        const [low, high] = [0, 1].map((i) => this.#at(node.inputs[0], [number(i)], []));
        return this.#make({
          kind: "random",
          distribution: node.distribution,
          key: [low, high],
          index: linear(coords, value.shape),
          dtype,
        });
      }
      case "pad":
        return this.#pad(value, node, coords, inside);
      case "concat":
        return this.#concat(value, node, coords, inside);
      case "setSlice":
        return this.#setSlice(value, node, coords, inside);
      case "gather":
        return this.#gather(node, value, coords, inside);
      case "reduce":
        if (node.axes.some((a) => node.inputs[0].shape[a] === 0))
          return this.#make({ kind: "constant", value: identityOf(node.fn, dtype), dtype });
        if (node.axes.every((a) => node.inputs[0].shape[a] === 1))
          return this.#reduceOfOne(value, node, coords, inside);
        return inside.length > 0 ? undefined : this.#reduce(value, node, coords);
      case "matmul":
      case "attention":
        return this.#multiply(value, coords, inside);
      default:
        return undefined;
    }
  }

  #make(draft: Draft): Expr {
    return this.#table.make(draft);
  }

  #map(value: Value, node: MapNode, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const inputs = node.inputs.map((x) => this.#at(x, coords, inside));
    return this.#make({ kind: "map", fn: node.fn, inputs, dtype: value.dtype });
  }

  #pad({ dtype }: Value, node: Pad, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const part = padded(node, coords);
    const then = this.#at(node.inputs[0], part.coords, [...inside, ...part.conditions]);
    const otherwise = this.#make({ kind: "constant", value: node.value, dtype });
    return this.#choice(part.conditions, then, otherwise);
  }

  #concat(_: Value, node: Concat, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const parts = pieces(node, coords).map((part, i) => ({
      conditions: part.conditions,
      within:
        node.inputs[i].shape[node.axis] === 0
          ? undefined
          : this.#at(node.inputs[i], part.coords, [...inside, ...part.conditions]),
    }));
    const real = parts.filter((p) => p.within !== undefined);
    return real
      .slice(0, -1)
      .reduceRight(
        (rest, { conditions, within }) => this.#choice(conditions, within!, rest),
        real.at(-1)!.within!,
      );
  }

  #setSlice(_: Value, node: SetSlice, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const otherwise = this.#at(node.inputs[0], coords, inside);
    if (count(node.inputs[1].shape) === 0) return otherwise;
    const part = replaced(node, coords);
    const then = this.#at(node.inputs[1], part.coords, [...inside, ...part.conditions]);
    return this.#choice(part.conditions, then, otherwise);
  }

  #choice(conditions: readonly Condition[], within: Expr, otherwise: Expr): Expr {
    return conditions.length === 0
      ? within
      : this.#make({ kind: "inside", conditions, within, otherwise, dtype: within.dtype });
  }

  /** x at the index that another tensor holds. */
  #gather(node: Gather, _: Value, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const [x, index] = node.inputs;
    const rank = index.shape.length;
    const size = x.shape[node.axis];
    const read = this.#at(index, coords.slice(node.axis, node.axis + rank), inside);
    const given = this.#choice(inside, read, this.#make({ kind: "constant", value: 0, dtype: "i32" }));
    const report = this.#reports.push({ ...node.report }) - 1;
    const checked = this.#make({
      kind: "checked",
      input: given,
      size,
      report: this.#reportOf(node.report, report),
      dtype: "i32",
    });
    const at = valueIndex(checked, Math.max(1, size));
    const found = this.#at(x, coords.toSpliced(node.axis, rank, at), inside);
    // Of one element (or none) the index would not be looked at.
    return size <= 1
      ? this.#make({
          kind: "inside",
          conditions: [{ index: at, size: 1 }],
          within: found,
          otherwise: found,
          dtype: found.dtype,
        })
      : found;
  }

  #reportOf(report: Report, made: number): number {
    const same = this.#reports.findIndex((r) => r.who === report.who && r.size === report.size);
    if (same < made) this.#reports.pop();
    return same;
  }

  /** Of single elements: themselves. (A sum begins with 0, and 0 + −0 is 0.) */
  #reduceOfOne(value: Value, node: Reduce, coords: readonly Index[], inside: readonly Condition[]): Expr {
    const kept = [...coords];
    const all = node.inputs[0].shape.map((_, i) => (node.axes.includes(i) ? number(0) : kept.shift()!));
    const x = this.#at(node.inputs[0], all, inside);
    if (node.fn !== "sum" || value.dtype === "bool") return x;
    const zero = this.#make({ kind: "constant", value: 0, dtype: value.dtype });
    return this.#make({ kind: "map", fn: "add", inputs: [x, zero], dtype: value.dtype });
  }

  /** A reduction whose result is needed once a row is made here, over the axes that rows have. */
  #reduce(value: Value, node: Reduce, coords: readonly Index[]): Expr | undefined {
    if (this.#product !== undefined) return undefined;
    const [x] = node.inputs;
    const sizes = node.axes.map((a) => x.shape[a]);
    const met = axesMeeting(coords, value.shape);
    if (met === undefined || !this.#rowsFit(met, count(sizes), sizes)) return undefined;
    const reduced = this.#reduced!;
    const along = this.#cut(
      coordinates(
        linear(
          reduced.map((a) => axisIndex(a, this.#axes[a].size)),
          reduced.map((a) => this.#axes[a].size),
        ),
        sizes,
      ),
    );
    const kept = [...coords];
    const full = x.shape.map((_, i) => (node.axes.includes(i) ? along[node.axes.indexOf(i)] : kept.shift()!));
    return this.#make({ kind: "reduce", fn: node.fn, input: this.#at(x, full, []), dtype: value.dtype });
  }

  /** Whether a row has `size` elements and there is one for each result; the first reduction decides what a row is. */
  #rowsFit(met: ReadonlySet<number>, size: number, sizes: readonly number[]): boolean {
    const all = this.#axes.map((_, i) => i).filter((i) => this.#axes[i].size > 1);
    const others = all.filter((i) => !met.has(i));
    const product = (list: readonly number[]): number => list.reduce((n, i) => n * this.#axes[i].size, 1);
    if (this.#reduced !== undefined)
      return (
        product(this.#reduced) === size &&
        others.every((i) => this.#axes[i].role === "reduce") &&
        [...met].every((i) => this.#axes[i].role === "parallel")
      );
    if (others.length === 0) {
      this.#reduced = sizes.map((n) => this.#axes.push({ size: n, role: "reduce" }) - 1);
      return true;
    }
    if (product(others) !== size || (size > longRow && product([...met]) < fewRows)) return false;
    for (const i of others) this.#axes[i] = { size: this.#axes[i].size, role: "reduce" };
    this.#reduced = others;
    return true;
  }

  /** A product (or an attention) takes what follows it element by element as its end: its tile is an expression like any other. */
  #multiply(value: Value, coords: readonly Index[], inside: readonly Condition[]): Expr | undefined {
    if (inside.length > 0 || this.#reduced !== undefined || !isFloat(value.dtype)) return undefined;
    if (this.#product === undefined) {
      const met = axesMeeting(coords, value.shape);
      const runs = this.#axes.filter((a) => a.size > 1).length;
      if (met === undefined || met.size !== runs) return undefined;
      throw new WithProduct(value, coords);
    }
    const own = linear(
      value.shape.map((n, i) => axisIndex(i, n)),
      value.shape,
    );
    const same = value === this.#product && linear(coords, value.shape).key === own.key;
    return same ? this.#make({ kind: "tile", dtype: value.dtype }) : undefined;
  }
}
