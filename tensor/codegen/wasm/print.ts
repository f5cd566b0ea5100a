/**
 * A loop program as one WebAssembly function (start, end, params, scratch): items start … end − 1 of its nest (nest.ts).
 * Within an item a row is passed over as often as its reductions wait for one another; what a pass computed dearly and a later one
 * needs again is kept in scratch memory, which a row's length keeps small enough for the nearest cache.
 */
import {
  type Axis,
  type Expr,
  inputsOf,
  type Load,
  type LoopProgram,
  reachable,
  type ReduceExpr,
  type Store,
} from "../ir.ts";
import { bytesEach } from "../../dtype.ts";
import type { Index } from "../index-math.ts";
import { FunctionWriter, type Local, type ModuleWriter } from "./encode.ts";
import { type Frame, Evaluator, type Lanes } from "./evaluate.ts";
import { acrossLanes, reduced, startOf } from "./functions.ts";
import { type Expr as Code, i32, i32x4, memory, v128 } from "./instructions.ts";
import { type Constants, Helpers, int, type Kit, madd, type Vector } from "./kit.ts";
import type { Place, StoreTile } from "./launch.ts";
import { dependencies } from "../depends.ts";
import { neededBy, type PassWork, workOf } from "../passes.ts";
import { acrossBlock, crosses, isStraight, type Nest, nestOf } from "./nest.ts";

export interface Options {
  readonly constants: Constants;
  /** Whether a·b + c may be one rounding (relaxed SIMD). */
  readonly fused: boolean;
  /** Whether V8 will join neighbouring operations into 256-bit ones, where the code is of the shape it looks for. */
  readonly paired: boolean;
}

export interface Printed {
  readonly items: number;
  readonly grain: number;
  readonly scratchBytes: number;
}

/** Writes the program as the exported function `name`. */
export function printLoops(
  module: ModuleWriter,
  helpers: Helpers,
  name: string,
  program: LoopProgram,
  options: Options,
): Printed {
  const nest = nestOf(program);
  let scratchBytes = 0;
  module.fn(name, ["i32", "i32", "i32", "i32"], "void", (f, [start, end, params, scratch]) => {
    const write = (kit: Kit): number => {
      const printer = new Printer(kit, options.paired, program, nest, params, scratch);
      printer.print(start, end);
      return printer.scratchBytes;
    };
    const kit = { f, helpers, ...options };
    scratchBytes = write(options.paired ? withWords(kit, write) : kit);
  });
  return { items: nest.items, grain: nest.grain, scratchBytes };
}

/**
 * The kit with all constants that `write` uses in variables, before any loop. Those that find no register are read back from the stack by one
 * instruction; a constant's own address would take another, each time. To find them it is written once for nothing.
 */
function withWords(kit: Kit, write: (kit: Kit) => number): Kit {
  const used = new Set<number>();
  const { f, constants } = kit;
  const at = (bits: number): number => {
    used.add(bits);
    return constants.at(bits);
  };
  write({
    ...kit,
    f: new FunctionWriter(4),
    constants: { at, table: (...args) => constants.table(...args) },
  });
  return { ...kit, words: new Map([...used].map((bits) => [bits, f.let(int(kit, bits))])) };
}

/** What is done with a product's elements, and where they go: the program's axes are the product's. */
export function tileStore(helpers: Helpers, program: LoopProgram, options: Options): StoreTile {
  const rank = program.axes.length;
  return (f, at, result, lanes) => {
    const counters = batchCounters(f, at, program.axes.slice(0, -2));
    const frame: Frame = {
      params: at.params,
      counters: [...counters, at.row, at.column],
      lane: rank - 1,
      laneSize: program.axes[rank - 1].size,
      level: () => 1,
      depends: dependencies(program, rank),
      scalars: program.buffers.length,
      reports: program.buffers.length + program.scalars.length,
    };
    const evaluator = new Evaluator({ f, helpers, ...options }, frame);
    if (lanes !== 4) evaluator.lanes = lanesOf(f, lanes);
    for (const e of reachable(program.stores.map((s) => s.value)))
      if (e.kind === "tile") evaluator.know(e, 0, result);
    for (const s of program.stores)
      evaluator.store(s.buffer, s.index, program.buffers[s.buffer].dtype, evaluator.value(s.value, 0), 0);
  };
}

function batchCounters(f: FunctionWriter, at: Place, axes: readonly Axis[]): readonly Local<"i32">[] {
  let inner = 1;
  const counters = axes.toReversed().map(({ size }) => {
    const counter = f.let(i32.remU(i32.divU(at.batch, inner), size));
    inner *= size;
    return counter;
  });
  return counters.toReversed();
}

function lanesOf(f: FunctionWriter, count: Local<"i32">): Lanes {
  const numbers = v128.const(new Uint8Array(Int32Array.of(0, 1, 2, 3).buffer));
  return { count, mask: f.let(i32x4.gtS(i32x4.splat(count), numbers)) };
}

/** Functions that are worth keeping rather than computing again in a later pass. */
const dear: ReadonlySet<string> = new Set([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tanh",
  "erf",
  "pow",
  "mod",
  "sqrt",
]);
const mostScratch = 2 ** 22;

/** What V8's pairing is trusted with; the functions that are not here use instructions on which it ends the process, or doubles. */
const paired: ReadonlySet<string> = new Set([
  "add",
  "sub",
  "mul",
  "div",
  "neg",
  "abs",
  "sqrt",
  "exp",
  "tanh",
  "erf",
  "maximum",
  "minimum",
]);

/** Whether a program may be written in pairs of vectors (Options.paired): all of its numbers are f32 that lie side by side, or the same in all lanes. */
export function mayPair(program: LoopProgram): boolean {
  const { lane, axes } = nestOf(program);
  const depends = dependencies({ ...program, axes }, axes.length);
  const roots = program.stores.map((s) => s.value);
  const isNear = (index: Index): boolean =>
    isStraight(index, lane, depends) || !crosses(index, lane, depends);
  const isTrusted = (e: Expr): boolean => {
    if (e.dtype !== "f32") return false;
    if (e.kind === "map") return paired.has(e.fn);
    if (e.kind === "load") return e.inside.length === 0 && isNear(e.index);
    return e.kind === "scalar" || e.kind === "constant" || (e.kind === "reduce" && e.fn !== "prod");
  };
  return (
    program.stores.every((s) => program.buffers[s.buffer].dtype === "f32" && isNear(s.index)) &&
    operandsOf(roots).every(isTrusted)
  );
}

/** What values are computed from, indices left aside. */
function operandsOf(roots: readonly Expr[]): readonly Expr[] {
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    inputsOf(e).forEach(visit);
  };
  roots.forEach(visit);
  return [...seen];
}

class Printer {
  readonly kit: Kit;
  readonly f: FunctionWriter;
  readonly paired: boolean;
  readonly program: LoopProgram;
  readonly nest: Nest;
  readonly scratch: Local<"i32">;
  readonly evaluator: Evaluator;
  readonly counters: (Local<"i32"> | undefined)[];
  readonly passes: readonly Pass[];
  scratchBytes = 0;
  readonly #kept = new Map<Expr, number>();
  /** Where in scratch memory a row's sums meet. */
  readonly #partsAt: number;

  constructor(
    kit: Kit,
    paired: boolean,
    program: LoopProgram,
    nest: Nest,
    params: Local<"i32">,
    scratch: Local<"i32">,
  ) {
    this.kit = kit;
    this.paired = paired;
    this.f = kit.f;
    this.program = program;
    this.nest = nest;
    this.scratch = scratch;
    this.counters = nest.axes.map(() => kit.f.local("i32"));
    this.evaluator = new Evaluator(kit, this.#frame(params));
    this.passes = passesOf(
      program,
      (s) => this.#inPass(s),
      (e) => this.#isDear(e),
    );
    this.#keepDear();
    this.#partsAt = this.scratchBytes;
    if (paired) this.scratchBytes += 32;
  }

  #frame(params: Local<"i32">): Frame {
    const { nest, program } = this;
    const depth = nest.inner.length;
    const scalars = program.buffers.length;
    return {
      params,
      counters: this.counters,
      lane: nest.lane,
      laneSize: nest.axes[nest.lane].size,
      level: (axis) => {
        if (axis === nest.lane) return nest.kind === "across" ? 1 : 2 + depth;
        const at = nest.inner.indexOf(axis);
        return at < 0 ? 1 : 2 + at;
      },
      depends: dependencies({ ...program, axes: nest.axes }, nest.axes.length),
      scalars,
      reports: scalars + program.scalars.length,
    };
  }

  get #bodyLevel(): number {
    return this.nest.inner.length + (this.nest.kind === "across" ? 1 : 2);
  }

  /**
   * Groups of four lanes in a step of a pass's fastest loop. Short bodies are written several times over, so that sums do not wait
   * for one another; long ones would not fit the registers.
   */
  #groupsOf(pass: Pass): number {
    const size = Math.min(this.nest.block, this.nest.axes[this.nest.lane].size);
    const inBody = pass.needed.filter(
      (e) => this.evaluator.levelOf(e) === this.#bodyLevel && !pass.recalls.has(e),
    );
    const length = inBody.reduce((n, e) => n + (e.kind === "map" && dear.has(e.fn) ? 15 : 1), 0);
    const wanted = length <= 4 ? 8 : length <= 10 ? 4 : length <= 40 || this.paired ? 2 : 1;
    return Math.max(1, Math.min(wanted, 2 ** Math.floor(Math.log2(Math.max(1, size / 4)))));
  }

  /** Gives what later passes need again a place in scratch memory. */
  #keepDear(): void {
    for (const e of this.passes.flatMap((p) => [...p.recalls])) {
      if (this.#kept.has(e)) continue;
      this.#kept.set(e, this.scratchBytes);
      this.scratchBytes += this.#rowBytes();
    }
  }

  /** One register's word for each element of a row, or of 16 rows. */
  #rowBytes(): number {
    const { axes, inner, kind, lane } = this.nest;
    const row = inner.reduce((n, a) => n * axes[a].size, 1);
    return 4 * row * (kind === "across" ? acrossBlock : Math.ceil(axes[lane].size / 16) * 16);
  }

  #isDear(e: Expr): boolean {
    if (this.nest.kind === "flat" || this.#rowBytes() > mostScratch) return false;
    return (
      this.evaluator.levelOf(e) === this.#bodyLevel &&
      ((e.kind === "map" && dear.has(e.fn)) || e.kind === "random")
    );
  }

  /** Whether it is written once for each element a pass meets, not once a row. */
  #inPass(s: Store): boolean {
    return (
      this.nest.kind === "flat" ||
      Math.max(this.evaluator.levelOf(s.value), this.evaluator.levelOfIndex(s.index)) > 1
    );
  }

  print(start: Local<"i32">, end: Local<"i32">): void {
    const { f, evaluator } = this;
    const item = f.local("i32");
    // Without items nothing may be read: the engine is warmed up by such calls, with no params.
    f.if(i32.ltS(start, end), () => {
      evaluator.hoist(reachable(this.program.stores.map((s) => s.value)), 0, 1);
      f.for(item, start, end, 1, () => {
        const blockAt = this.#decode(item);
        if (this.nest.kind === "across") this.#across(blockAt);
        else if (this.#isCopy) this.#copy(blockAt);
        else this.#row(blockAt);
        evaluator.leave(1);
      });
    });
  }

  /** Sets the counters of the outer axes, and returns where the item's lanes start. */
  #decode(item: Local<"i32">): Local<"i32"> {
    const { f, nest, counters } = this;
    const { size } = nest.axes[nest.lane];
    const blocks = nest.kind === "along" ? 1 : Math.max(1, Math.ceil(size / Math.max(1, nest.block)));
    const left = f.let(item);
    const first = f.let(i32.const(0));
    const takeBlock = (isLast: boolean): void => {
      if (blocks === 1) return;
      f.set(first, i32.mul(isLast ? left : i32.remU(left, blocks), nest.block));
      if (!isLast) f.set(left, i32.divU(left, blocks));
    };
    if (!nest.blocksLast) takeBlock(false);
    for (const axis of nest.outer.toReversed()) {
      f.set(counters[axis]!, i32.remU(left, nest.axes[axis].size));
      f.set(left, i32.divU(left, nest.axes[axis].size));
    }
    if (nest.blocksLast) takeBlock(true);
    return first;
  }

  /** Whether an item only moves bytes that lie together, enough of them to be worth a call. */
  get #isCopy(): boolean {
    const { nest, program } = this;
    const [{ buffer, index, value }, ...others] = program.stores;
    if (nest.kind !== "flat" || others.length > 0 || value.kind !== "load" || value.inside.length > 0)
      return false;
    const { dtype } = program.buffers[buffer];
    const bytes = Math.min(nest.block, nest.axes[nest.lane].size) * bytesEach[dtype];
    return (
      program.buffers[value.buffer].dtype === dtype &&
      bytes >= 1024 &&
      [index, value.index].every((each) => this.evaluator.isStraight(each))
    );
  }

  #copy(first: Local<"i32">): void {
    const { f, nest, program, evaluator, counters } = this;
    const [{ buffer, index, value }] = program.stores;
    const { dtype } = program.buffers[buffer];
    evaluator.hoist(this.passes[0].needed, 1, 1);
    f.set(counters[nest.lane]!, first);
    const { size } = nest.axes[nest.lane];
    const count = f.let(i32.const(nest.block));
    if (size % nest.block !== 0) {
      const left = f.let(i32.sub(size, first));
      f.if(i32.ltS(left, count), () => f.set(count, left));
    }
    const [to, from] = [
      evaluator.place(buffer, index, dtype),
      evaluator.place((value as Load).buffer, (value as Load).index, dtype),
    ];
    f.do(memory.copy(to, from, i32.mul(count, bytesEach[dtype])));
  }

  // ——— lanes are rows ———

  #across(first: Local<"i32">): void {
    const { f, nest, counters } = this;
    const { size } = nest.axes[nest.lane];
    const lane = counters[nest.lane]!;
    f.set(lane, first);
    const whole = (): void => this.#rows(acrossBlock / 4, undefined);
    const rest = (): void => {
      const end = f.let(i32.add(first, acrossBlock));
      f.if(i32.gtS(end, size), () => f.set(end, size));
      f.while(i32.ltS(lane, end), () => {
        this.#rows(1, size % 4 === 0 ? undefined : lanesOf(f, f.let(i32.sub(end, lane))));
        f.add(lane, 4);
      });
    };
    if (size % acrossBlock === 0) whole();
    else if (size < acrossBlock) rest();
    else f.if(i32.leS(lane, size - acrossBlock), whole, rest);
  }

  #rows(groups: number, lanes: Lanes): void {
    const { evaluator } = this;
    evaluator.leave(1);
    evaluator.lanes = lanes;
    for (const pass of this.passes)
      this.#pass(pass, groups, (body) => this.#loops(pass, groups, () => body(groups, lanes)));
    this.#storeRows(groups);
    evaluator.lanes = undefined;
    evaluator.leave(1);
  }

  // ——— lanes go along the row ———

  #row(first: Local<"i32">): void {
    for (const pass of this.passes) {
      const groups = this.#groupsOf(pass);
      this.#pass(pass, groups, (body) =>
        this.#loops(pass, groups, () => this.#lanesLoop(first, groups, body)),
      );
    }
    this.#storeRows(1);
  }

  /** The row's elements, 4·groups at a time, then what is left four at a time. */
  #lanesLoop(first: Local<"i32">, groups: number, body: (groups: number, lanes: Lanes) => void): void {
    const { f, nest, counters, evaluator } = this;
    const { size } = nest.axes[nest.lane];
    const lane = counters[nest.lane]!;
    const end = f.let(i32.add(first, nest.block));
    if (size % nest.block !== 0 || nest.block === 0) f.if(i32.gtS(end, size), () => f.set(end, size));
    const step = 4 * groups;
    f.set(lane, first);
    if (size >= step) {
      const last = f.let(i32.sub(end, step - 1));
      f.for(lane, lane, last, step, () => body(groups, undefined));
      evaluator.leave(this.#bodyLevel);
    }
    if (size % step === 0 && nest.block % step === 0) return;
    f.while(i32.ltS(lane, end), () => {
      const lanes = size % 4 === 0 ? undefined : lanesOf(f, f.let(i32.sub(end, lane)));
      evaluator.lanes = lanes;
      body(1, lanes);
      evaluator.lanes = undefined;
      f.add(lane, 4);
    });
    evaluator.leave(this.#bodyLevel);
  }

  /** The loops over reduced axes other than the lanes'. */
  #loops(pass: Pass, groups: number, body: () => void, at = 0): void {
    const { f, nest, evaluator, counters } = this;
    if (at === nest.inner.length) {
      return body();
    }
    const axis = nest.inner[at];
    f.for(counters[axis]!, 0, nest.axes[axis].size, 1, () => {
      const level = 2 + at;
      if (level < this.#bodyLevel) {
        evaluator.hoist(pass.needed, level, groups);
        if (level === this.#bodyLevel - 1) this.#hoistBases(pass, level);
      }
      this.#loops(pass, groups, body, at + 1);
    });
    evaluator.leave(2 + at);
  }

  /** Neighbours share an address, by which V8 knows them for neighbours. */
  #hoistBases(pass: Pass, level: number, own = false): void {
    this.evaluator.hoistBases(pass.needed, level, own);
    for (const s of pass.stores)
      this.evaluator.base(s.buffer, s.index, this.program.buffers[s.buffer].dtype, level);
  }

  /** One pass over the row: accumulators before, the loops, results after. */
  #pass(pass: Pass, groups: number, loop: (body: (groups: number, lanes: Lanes) => void) => void): void {
    const { f, evaluator } = this;
    if (pass.reduces.length === 0 && pass.stores.length === 0) return;
    evaluator.hoist(pass.needed, 1, groups);
    if (this.#bodyLevel === 2) this.#hoistBases(pass, 1);
    const sums = new Map(
      pass.reduces.map((r) => [
        r,
        Array.from({ length: groups }, () => f.let(startOf(this.kit, r.fn, r.dtype))),
      ]),
    );
    loop((count, lanes) => this.#body(pass, sums, count, lanes));
    for (const [r, parts] of sums) this.#finish(r, parts);
  }

  /** Two groups at a time: V8 joins neighbouring stores if no load stands between them, and then what they store. */
  #body(pass: Pass, sums: ReadonlyMap<ReduceExpr, readonly Vector[]>, groups: number, lanes: Lanes): void {
    const { evaluator } = this;
    this.#hoistBases(pass, this.#bodyLevel, true);
    for (let first = 0; first < groups; first += 2) {
      const pair = first + 1 < groups ? [first, first + 1] : [first];
      for (const e of pass.needed)
        if (this.#kept.has(e) && !evaluator.isKnown(e, first)) this.#recallOrKeep(pass, e, pair);
      for (const [r, parts] of sums) for (const u of pair) this.#accumulate(r, parts[u], u, lanes);
      for (const s of pass.stores) this.#store(s, pair);
    }
    evaluator.leave(this.#bodyLevel);
  }

  #recallOrKeep(pass: Pass, e: Expr, pair: readonly number[]): void {
    const { f, evaluator } = this;
    const address = f.let(this.#scratchAt());
    const start = this.#kept.get(e)!;
    if (pass.recalls.has(e))
      for (const u of pair) evaluator.know(e, u, f.let(v128.load(address, start + 16 * u)));
    else {
      const values = pair.map((u) => evaluator.value(e, u));
      for (const [i, u] of pair.entries()) f.do(v128.store(address, values[i], start + 16 * u));
    }
  }

  /** Where the element of a row at which the counters stand has its place in the first part of scratch memory. */
  #scratchAt(): Code<"i32"> {
    const { nest, counters, scratch } = this;
    const width = nest.kind === "across" ? acrossBlock : Math.ceil(nest.axes[nest.lane].size / 16) * 16;
    let row: Code<"i32"> = i32.const(0);
    for (const axis of nest.inner) row = i32.add(i32.mul(row, nest.axes[axis].size), counters[axis]!);
    const place =
      nest.kind === "across"
        ? i32.mul(row, width)
        : nest.inner.length === 0
          ? counters[nest.lane]!
          : i32.add(i32.mul(row, width), counters[nest.lane]!);
    return i32.add(scratch, i32.shl(place, 2));
  }

  #accumulate(r: ReduceExpr, sum: Vector, u: number, lanes: Lanes): void {
    const { f, kit, evaluator } = this;
    const { input } = r;
    const masked = lanes !== undefined && this.nest.kind === "along";
    if (
      !masked &&
      kit.fused &&
      r.fn === "sum" &&
      r.dtype === "f32" &&
      input.kind === "map" &&
      input.fn === "mul" &&
      !evaluator.isKnown(input, u)
    ) {
      const [a, b] = input.inputs.map((x) => evaluator.value(x, u));
      f.set(sum, madd(kit, a, b, sum));
      return;
    }
    const x = evaluator.value(input, u);
    const counted = masked ? f.let(v128.bitselect(x, startOf(kit, r.fn, r.dtype), lanes.mask)) : x;
    f.set(sum, reduced(r.fn, r.dtype, sum, counted));
  }

  /** Parts of a row's reduction into one; a row per lane keeps its lanes. */
  #finish(r: ReduceExpr, parts: readonly Vector[]): void {
    const { f, kit, evaluator } = this;
    if (this.nest.kind === "across") {
      parts.forEach((part, u) => evaluator.know(r, u, evaluator.settled(r.dtype, part)));
      return;
    }
    let left = parts;
    const halve = (): void => {
      const half = left.length / 2;
      left = left.slice(0, half).map((x, i) => f.let(reduced(r.fn, r.dtype, x, left[i + half])));
    };
    while (left.length > 2) halve();
    if (left.length === 2) {
      left = this.#throughMemory(left);
      halve();
    }
    const whole = f.let(acrossLanes(kit, r.fn, r.dtype, left[0]));
    evaluator.know(r, 0, this.#spread(evaluator.settled(r.dtype, whole)));
  }

  /** Read back from memory: behind a load V8 looks for no more pairs, and shuffles it must not find. */
  #spread(whole: Vector): Vector {
    const { f, scratch } = this;
    if (!this.paired) return whole;
    f.do(v128.store32Lane(scratch, whole, 0, this.#partsAt));
    return f.let(v128.load32Splat(scratch, this.#partsAt));
  }

  /** Sums that are stored side by side are joined all through their loop: from stores V8 looks backwards. */
  #throughMemory(parts: readonly Vector[]): readonly Vector[] {
    const { f, scratch } = this;
    if (!this.paired) return parts;
    const at = this.#partsAt;
    parts.forEach((part, u) => f.do(v128.store(scratch, part, at + 16 * u)));
    return parts.map((_, u) => f.let(v128.load(scratch, at + 16 * u)));
  }

  #store({ buffer, index, value }: Store, groups: readonly number[]): void {
    const { dtype } = this.program.buffers[buffer];
    const values = groups.map((u) => this.evaluator.value(value, u));
    for (const [i, u] of groups.entries()) this.evaluator.store(buffer, index, dtype, values[i], u);
  }

  /** What is one number a row. */
  #storeRows(groups: number): void {
    const all = Array.from({ length: groups }, (_, u) => u);
    for (const s of this.program.stores.filter((each) => !this.#inPass(each))) {
      this.evaluator.base(s.buffer, s.index, this.program.buffers[s.buffer].dtype, 1);
      this.#store(s, all);
    }
  }
}

/** A pass over a row: what it reduces and writes. */
interface Pass extends PassWork {
  /** What is computed in it, or before it for it, inputs first. */
  readonly needed: readonly Expr[];
  /** What it takes from scratch memory. */
  readonly recalls: ReadonlySet<Expr>;
}

/** `inPass`: stores that are not once a row. */
function passesOf(
  program: LoopProgram,
  inPass: (s: Store) => boolean,
  isDear: (e: Expr) => boolean,
): readonly Pass[] {
  const made = new Set<Expr>();
  return workOf(program, inPass).map((own) => {
    const needed = neededBy([...own.reduces.map((r) => r.input), ...own.stores.map((s) => s.value)], made);
    const recalls = new Set(needed.filter((e) => made.has(e)));
    for (const e of needed) if (isDear(e)) made.add(e);
    return { ...own, needed, recalls };
  });
}
