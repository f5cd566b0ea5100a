/**
 * A loop program as a compute shader: for each place of the parallel axes one invocation, which goes over the reduced ones as often as its
 * reductions wait for one another; or a whole workgroup, whose invocations share a long row and then put their parts together.
 */
import { type Expr, type LoopProgram, reachable, type ReduceExpr, type Store } from "../ir.ts";
import { isFloat } from "../../dtype.ts";
import { dependencies, dependsOn, factorOf } from "../depends.ts";
import { neededBy, type PassWork, workOf } from "../passes.ts";
import { settled, variableType } from "./element.ts";
import { Evaluator } from "./evaluate.ts";
import { reduced, startOf } from "./functions.ts";
import { invocations, itemOf, type Shader, ShaderWriter, workgroupsFor } from "./shader.ts";

/** The program's text. `most`: buffers that it may bind; `shares`: whether a workgroup may share a row. */
export function printLoops(program: LoopProgram, most: number, shares: boolean): Shader {
  const w = writerOf(program, most);
  const [items, length] = sizesOf(program);
  if (shares && isWorthSharing(program, items, length)) return printShared(w, program, items, length);
  const workgroups = workgroupsFor(Math.ceil(items / invocations));
  const item = itemOf(w, items, workgroups);
  new Printer(w, program, undefined).print(item);
  return w.finish(workgroups);
}

/** A workgroup for each place of the parallel axes. */
function printShared(w: ShaderWriter, program: LoopProgram, items: number, length: number): Shader {
  const team = length >= 1024 ? 256 : 64;
  const workgroups = workgroupsFor(items);
  const item = w.let(`i32(group.y * ${workgroups[0]}u + group.x)`);
  w.line(`if (${item} >= ${items}) { return; }`);
  w.line("let member = i32(local.x);");
  new Printer(w, program, { size: team, length }).print(item);
  return w.finish(workgroups, [team, 1]);
}

/** Places of the parallel axes, and of the reduced ones. */
function sizesOf({ axes }: LoopProgram): readonly [number, number] {
  const of = (role: "parallel" | "reduce"): number =>
    axes.reduce((n, a) => (a.role === role ? n * a.size : n), 1);
  return [of("parallel"), of("reduce")];
}

/** Rows long enough for a workgroup, and read along their length; or too few to keep a GPU busy by one invocation each. */
function isWorthSharing(program: LoopProgram, items: number, length: number): boolean {
  if (length < 64) return false;
  if (items < 256) return true;
  const inner = program.axes.findLastIndex((a) => a.role === "reduce");
  const outer = program.axes.findLastIndex((a) => a.role === "parallel");
  const loads = reachable(program.stores.map((s) => s.value)).filter((e) => e.kind === "load");
  const reads = (axis: number): number => loads.filter((e) => factorOf(e.index, axis) === 1).length;
  return reads(inner) >= reads(outer);
}

/** Invocations that share a row, and its length. */
interface Team {
  readonly size: number;
  readonly length: number;
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

  /** The invocations that share a row; undefined: one does it alone. */
  readonly team: Team | undefined;

  constructor(w: ShaderWriter, program: LoopProgram, team: Team | undefined) {
    this.w = w;
    this.team = team;
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
    const once = (): void => {
      for (const s of this.program.stores) if (!this.#isInside(s)) this.#store(s);
    };
    if (this.team === undefined) once();
    else this.w.block("if (member == 0)", () => this.evaluator.inside(once));
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
    const wholes = this.team === undefined ? sums : this.#joined(this.team, reduces, sums);
    reduces.forEach((r, i) => evaluator.know(r, w.let(settled(w.use, r.dtype, wholes[i]))));
  }

  /** The parts of a team's members put together, two by two. */
  #joined({ size }: Team, reduces: readonly ReduceExpr[], parts: readonly string[]): readonly string[] {
    const { w } = this;
    const shared = reduces.map(({ dtype }) => {
      const name = w.name("shared");
      w.declare(`var<workgroup> ${name}: array<${variableType(dtype)}, ${size}>;`);
      return name;
    });
    shared.forEach((name, i) => w.line(`${name}[member] = ${parts[i]};`));
    w.line("workgroupBarrier();");
    w.block(`for (var half = ${size / 2}; half > 0; half = half / 2)`, () => {
      w.block("if (member < half)", () =>
        reduces.forEach(({ fn, dtype }, i) => {
          const [a, b] = [`${shared[i]}[member]`, `${shared[i]}[member + half]`];
          w.line(`${a} = ${reduced(w.use, fn, dtype, a, b)};`);
        }),
      );
      w.line("workgroupBarrier();");
    });
    return shared.map((name) => w.let(`${name}[0]`));
  }

  #isLongSum({ fn, dtype }: ReduceExpr): boolean {
    if (this.team !== undefined) return false;
    const [, length] = sizesOf(this.program);
    return fn === "sum" && isFloat(dtype) && length > partLength;
  }

  /** The loops over the reduced axes; the body is told the innermost counter. */
  #loops(body: (counter: string) => void): void {
    const reduced = this.program.axes.map((a, i) => ({ ...a, i })).filter((a) => a.role === "reduce");
    if (this.team !== undefined) return this.#teamLoop(this.team, reduced, body);
    const open = (at: number): void => {
      if (at === reduced.length) return body(reduced.length === 0 ? "0" : `a${reduced[at - 1].i}`);
      const { size, i } = reduced[at];
      this.w.block(`for (var a${i} = 0; a${i} < ${size}; a${i}++)`, () => open(at + 1));
    };
    open(0);
  }

  /** Each member takes every so many of the row's places. */
  #teamLoop(
    { size, length }: Team,
    axes: readonly { readonly size: number; readonly i: number }[],
    body: (counter: string) => void,
  ): void {
    this.w.block(`for (var place = member; place < ${length}; place += ${size})`, () => {
      let step = 1;
      for (const { size: n, i } of axes.toReversed()) {
        const quotient = step === 1 ? "u32(place)" : `u32(place) / ${step}u`;
        this.w.line(`let a${i} = i32((${quotient}) % ${n}u);`);
        step *= n;
      }
      body("place");
    });
  }

  #store(s: Store): void {
    const value = this.evaluator.value(s.value);
    this.evaluator.store(s.buffer, s.index, this.program.buffers[s.buffer].dtype, value);
  }
}

/** A pass over a row: what it reduces and writes, and what that needs, inputs first. */
interface Pass extends PassWork {
  readonly needed: readonly Expr[];
}

function passesOf(program: LoopProgram, isInside: (s: Store) => boolean): readonly Pass[] {
  return workOf(program, isInside).map((own) => {
    const roots = [...own.reduces.map((r) => r.input), ...own.stores.map((s) => s.value)];
    return { ...own, needed: neededBy(roots) };
  });
}
