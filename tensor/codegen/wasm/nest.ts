/**
 * In which order a program's loops run: which axis is walked four elements at a time (its lanes), which lie outside and are shared
 * among threads, which inside. Pure: axes and indices in, a plan out.
 *
 * - flat: nothing is reduced; the lanes' axis is cut into blocks, each an item.
 * - along: the lanes run along a reduced axis; each item is a row.
 * - across: the lanes are neighbouring rows; each item is up to 16 of them, and rows are walked one element at a time.
 */
import { dependencies, dependsOn, factorOf } from "../depends.ts";
import { type Axis, type Expr, indicesOf, type LoopProgram, reachable } from "../ir.ts";
import { findAtom, type Index } from "../index-math.ts";

export interface Nest {
  readonly kind: "flat" | "along" | "across";
  readonly axes: readonly Axis[];
  readonly lane: number;
  /** Parallel axes but the lanes', outermost first. */
  readonly outer: readonly number[];
  /** Reduced axes but the lanes', outermost first. */
  readonly inner: readonly number[];
  /** Elements of the lanes' axis in one item. */
  readonly block: number;
  /** Whether items go through the outer axes before the next block: what is read across the lanes is then still in the cache. */
  readonly blocksLast: boolean;
  readonly items: number;
  readonly grain: number;
}

const flatBlock = 4096;
/** As long a block where lanes are read from different lines of the cache. */
const spacedBlock = 64;
export const acrossBlock = 16;
/** Operations below which a thread is not worth its start. */
const worthIt = 2 ** 15;

export function nestOf(program: LoopProgram): Nest {
  const axes = program.axes.length === 0 ? [{ size: 1, role: "parallel" } as const] : program.axes;
  const lane = laneOf(program, axes);
  const reduces = axes.some((a) => a.role === "reduce");
  const kind = !reduces ? "flat" : axes[lane].role === "reduce" ? "along" : "across";
  const others = axes.map((_, i) => i).filter((i) => i !== lane);
  const outer = inStoreOrder(
    others.filter((i) => axes[i].role === "parallel"),
    program,
  );
  const inner = others.filter((i) => axes[i].role === "reduce");
  const { size } = axes[lane];
  const blocksLast = kind === "flat" && size > spacedBlock && isSpaced(program, lane);
  const longest = blocksLast ? spacedBlock : flatBlock;
  const flat = size > 2 * longest ? longest : size;
  const block = kind === "along" ? size : kind === "across" ? acrossBlock : flat;
  const rows = product(outer, axes);
  const items = kind === "along" ? rows : rows * Math.max(1, Math.ceil(size / Math.max(1, block)));
  const work =
    product(inner, axes) * Math.min(block, size) * (reachable(program.stores.map((s) => s.value)).length + 1);
  return {
    kind,
    axes,
    lane,
    outer,
    inner,
    block,
    blocksLast,
    items,
    grain: Math.max(1, Math.ceil(worthIt / Math.max(1, work))),
  };
}

function isSpaced(program: LoopProgram, lane: number): boolean {
  const loads = reachable(program.stores.map((s) => s.value)).filter((e) => e.kind === "load");
  return [...loads, ...program.stores].some((e) => Math.abs(factorOf(e.index, lane)) > 1);
}

function product(which: readonly number[], axes: readonly Axis[]): number {
  return which.reduce((n, i) => n * axes[i].size, 1);
}

/** Along the result as it lies in memory. */
function inStoreOrder(which: readonly number[], { stores }: LoopProgram): readonly number[] {
  const stride = (axis: number): number => Math.max(...stores.map((s) => Math.abs(factorOf(s.index, axis))));
  return which.toSorted((a, b) => stride(b) - stride(a));
}

/** The axis along which most of what is read and written lies side by side; writes far apart cost more than reads. */
function laneOf(program: LoopProgram, axes: readonly Axis[]): number {
  const depends = dependencies(program, axes.length);
  const read = reachable(program.stores.map((s) => s.value)).flatMap(indicesOf);
  const written = program.stores.map((s) => s.index);
  const cost = (axis: number): number => {
    const { size } = axes[axis];
    const sum = (list: readonly Index[]): number => list.reduce((n, i) => n + touchCost(i, axis, depends), 0);
    const each = sum(read) + 1.5 * sum(written);
    return (
      (each * Math.ceil(size / 4) * 4) / size +
      (size < 16 ? 2 : 0) +
      (axes[axis].role === "parallel" ? 0 : 0.5)
    );
  };
  const costs = axes.map((_, i) => cost(i));
  return costs.indexOf(Math.min(...costs));
}

function touchCost(index: Index, axis: number, depends: ReadonlyMap<Expr, number>): number {
  const factor = Math.abs(factorOf(index, axis));
  const bent =
    findAtom(index, (a) => a.kind === "value" && ((depends.get(a.value) ?? 0) & (1 << axis)) !== 0) ??
    index.terms.find(
      ({ atom }) =>
        (atom.kind === "quotient" || atom.kind === "rest") &&
        findAtom(atom.of, (a) => a.kind === "axis" && a.axis === axis),
    );
  if (bent !== undefined) return 8;
  return factor === 0 ? 0.2 : factor === 1 ? 1 : 5;
}

/** Whether the index differs from lane to lane, where they run along axis `lane`. */
export function crosses(index: Index, lane: number, depends: ReadonlyMap<Expr, number>): boolean {
  return ((dependsOn(index, depends) >> lane) & 1) === 1;
}

/** Whether it does so other than by the same step each time. */
export function isBent(index: Index, lane: number, depends: ReadonlyMap<Expr, number>): boolean {
  return index.terms.some(
    (term) => term.atom.kind !== "axis" && crosses({ offset: 0, terms: [term], key: "" }, lane, depends),
  );
}

/** Whether four lanes lie side by side. */
export function isStraight(index: Index, lane: number, depends: ReadonlyMap<Expr, number>): boolean {
  return !isBent(index, lane, depends) && factorOf(index, lane) === 1;
}
