/**
 * The loop IR: one program, as loops over axes and what is computed in them. Plain data between schedule/ and a printer
 * (wasm/print.ts; one for WGSL reads the same). It names no registers, no vectors, no order of loops: those are the printer's.
 *
 * Every axis is parallel, or reduced: all reductions of a program run over all its reduced axes, so that a softmax, a norm or a
 * variance is one program, in as many passes over a row as reductions wait for one another.
 */
import type { DType } from "../dtype.ts";
import type { Distribution, MapFunction, ReduceFunction, Report } from "../graph.ts";
import { type Condition, type Index, withValues } from "./index-math.ts";

export interface Axis {
  readonly size: number;
  readonly role: "parallel" | "reduce";
}

interface ExprOf<Kind extends string> {
  readonly kind: Kind;
  /** Position among the program's expressions; inputs come before what uses them. */
  readonly id: number;
  readonly dtype: DType;
}

/** The element of a buffer; where a condition fails nothing is read, and the value is not used. */
export interface Load extends ExprOf<"load"> {
  readonly buffer: number;
  readonly index: Index;
  readonly inside: readonly Condition[];
}
/** A number given at each launch, so that another number needs no other program. */
export interface Scalar extends ExprOf<"scalar"> {
  readonly slot: number;
}
export interface Constant extends ExprOf<"constant"> {
  readonly value: number;
}
/** An index as a number. */
export interface Position extends ExprOf<"position"> {
  readonly index: Index;
}
export interface MapExpr extends ExprOf<"map"> {
  readonly fn: MapFunction;
  readonly inputs: readonly Expr[];
}
export interface CastExpr extends ExprOf<"cast"> {
  readonly input: Expr;
}
/** `within` where all conditions hold, else `otherwise`. */
export interface Inside extends ExprOf<"inside"> {
  readonly conditions: readonly Condition[];
  readonly within: Expr;
  readonly otherwise: Expr;
}
/** An i32 kept within 0 … size − 1; one outside is reported. */
export interface Checked extends ExprOf<"checked"> {
  readonly input: Expr;
  readonly size: number;
  /** Which of the program's reports. */
  readonly report: number;
}
export interface RandomExpr extends ExprOf<"random"> {
  readonly distribution: Distribution;
  readonly key: readonly [Expr, Expr];
  readonly index: Index;
}
/** Over all reduced axes. */
export interface ReduceExpr extends ExprOf<"reduce"> {
  readonly fn: ReduceFunction;
  readonly input: Expr;
}
/** The element that a product computes before what is done with it. */
export type Tile = ExprOf<"tile">;

export type Expr =
  | Load
  | Scalar
  | Constant
  | Position
  | MapExpr
  | CastExpr
  | Inside
  | Checked
  | RandomExpr
  | ReduceExpr
  | Tile;

export interface Buffer {
  readonly dtype: DType;
  readonly size: number;
}

export interface Store {
  readonly buffer: number;
  readonly index: Index;
  readonly value: Expr;
}

export interface LoopProgram {
  readonly axes: readonly Axis[];
  /** What is read, then what is written. */
  readonly buffers: readonly Buffer[];
  /** dtypes of the scalars. */
  readonly scalars: readonly DType[];
  readonly reports: readonly Report[];
  readonly stores: readonly Store[];
}

/** What a new expression is made of: everything but its number. */
export type Draft = Expr extends infer E ? (E extends Expr ? Omit<E, "id"> : never) : never;

/** Makes expressions, each different one once: what two outputs share is one object. */
export class ExprTable {
  readonly #byKey = new Map<string, Expr>();

  make(draft: Draft): Expr {
    const key = keyOf(draft);
    const found = this.#byKey.get(key);
    if (found !== undefined) return found;
    const expr = { ...draft, id: this.#byKey.size } as Expr;
    this.#byKey.set(key, expr);
    return expr;
  }

  /** Every index of every expression. */
  indices(): readonly Index[] {
    return [...this.#byKey.values()].flatMap(indicesOf);
  }
}

/** What tells two expressions of a table apart. */
function keyOf(e: Draft): string {
  const head = `${e.kind}:${e.dtype}`;
  switch (e.kind) {
    case "load":
      return `${head}:${e.buffer}[${e.index.key}]${conditionsKey(e.inside)}`;
    case "scalar":
      return `${head}:${e.slot}`;
    case "constant":
      return `${head}:${Object.is(e.value, -0) ? "-0" : e.value}`;
    case "position":
      return `${head}:${e.index.key}`;
    case "map":
      return `${head}:${e.fn}(${e.inputs.map((x) => x.id).join()})`;
    case "cast":
      return `${head}:${e.input.id}`;
    case "inside":
      return `${head}:${conditionsKey(e.conditions)}?${e.within.id}:${e.otherwise.id}`;
    case "checked":
      return `${head}:${e.input.id}<${e.size}!${e.report}`;
    case "random":
      return `${head}:${e.distribution}(${e.key[0].id},${e.key[1].id})${e.index.key}`;
    case "reduce":
      return `${head}:${e.fn}(${e.input.id})`;
    case "tile":
      return head;
  }
}

export function conditionsKey(conditions: readonly Condition[]): string {
  return conditions.map((c) => `{${c.index.key}<${c.size}}`).join("");
}

/** What an expression is computed from. */
export function inputsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "map":
      return e.inputs;
    case "cast":
    case "checked":
    case "reduce":
      return [e.input];
    case "inside":
      return [e.within, e.otherwise];
    case "random":
      return e.key;
    default:
      return [];
  }
}

/** The indices an expression evaluates. */
export function indicesOf(e: Expr): readonly Index[] {
  if (e.kind === "load") return [e.index, ...e.inside.map((c) => c.index)];
  if (e.kind === "position" || e.kind === "random") return [e.index];
  return e.kind === "inside" ? e.conditions.map((c) => c.index) : [];
}

/** Everything the roots are made of, inputs first; expressions inside indices included. */
export function reachable(roots: readonly Expr[]): readonly Expr[] {
  const seen = new Map<number, Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e.id)) return;
    seen.set(e.id, e);
    for (const input of inputsOf(e)) visit(input);
    for (const index of indicesOf(e)) for (const value of valuesIn(index)) visit(value);
  };
  roots.forEach(visit);
  return [...seen.values()].toSorted((a, b) => a.id - b.id);
}

/** The numbers read at run time that an index depends on. */
export function valuesIn(index: Index): readonly Expr[] {
  return index.terms.flatMap(({ atom }) =>
    atom.kind === "value" ? [atom.value] : atom.kind === "axis" ? [] : valuesIn(atom.of),
  );
}

/** A text that two programs share exactly if they are the same program. */
export function programKey(p: LoopProgram): string {
  const axes = p.axes.map((a) => `${a.size}${a.role[0]}`).join();
  const buffers = p.buffers.map((b) => b.dtype).join();
  const exprs = reachable(p.stores.map((s) => s.value)).map((e) => `${e.id}=${keyOf(e)}`);
  const stores = p.stores.map((s) => `${s.buffer}[${s.index.key}]=${s.value.id}`);
  return [axes, buffers, p.scalars.join(), exprs.join(";"), stores.join(";")].join("|");
}

/** The expressions with each index replaced; inputs are rebuilt first. Returns what became of each root. */
export function rewritten(
  roots: readonly Expr[],
  table: ExprTable,
  change: (index: Index) => Index,
): readonly Expr[] {
  const done = new Map<number, Expr>();
  const of = (e: Expr): Expr => done.get(e.id)!;
  const index = (i: Index): Index => withValues(change(i), of);
  const conditions = (list: readonly Condition[]) =>
    list.map((c) => ({ index: index(c.index), size: c.size }));
  for (const e of reachable(roots)) {
    const { id, ...draft } = e;
    done.set(id, table.make(rebuilt(draft, of, index, conditions)));
  }
  return roots.map(of);
}

function rebuilt(
  e: Draft,
  of: (e: Expr) => Expr,
  index: (i: Index) => Index,
  conditions: (list: readonly Condition[]) => readonly Condition[],
): Draft {
  switch (e.kind) {
    case "load":
      return { ...e, index: index(e.index), inside: conditions(e.inside) };
    case "position":
      return { ...e, index: index(e.index) };
    case "map":
      return { ...e, inputs: e.inputs.map(of) };
    case "cast":
    case "checked":
    case "reduce":
      return { ...e, input: of(e.input) };
    case "inside":
      return { ...e, conditions: conditions(e.conditions), within: of(e.within), otherwise: of(e.otherwise) };
    case "random":
      return { ...e, key: [of(e.key[0]), of(e.key[1])], index: index(e.index) };
    default:
      return e;
  }
}
