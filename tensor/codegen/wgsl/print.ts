/**
 * A loop program as a compute shader: an invocation for each place of the parallel axes, which goes over the reduced ones as often as its
 * reductions wait for one another.
 */
import {
  type Expr,
  indicesOf,
  inputsOf,
  type LoopProgram,
  reachable,
  type ReduceExpr,
  type Store,
  valuesIn,
} from "../ir.ts";
import { isFloat } from "../../dtype.ts";
import { dependencies, dependsOn } from "../wasm/nest.ts";
import { settled } from "./element.ts";
import { Evaluator } from "./evaluate.ts";
import { reduced, startOf } from "./functions.ts";
import { invocations, itemOf, type Shader, ShaderWriter, workgroupsFor } from "./shader.ts";

/** The program's text. `most`: buffers that it may bind. */
export function printLoops(program: LoopProgram, most: number): Shader {
  const w = writerOf(program, most);
  const items = program.axes.reduce((n, a) => (a.role === "parallel" ? n * a.size : n), 1);
  const workgroups = workgroupsFor(Math.ceil(items / invocations));
  const item = itemOf(w, items, workgroups);
  new Printer(w, program).print(item);
  return w.finish(workgroups);
}

/** A writer with the program's buffers. */
export function writerOf({ buffers, stores, reports, scalars }: LoopProgram, most: number): ShaderWriter {
  const written = new Set(stores.map((s) => s.buffer));
  const hasReports = reports.length > 0;
  return new ShaderWriter({
    most,
    buffers: buffers.map(({ dtype, size }, i) => ({ dtype, size, isWritten: written.has(i) })),
    hasReports,
    scalars: scalars.length + (hasReports ? 1 : 0),
  });
}

/** Terms of a sum that are added up before they are added to it. */
const partLength = 32;

class Printer {
  readonly w: ShaderWriter;
  readonly program: LoopProgram;
  readonly evaluator: Evaluator;
  /** Which axes each expression depends on, as bits; and which of them are reduced. */
  readonly depends: ReadonlyMap<Expr, number>;
  readonly inner: number;

  constructor(w: ShaderWriter, program: LoopProgram) {
    this.w = w;
    this.program = program;
    this.evaluator = new Evaluator(w, {
      axes: program.axes.map((_, i) => `a${i}`),
      hasReports: program.reports.length > 0,
    });
    this.depends = dependencies(program, program.axes.length);
    this.inner = program.axes.reduce((bits, a, i) => (a.role === "reduce" ? bits | (1 << i) : bits), 0);
  }

  print(item: string): void {
    this.#decode(item);
    const passes = passesOf(this.program, (s) => this.#isInside(s));
    for (const pass of passes) this.#pass(pass);
    for (const s of this.program.stores) if (!this.#isInside(s)) this.#store(s);
  }

  /** The last axis goes fastest, so that neighbouring invocations touch neighbouring elements. */
  #decode(item: string): void {
    const axes = this.program.axes.map((axis, i) => ({ ...axis, i })).filter((a) => a.role === "parallel");
    let step = 1;
    for (const { size, i } of axes.toReversed()) {
      const quotient = step === 1 ? `u32(${item})` : `u32(${item}) / ${step}u`;
      const isFirst = axes[0].i === i;
      this.w.line(`let a${i} = i32(${isFirst ? quotient : `(${quotient}) % ${size}u`});`);
      step *= size;
    }
  }

  #changes(bits: number): boolean {
    return (bits & this.inner) !== 0;
  }

  /** Whether it is written once for each element a pass meets, not once a row. */
  #isInside(s: Store): boolean {
    return this.#changes(this.depends.get(s.value)!) || this.#changes(dependsOn(s.index, this.depends));
  }

  #pass({ reduces, stores, needed }: Pass): void {
    const { w, evaluator } = this;
    if (reduces.length === 0 && stores.length === 0) return;
    for (const e of needed)
      if (e.kind !== "reduce" && !this.#changes(this.depends.get(e)!)) evaluator.value(e);
    const sums = reduces.map((r) => w.variable(startOf(w.use, r.fn, r.dtype)));
    // A long sum is one of short sums: its rounding grows with the length of each.
    const parts = reduces.map((r) => (this.#isLongSum(r) ? w.variable("0f") : undefined));
    const flush = (): void =>
      parts.forEach((part, i) => part !== undefined && w.line(`${sums[i]} += ${part}; ${part} = 0f;`));
    evaluator.inside(() => {
      this.#loops((counter) => {
        reduces.forEach((r, i) => {
          const into = parts[i] ?? sums[i];
          w.line(`${into} = ${reduced(w.use, r.fn, r.dtype, into, evaluator.value(r.input))};`);
        });
        for (const s of stores) this.#store(s);
        if (parts.some((part) => part !== undefined))
          w.block(`if ((${counter} & ${partLength - 1}) == ${partLength - 1})`, flush);
      });
    });
    flush();
    reduces.forEach((r, i) => evaluator.know(r, w.let(settled(w.use, r.dtype, sums[i]))));
  }

  #isLongSum({ fn, dtype }: ReduceExpr): boolean {
    const length = this.program.axes.reduce((n, a) => (a.role === "reduce" ? n * a.size : n), 1);
    return fn === "sum" && isFloat(dtype) && length > partLength;
  }

  /** The loops over the reduced axes; the body is told the innermost counter. */
  #loops(body: (counter: string) => void): void {
    const reduced = this.program.axes.map((a, i) => ({ ...a, i })).filter((a) => a.role === "reduce");
    const open = (at: number): void => {
      if (at === reduced.length) return body(reduced.length === 0 ? "0" : `a${reduced[at - 1].i}`);
      const { size, i } = reduced[at];
      this.w.block(`for (var a${i} = 0; a${i} < ${size}; a${i}++)`, () => open(at + 1));
    };
    open(0);
  }

  #store(s: Store): void {
    const value = this.evaluator.value(s.value);
    this.evaluator.store(s.buffer, s.index, this.program.buffers[s.buffer].dtype, value);
  }
}

/** A pass over a row: what it reduces and writes, and what that needs, inputs first. */
interface Pass {
  readonly reduces: readonly ReduceExpr[];
  readonly stores: readonly Store[];
  readonly needed: readonly Expr[];
}

/** Reductions and stores by the pass in which what they need is there. */
function passesOf(program: LoopProgram, isInside: (s: Store) => boolean): readonly Pass[] {
  const all = reachable(program.stores.map((s) => s.value));
  const waits = new Map<Expr, number>();
  const after = (e: Expr): number => waits.get(e)! + (e.kind === "reduce" ? 1 : 0);
  for (const e of all) waits.set(e, Math.max(0, ...sourcesOf(e).map(after)));
  const reduces = all.filter((e) => e.kind === "reduce");
  const stores = program.stores.filter(isInside);
  const count = 1 + Math.max(-1, ...reduces.map((r) => waits.get(r)!), ...stores.map((s) => after(s.value)));
  return Array.from({ length: count }, (_, p) => {
    const own = {
      reduces: reduces.filter((r) => waits.get(r) === p),
      stores: stores.filter((s) => after(s.value) === p),
    };
    const roots = [...own.reduces.map((r) => r.input), ...own.stores.map((s) => s.value)];
    return { ...own, needed: neededBy(roots) };
  });
}

function sourcesOf(e: Expr): readonly Expr[] {
  return [...inputsOf(e), ...indicesOf(e).flatMap(valuesIn)];
}

/** What the roots are made of, down to reductions. */
function neededBy(roots: readonly Expr[]): readonly Expr[] {
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind !== "reduce") sourcesOf(e).forEach(visit);
  };
  roots.forEach(visit);
  return [...seen].toSorted((a, b) => a.id - b.id);
}
