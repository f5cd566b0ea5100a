/**
 * Expressions of the loop IR → vectors of four lanes, at the place in the code where the writer stands.
 * Each is computed once at the level of the loop it depends on (hoist() before the loop opens), and kept in a variable.
 * What a lane is, and where the loops' counters are, the printer says by a Frame.
 */
import { bytesEach, type DType } from "../../dtype.ts";
import {
  type Checked,
  type Expr,
  indicesOf,
  inputsOf,
  type Inside,
  type Load,
  type RandomExpr,
  valuesIn,
} from "../ir.ts";
import type { Condition, Index } from "../index-math.ts";
import {
  converted,
  fromWord,
  loadFour,
  loadOne,
  narrowLoad,
  packed,
  settled,
  storeFour,
  storeLane,
  toWord,
} from "./convert.ts";
import type { Local } from "./encode.ts";
import { mapped } from "./functions.ts";
import { type Expr as Code, f32x4, i32, i32x4, select, v128 } from "./instructions.ts";
import { float, int, type Kit, type Vector } from "./kit.ts";
import { gaussian } from "./math.ts";
import { dependsOn, factorOf } from "../depends.ts";
import { crosses, isBent, isStraight } from "./nest.ts";

/** Where the writer stands. */
export interface Frame {
  readonly params: Local<"i32">;
  /** Counter of each axis; the lanes' is that of the first lane. */
  readonly counters: readonly (Local<"i32"> | undefined)[];
  readonly lane: number;
  readonly laneSize: number;
  /** Which loop an axis turns in; 0: the function. */
  readonly level: (axis: number) => number;
  /** Which axes each expression depends on, as bits. */
  readonly depends: ReadonlyMap<Expr, number>;
  /** Word of params with the first report. */
  readonly reports: number;
  /** Word with the first scalar. */
  readonly scalars: number;
}

/** How many of the four lanes count; undefined: all. */
export type Lanes = { readonly count: Local<"i32">; readonly mask: Vector } | undefined;

export class Evaluator {
  readonly kit: Kit;
  readonly frame: Frame;
  /** By level: what is known while that loop goes round. */
  readonly #known: Map<string, Vector>[] = [];
  readonly #bases: Map<string, Local<"i32">>[] = [];
  readonly #levels = new Map<Expr, number>();
  lanes: Lanes = undefined;

  constructor(kit: Kit, frame: Frame) {
    this.kit = kit;
    this.frame = frame;
  }

  /** The innermost loop the value depends on; a reduction is known once a row. */
  levelOf(e: Expr): number {
    let level = this.#levels.get(e);
    if (level === undefined) {
      const below = [...inputsOf(e), ...indicesOf(e).flatMap(valuesIn)].map((x) => this.levelOf(x));
      const own = this.#levelOfBits(this.frame.depends.get(e)!);
      level = e.kind === "reduce" ? Math.max(1, own) : Math.max(own, ...below);
      this.#levels.set(e, level);
    }
    return level;
  }

  levelOfIndex(index: Index): number {
    return this.#levelOfBits(dependsOn(index, this.frame.depends));
  }

  #levelOfBits(bits: number): number {
    let level = 0;
    for (let axis = 0; bits >> axis !== 0; axis++)
      if ((bits >> axis) & 1) level = Math.max(level, this.frame.level(axis));
    return level;
  }

  isAcross(e: Expr): boolean {
    return ((this.frame.depends.get(e)! >> this.frame.lane) & 1) === 1;
  }

  #key(e: Expr, u: number): string {
    return this.isAcross(e) ? `${e.id}/${u}` : `${e.id}`;
  }

  /** Forgets what is known inside loops of this level and deeper. */
  leave(level: number): void {
    this.#known.length = Math.min(this.#known.length, level);
    this.#bases.length = Math.min(this.#bases.length, level);
  }

  know(e: Expr, u: number, value: Vector): void {
    (this.#known[this.levelOf(e)] ??= new Map()).set(this.#key(e, u), value);
  }

  isKnown(e: Expr, u: number): boolean {
    return this.#known[this.levelOf(e)]?.has(this.#key(e, u)) ?? false;
  }

  /** The value in the u-th group of four lanes. */
  value(e: Expr, u: number): Vector {
    const known = this.#known[this.levelOf(e)]?.get(this.#key(e, u));
    if (known !== undefined) return known;
    const made = this.kit.f.let(this.#code(e, u));
    this.know(e, u, made);
    return made;
  }

  #code(e: Expr, u: number): Code<"v128"> {
    const { kit } = this;
    switch (e.kind) {
      case "load":
        return this.#load(e, u);
      case "scalar":
        return v128.load32Splat(this.frame.params, 4 * (this.frame.scalars + e.slot));
      case "constant":
        return this.#constant(e.value, e.dtype);
      case "position":
        return converted(kit, "i32", e.dtype, kit.f.let(this.#indexVector(e.index, u)));
      case "map": {
        const quotient = this.#quotient(e, u);
        if (quotient !== undefined) return quotient;
        const inputs = e.inputs.map((x) => this.value(x, u));
        return mapped(kit, e.fn, e.fn === "where" ? e.dtype : e.inputs[0].dtype, e.dtype, inputs);
      }
      case "cast":
        return converted(kit, e.input.dtype, e.dtype, this.value(e.input, u));
      case "inside":
        return this.#inside(e, u);
      case "checked":
        return this.#checked(e, u);
      case "random":
        return this.#random(e, u);
      case "reduce":
      case "tile":
        throw new Error(`bug: a ${e.kind} that was not computed before it is used`);
    }
  }

  #constant(value: number, dtype: DType): Code<"v128"> {
    if (dtype === "bool") return int(this.kit, value === 0 ? 0 : -1);
    return dtype === "f32" || dtype === "f16" || dtype === "bf16"
      ? float(this.kit, value)
      : int(this.kit, value);
  }

  // ——— indices ———

  /** Computes what of these lies at this level, before the loops inside it open. */
  hoist(exprs: readonly Expr[], level: number, groups: number): void {
    for (const e of exprs)
      if (e.kind !== "reduce" && e.kind !== "tile" && this.levelOf(e) === level)
        for (let u = 0; u < (this.isAcross(e) ? groups : 1); u++) this.value(e, u);
    for (const e of exprs) {
      const divisor = this.#sharedDivisor(e);
      if (divisor === undefined || this.levelOf(divisor) !== level) continue;
      for (let u = 0; u < (this.isAcross(divisor) ? groups : 1); u++) this.#invert(divisor, u);
    }
  }

  /** What an f32 is divided by, if that is computed once for a whole loop. A division alone in its program must round right, and its divisor is read, not computed. */
  #sharedDivisor(e: Expr): Expr | undefined {
    if (e.kind !== "map" || e.fn !== "div" || e.dtype !== "f32") return undefined;
    const divisor = e.inputs[1];
    const isComputed = divisor.kind === "map" || divisor.kind === "reduce";
    return isComputed && this.levelOf(divisor) < this.levelOf(e) ? divisor : undefined;
  }

  /** Keeps 1/(divisor·scale) and scale, a power of two that keeps the inverse among the normal numbers. */
  #invert(divisor: Expr, u: number): void {
    const { kit } = this;
    const { f } = kit;
    const key = this.#key(divisor, u);
    const known = (this.#known[this.levelOf(divisor)] ??= new Map());
    if (known.has(`scale ${key}`)) return;
    const y = this.value(divisor, u);
    const size = f.let(f32x4.abs(y));
    const small = f32x4.lt(size, float(kit, 2 ** -64));
    const large = f32x4.gt(size, float(kit, 2 ** 64));
    const usual = v128.bitselect(float(kit, 2 ** 64), float(kit, 1), small);
    const scale = f.let(v128.bitselect(float(kit, 2 ** -64), usual, large));
    known.set(`scale ${key}`, scale);
    known.set(`inverse ${key}`, f.let(f32x4.div(float(kit, 1), f32x4.mul(y, scale))));
  }

  /** a/b as (a·scale)·(1/(b·scale)), where that is at hand. */
  #quotient(e: Expr, u: number): Code<"v128"> | undefined {
    const divisor = this.#sharedDivisor(e);
    if (divisor === undefined) return undefined;
    const [known, key] = [this.#known[this.levelOf(divisor)], this.#key(divisor, u)];
    const [scale, inverse] = [known?.get(`scale ${key}`), known?.get(`inverse ${key}`)];
    if (scale === undefined || inverse === undefined) return undefined;
    return f32x4.mul(f32x4.mul(this.value(inputsOf(e)[0], u), scale), inverse);
  }

  /** Computes the addresses that loads start from: in deeper loops, or (`own`) in the loop of this level. */
  hoistBases(exprs: readonly Expr[], level: number, own = false): void {
    for (const e of exprs)
      if (e.kind === "load" && (own ? this.levelOf(e) === level : this.levelOf(e) > level)) {
        this.base(e.buffer, e.index, e.dtype, level);
        if (e.inside.length > 0 && this.isStraight(e.index))
          this.base(e.buffer, e.index, e.dtype, level, false);
      }
  }

  /** buffer + bytes·(the part of the index that does not change in loops deeper than `level`), kept. */
  base(buffer: number, index: Index, dtype: DType, level: number, together = this.isStraight(index)): void {
    const { f } = this.kit;
    const { base, left } = this.#address(buffer, index, together);
    const { fixed } = this.#parted(left, level, together);
    const address = this.#plus(base, fixed, dtype, 0);
    (this.#bases[level] ??= new Map()).set(`${buffer}:${index.key}:${together}`, f.let(address));
  }

  /** Whether the four lanes lie side by side. */
  isStraight(index: Index): boolean {
    return isStraight(index, this.frame.lane, this.frame.depends);
  }

  /** Terms that stay the same inside a loop of the level, and the others. Where lanes are not read together each needs its own place. */
  #parted(index: Index, level: number, straight: boolean): { readonly fixed: Index; readonly left: Index } {
    const isFixed = (t: Index["terms"][number]): boolean => {
      const bits = dependsOn({ offset: 0, terms: [t], key: "" }, this.frame.depends);
      return this.#levelOfBits(bits) <= level && (straight || ((bits >> this.frame.lane) & 1) === 0);
    };
    const left = index.terms.filter((t) => !isFixed(t));
    return {
      fixed: { ...index, terms: index.terms.filter(isFixed) },
      left: { offset: 0, terms: left, key: "" },
    };
  }

  /** The deepest base there is for the index, and the terms it leaves out. */
  #address(
    buffer: number,
    index: Index,
    together = this.isStraight(index),
  ): { readonly base: Local<"i32">; readonly left: Index } {
    for (let level = this.#bases.length - 1; level >= 0; level--) {
      const base = this.#bases[level]?.get(`${buffer}:${index.key}:${together}`);
      if (base !== undefined) return { base, left: this.#parted(index, level, together).left };
    }
    return { base: this.kit.f.let(i32.load(this.frame.params, 4 * buffer)), left: index };
  }

  /** Address of the element at which the counters stand. */
  place(buffer: number, index: Index, dtype: DType): Code<"i32"> {
    const { base, left } = this.#address(buffer, index);
    return this.#plus(base, left, dtype, 0);
  }

  /** The index as a number, of lane `lane` (its counter plus so many), or of no lane in particular. */
  #scalarIndex(index: Index, u: number, lane?: Code<"i32">, which = 0): Code<"i32"> {
    let sum: Code<"i32"> | undefined =
      index.offset === 0 && index.terms.length > 0 ? undefined : i32.const(index.offset);
    for (const { factor, atom } of index.terms) {
      const x = this.#atom(atom, u, lane, which);
      const scaled = factor === 1 ? x : i32.mul(x, factor);
      sum = sum === undefined ? scaled : i32.add(sum, scaled);
    }
    return sum!;
  }

  #atom(
    atom: Index["terms"][number]["atom"],
    u: number,
    lane: Code<"i32"> | undefined,
    which: number,
  ): Code<"i32"> {
    switch (atom.kind) {
      case "axis":
        return atom.axis === this.frame.lane && lane !== undefined ? lane : this.frame.counters[atom.axis]!;
      case "value":
        return i32x4.extract(this.value(atom.value, u), this.isAcross(atom.value) ? which : 0);
      case "quotient":
        return i32.divU(this.#scalarIndex(atom.of, u, lane, which), atom.by);
      case "rest":
        return i32.remU(this.#scalarIndex(atom.of, u, lane, which), atom.by);
    }
  }

  /** Position on the lanes' axis of lane `which` of group u; past the end it stays on the last element. */
  #laneAt(u: number, which: number): Code<"i32"> {
    const at = i32.add(this.frame.counters[this.frame.lane]!, 4 * u + which);
    if (this.lanes === undefined) return at;
    const local = this.kit.f.let(at);
    const last = i32.const(this.frame.laneSize - 1);
    return select(local, last, i32.ltS(local, last));
  }

  #isBent(index: Index): boolean {
    return isBent(index, this.frame.lane, this.frame.depends);
  }

  #crosses(index: Index): boolean {
    return crosses(index, this.frame.lane, this.frame.depends);
  }

  /** The index in each lane. */
  #indexVector(index: Index, u: number): Code<"v128"> {
    if (!this.#crosses(index)) return i32x4.splat(this.#scalarIndex(index, u));
    if (!this.#isBent(index)) {
      const factor = factorOf(index, this.frame.lane);
      const first = this.#scalarIndex(index, u, i32.add(this.frame.counters[this.frame.lane]!, 4 * u));
      return i32x4.add(
        i32x4.splat(first),
        v128.const(new Uint8Array(Int32Array.of(0, factor, 2 * factor, 3 * factor).buffer)),
      );
    }
    const { f } = this.kit;
    const all = f.let(i32x4.splat(0));
    for (let j = 0; j < 4; j++)
      f.set(all, i32x4.replace(all, j, this.#scalarIndex(index, u, this.#laneAt(u, j), j)));
    return all;
  }

  // ——— conditions ———

  #inside({ conditions, within, otherwise }: Inside, u: number): Code<"v128"> {
    const [a, b] = [this.value(within, u), this.value(otherwise, u)];
    const across = conditions.filter((c) => this.#crosses(c.index));
    const fixed = this.#holds(
      conditions.filter((c) => !this.#crosses(c.index)),
      u,
    );
    let result: Code<"v128"> = a;
    for (const c of across)
      result = v128.bitselect(result, b, i32x4.ltU(this.#indexVector(c.index, u), int(this.kit, c.size)));
    return fixed === undefined ? result : select(result, b, fixed);
  }

  /** Whether all conditions hold in a lane, or where no lane matters. */
  #holds(
    conditions: readonly Condition[],
    u: number,
    lane?: Code<"i32">,
    which = 0,
  ): Code<"i32"> | undefined {
    const tests = conditions.map((c) => i32.ltU(this.#scalarIndex(c.index, u, lane, which), c.size));
    return tests.length === 0 ? undefined : tests.reduce((a, b) => i32.and(a, b));
  }

  // ——— memory ———

  #load(e: Load, u: number): Code<"v128"> {
    // Now, not in a branch that may not be taken.
    for (const index of indicesOf(e)) for (const value of valuesIn(index)) this.value(value, u);
    if (e.inside.length === 0) return this.#plainLoad(e, u);
    const { f } = this.kit;
    const result = f.local("v128");
    f.set(result, int(this.kit, 0));
    const across = e.inside.filter((c) => this.#crosses(c.index));
    const fixed = this.#holds(
      e.inside.filter((c) => !this.#crosses(c.index)),
      u,
    );
    const read = (): void => this.#loadWhere(e, u, across, result);
    if (fixed === undefined) read();
    else f.if(fixed, read);
    return result;
  }

  /** All four at once where the first and the last are inside, else one by one. */
  #loadWhere(e: Load, u: number, across: readonly Condition[], result: Vector): void {
    const { f } = this.kit;
    if (across.length === 0) return f.set(result, this.#plainLoad(e, u));
    const eachLane = (): void =>
      f.set(
        result,
        this.#scattered(e, u, (at, j) => this.#holds(across, u, at, j)),
      );
    if (across.some((c) => this.#isBent(c.index)) || this.#isBent(e.index)) return eachLane();
    const ends = [0, 3].map((j) => this.#holds(across, u, this.#laneAt(u, j), j)!);
    f.if(i32.and(ends[0], ends[1]), () => f.set(result, this.#plainLoad(e, u)), eachLane);
  }

  #plainLoad(e: Load, u: number): Code<"v128"> {
    const { kit } = this;
    if (!this.#crosses(e.index)) {
      const { base, left } = this.#address(e.buffer, e.index);
      return loadOne(kit, e.dtype, this.#plus(base, left, e.dtype, u), 0);
    }
    if (!this.isStraight(e.index)) {
      const spaced =
        this.lanes === undefined && !this.#isBent(e.index) && factorOf(e.index, this.frame.lane) > 0;
      return spaced ? this.#spaced(e, u) : this.#scattered(e, u, () => undefined);
    }
    const { base, left } = this.#address(e.buffer, e.index);
    return loadFour(kit, e.dtype, this.#plus(base, left, e.dtype, u), 4 * u * bytesEach[e.dtype]);
  }

  #plus(base: Local<"i32">, left: Index, dtype: DType, u: number): Code<"i32"> {
    const bytes = bytesEach[dtype];
    if (left.terms.length === 0) return left.offset === 0 ? base : i32.add(base, bytes * left.offset);
    const part = this.#scalarIndex(left, u);
    return i32.add(base, bytes === 1 ? part : i32.shl(part, Math.log2(bytes)));
  }

  /** Lanes at a fixed distance: one address, and offsets that cost nothing. */
  #spaced(e: Load, u: number): Code<"v128"> {
    const { f } = this.kit;
    const { base, left } = this.#address(e.buffer, e.index, false);
    const bytes = bytesEach[e.dtype];
    const step = factorOf(e.index, this.frame.lane) * bytes;
    const first = f.let(i32.add(base, i32.mul(this.#scalarIndex(left, u), bytes)));
    const words = f.let(i32x4.splat(0));
    for (let j = 0; j < 4; j++) {
      const offset = (4 * u + j) * step;
      const word =
        bytes === 4
          ? v128.load32Lane(first, words, j, offset)
          : i32x4.replace(words, j, narrowLoad(e.dtype, first, offset));
      f.set(words, word);
    }
    return fromWord(this.kit, e.dtype, words);
  }

  /** Lane by lane, where its condition holds. */
  #scattered(
    e: Load,
    u: number,
    condition: (at: Code<"i32">, lane: number) => Code<"i32"> | undefined,
  ): Code<"v128"> {
    const { f } = this.kit;
    const words = f.let(i32x4.splat(0));
    const { base, left } = this.#address(e.buffer, e.index, false);
    for (let j = 0; j < 4; j++) {
      const at = f.let(this.#laneAt(u, j));
      const read = (): void => {
        const address = i32.add(base, i32.mul(this.#scalarIndex(left, u, at, j), bytesEach[e.dtype]));
        const word =
          bytesEach[e.dtype] === 4
            ? v128.load32Lane(address, words, j)
            : i32x4.replace(words, j, narrowLoad(e.dtype, address, 0));
        f.set(words, word);
      };
      const test = condition(at, j);
      if (test === undefined) read();
      else f.if(test, read);
    }
    return fromWord(this.kit, e.dtype, words);
  }

  /** Writes the u-th four lanes to a buffer. */
  store(buffer: number, index: Index, dtype: DType, value: Vector, u: number): void {
    const { f } = this.kit;
    const words = f.let(packed(dtype, f.let(toWord(this.kit, dtype, value))));
    const { base, left } = this.#address(buffer, index);
    if (!this.#crosses(index)) return f.do(storeLane(dtype, this.#plus(base, left, dtype, u), words, 0, 0));
    const straight = this.isStraight(index);
    const spaced = !this.#isBent(index) && factorOf(index, this.frame.lane) > 0;
    const bytes = bytesEach[dtype];
    const first = spaced ? f.let(this.#plus(base, left, dtype, u)) : base;
    const lane = (j: number): void => {
      if (spaced)
        f.do(storeLane(dtype, first, words, j, (4 * u + j) * bytes * factorOf(index, this.frame.lane)));
      else {
        const at = i32.add(this.frame.counters[this.frame.lane]!, 4 * u + j);
        f.do(storeLane(dtype, i32.add(base, i32.mul(this.#scalarIndex(left, u, at, j), bytes)), words, j, 0));
      }
    };
    const whole = (): void => {
      if (straight) f.do(storeFour(dtype, first, words, 4 * u * bytes));
      else for (let j = 0; j < 4; j++) lane(j);
    };
    if (this.lanes === undefined) return whole();
    const { count } = this.lanes;
    f.if(i32.geS(count, 4), whole, () => {
      for (let j = 0; j < 3; j++) f.if(i32.gtS(count, j), () => lane(j));
    });
  }

  // ——— the others ———

  /** Outside indices are told and become 0. */
  #checked({ input, size, report }: Checked, u: number): Code<"v128"> {
    const { f } = this.kit;
    const x = this.value(input, u);
    const outside = i32x4.geU(x, int(this.kit, size));
    const bad = f.let(
      this.lanes === undefined || !this.isAcross(input) ? outside : v128.and(outside, this.lanes.mask),
    );
    f.if(v128.anyTrue(bad), () => {
      const word = 4 * (this.frame.reports + 2 * report);
      for (let j = 3; j >= 0; j--)
        f.if(i32x4.extract(bad, j), () => f.do(i32.store(this.frame.params, i32x4.extract(x, j), word + 4)));
      f.do(i32.store(this.frame.params, 1, word));
    });
    return v128.andnot(
      x,
      this.lanes === undefined || !this.isAcross(input) ? bad : i32x4.geU(x, int(this.kit, size)),
    );
  }

  #random(e: RandomExpr, u: number): Code<"v128"> {
    const { kit } = this;
    const { f } = kit;
    const index = f.let(this.#indexVector(e.index, u));
    const even = f.let(i32x4.eq(v128.and(index, int(kit, 1)), int(kit, 0)));
    const [a, b] = this.#threefry(
      this.value(e.key[0], u),
      this.value(e.key[1], u),
      f.let(i32x4.shrU(index, 1)),
    );
    if (e.distribution === "bits") return v128.bitselect(a, b, even);
    const fraction = (x: Code<"v128">): Code<"v128"> =>
      f32x4.mul(f32x4.convertI32x4U(i32x4.shrU(x, 8)), float(kit, 2 ** -24));
    if (e.distribution === "uniform") return fraction(v128.bitselect(a, b, even));
    return gaussian(kit, f.let(fraction(a)), f.let(fraction(b)), even);
  }

  /** As ../../threefry.ts, of the counter (c, 0). */
  #threefry(k0: Vector, k1: Vector, c: Vector): readonly [Vector, Vector] {
    const { kit } = this;
    const { f } = kit;
    const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
    const keys = [k0, k1, f.let(v128.xor(v128.xor(k0, k1), int(kit, 0x1bd11bda)))];
    const a = f.let(i32x4.add(c, k0));
    const b = f.let(v128.and(k1, k1));
    for (let round = 0; round < 20; round++) {
      f.set(a, i32x4.add(a, b));
      const by = rotations[round % 8];
      f.set(b, v128.xor(v128.or(i32x4.shl(b, by), i32x4.shrU(b, 32 - by)), a));
      if (round % 4 !== 3) continue;
      const injection = (round + 1) / 4;
      f.set(a, i32x4.add(a, keys[injection % 3]));
      f.set(b, i32x4.add(i32x4.add(b, keys[(injection + 1) % 3]), int(kit, injection)));
    }
    return [a, b];
  }

  /** A reduction's result brought into its dtype. */
  settled(dtype: DType, x: Vector): Vector {
    return this.kit.f.let(settled(this.kit, dtype, x));
  }
}
