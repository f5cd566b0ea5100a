/**
 * Where an element lies, as a formula of the loop axes: an offset and multiples of atoms.
 * An atom is an axis, a quotient or rest of another formula, or a number only known at run time (an index that was read).
 * Every atom lies in 0 … size − 1; that is what lets quotients and rests cancel, so that most views leave plain strides.
 */
import type { Expr } from "./ir.ts";

export type Atom =
  | { readonly kind: "axis"; readonly axis: number; readonly size: number; readonly key: string }
  | {
      readonly kind: "quotient" | "rest";
      readonly of: Index;
      readonly by: number;
      readonly size: number;
      readonly key: string;
    }
  | { readonly kind: "value"; readonly value: Expr; readonly size: number; readonly key: string };

export interface Term {
  readonly factor: number;
  readonly atom: Atom;
}

/** offset + Σ factor·atom. Terms are sorted by key, none has factor 0, no two the same atom: equal formulas have equal keys. */
export interface Index {
  readonly offset: number;
  readonly terms: readonly Term[];
  readonly key: string;
}

/** Whether an index is inside: 0 ≤ index < size. */
export interface Condition {
  readonly index: Index;
  readonly size: number;
}

export const zero: Index = make(0, []);

export function number(offset: number): Index {
  return offset === 0 ? zero : make(offset, []);
}

export function axisIndex(axis: number, size: number): Index {
  return size === 1 ? zero : atomIndex({ kind: "axis", axis, size, key: `a${axis}` });
}

/** An index read at run time, already known to be in 0 … size − 1. */
export function valueIndex(value: Expr, size: number): Index {
  return atomIndex({ kind: "value", value, size, key: `v${value.id}` });
}

export function plus(a: Index, b: Index): Index {
  if (a.terms.length === 0) return b.terms.length === 0 ? number(a.offset + b.offset) : shifted(b, a.offset);
  if (b.terms.length === 0) return shifted(a, b.offset);
  const terms = new Map(a.terms.map((t) => [t.atom.key, t]));
  for (const t of b.terms) {
    const factor = (terms.get(t.atom.key)?.factor ?? 0) + t.factor;
    if (factor === 0) terms.delete(t.atom.key);
    else terms.set(t.atom.key, { factor, atom: t.atom });
  }
  return rejoined(make(a.offset + b.offset, [...terms.values()]));
}

/** k·n·⌊x/n⌋ + k·(x mod n) = k·x: what was taken apart and meets again. */
function rejoined(index: Index): Index {
  for (const { factor, atom } of index.terms) {
    if (atom.kind !== "rest") continue;
    const whole = quotient(atom.of, atom.by);
    if (whole.terms.length !== 1 || whole.offset !== 0 || whole.terms[0].factor !== 1) continue;
    const { key } = whole.terms[0].atom;
    const partner = index.terms.find((t) => t.atom.key === key && t.factor === factor * atom.by);
    if (partner === undefined) continue;
    const others = index.terms.filter((t) => t.atom !== atom && t !== partner);
    return plus(make(index.offset, others), times(atom.of, factor));
  }
  return index;
}

export function times(a: Index, by: number): Index {
  if (by === 1) return a;
  if (by === 0) return zero;
  return make(
    a.offset * by,
    a.terms.map((t) => ({ factor: t.factor * by, atom: t.atom })),
  );
}

function shifted(a: Index, by: number): Index {
  return by === 0 ? a : make(a.offset + by, a.terms);
}

/** Smallest and largest value. */
export function rangeOf({ offset, terms }: Index): readonly [number, number] {
  let [low, high] = [offset, offset];
  for (const { factor, atom } of terms) {
    if (factor < 0) low += factor * (atom.size - 1);
    else high += factor * (atom.size - 1);
  }
  return [low, high];
}

/** ⌊a / by⌋ for a ≥ 0: multiples of `by` divide exactly, and what remains below `by` vanishes. */
export function quotient(a: Index, by: number): Index {
  if (by === 1) return a;
  const coarse = coarser(a, by);
  if (coarse !== undefined) return quotient(coarse.many, by / coarse.of);
  const [whole, part] = split(a, by);
  const [low, high] = rangeOf(part);
  if (Math.floor(low / by) === Math.floor(high / by)) return shifted(whole, Math.floor(low / by));
  const nested =
    part.offset === 0 && part.terms.length === 1 && part.terms[0].factor === 1
      ? part.terms[0].atom
      : undefined;
  if (nested?.kind === "quotient") return plus(whole, quotient(nested.of, nested.by * by));
  return plus(whole, atomOf("quotient", part, by));
}

/** a mod by for a ≥ 0. */
export function rest(a: Index, by: number): Index {
  if (by === 1) return zero;
  const coarse = coarser(a, by);
  if (coarse !== undefined) return plus(times(rest(coarse.many, by / coarse.of), coarse.of), coarse.few);
  const [, part] = split(a, by);
  const [low, high] = rangeOf(part);
  const turns = Math.floor(low / by);
  if (turns === Math.floor(high / by)) return shifted(part, -turns * by);
  return atomOf("rest", part, by);
}

/** a = of·many + few with 0 ≤ few < of, of a factor of `by`: then few has no part in the quotient. */
function coarser(
  a: Index,
  by: number,
): { readonly of: number; readonly many: Index; readonly few: Index } | undefined {
  for (const { factor: of } of a.terms) {
    if (of <= 1 || of >= by || by % of !== 0) continue;
    const [many, few] = split(a, of);
    const [low, high] = rangeOf(few);
    if (low >= 0 && high < of) return { of, many, few };
  }
  return undefined;
}

/** a = by·whole + part. */
function split(a: Index, by: number): readonly [Index, Index] {
  const whole = a.terms.filter((t) => t.factor % by === 0);
  const part = a.terms.filter((t) => t.factor % by !== 0);
  const turns = Math.floor(a.offset / by);
  return [
    make(
      turns,
      whole.map((t) => ({ factor: t.factor / by, atom: t.atom })),
    ),
    make(a.offset - turns * by, part),
  ];
}

function atomOf(kind: "quotient" | "rest", part: Index, by: number): Index {
  // Never of a negative number, so that a printer may divide as it likes.
  const turns = Math.max(0, Math.ceil(-rangeOf(part)[0] / by));
  if (turns > 0) {
    const whole = atomOf(kind, shifted(part, turns * by), by);
    return kind === "rest" ? whole : shifted(whole, -turns);
  }
  const of = part;
  const size = kind === "rest" ? by : Math.floor(rangeOf(of)[1] / by) + 1;
  return atomIndex({ kind, of, by, size, key: `${kind === "rest" ? "r" : "q"}(${of.key})${by}` });
}

function atomIndex(atom: Atom): Index {
  return make(0, [{ factor: 1, atom }]);
}

function make(offset: number, terms: readonly Term[]): Index {
  const sorted = terms.length < 2 ? terms : terms.toSorted((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  let key = String(offset);
  for (const t of sorted) key += `+${t.factor}${t.atom.key}`;
  return { offset, terms: sorted, key };
}

/** Elements between neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

/** The row-major position of coordinates. */
export function linear(coordinates: readonly Index[], shape: readonly number[]): Index {
  const strides = stridesOf(shape);
  return coordinates.reduce((sum, c, i) => plus(sum, shape[i] === 1 ? zero : times(c, strides[i])), zero);
}

/** The coordinates of a row-major position. */
export function coordinates(position: Index, shape: readonly number[]): Index[] {
  const strides = stridesOf(shape);
  return shape.map((n, i) => (n === 1 ? zero : rest(quotient(position, strides[i]), n)));
}

/**
 * Coordinates in `from` of the element whose coordinates in `to` are given, for a reshape from → to.
 * Goes by runs of axes with equal products, so that axes which stay are not taken apart.
 */
export function reshaped(coords: readonly Index[], to: readonly number[], from: readonly number[]): Index[] {
  const result: Index[] = [];
  let [i, j] = [0, 0];
  while (i < to.length || j < from.length) {
    const [i0, j0] = [i, j];
    let [a, b] = [to[i++] ?? 1, from[j++] ?? 1];
    while (a !== b && (i < to.length || j < from.length)) {
      if (a < b && i < to.length) a *= to[i++];
      else if (j < from.length) b *= from[j++];
      else a *= to[i++];
    }
    const run = from.slice(j0, j);
    result.push(...coordinates(linear(coords.slice(i0, i), to.slice(i0, i)), run));
  }
  return result;
}

/** An atom of an index or inside one, that satisfies `test`. */
export function findAtom(index: Index, test: (atom: Atom) => boolean): Atom | undefined {
  for (const { atom } of index.terms) {
    if (test(atom)) return atom;
    const inner = atom.kind === "quotient" || atom.kind === "rest" ? findAtom(atom.of, test) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** The index with each axis replaced by a formula. */
export function substitute(index: Index, by: (axis: number) => Index): Index {
  return rebuilt(index, (atom) => {
    if (atom.kind === "axis") return by(atom.axis);
    return atom.kind === "value"
      ? atomIndex(atom)
      : (atom.kind === "quotient" ? quotient : rest)(substitute(atom.of, by), atom.by);
  });
}

/** The index with each number read at run time replaced. */
export function withValues(index: Index, by: (value: Expr) => Expr): Index {
  if (findAtom(index, (a) => a.kind === "value") === undefined) return index;
  return rebuilt(index, (atom) => {
    if (atom.kind === "axis") return atomIndex(atom);
    if (atom.kind === "value") return valueIndex(by(atom.value), atom.size);
    return atomOf(atom.kind, withValues(atom.of, by), atom.by);
  });
}

/**
 * The index with axes i and j (sizes m, n) made one, k = i·n + j, where that leaves it a formula; undefined where it does not.
 */
export function merged(
  index: Index,
  i: number,
  j: number,
  k: number,
  m: number,
  n: number,
): Index | undefined {
  const factor = (axis: number): number =>
    index.terms.find((t) => t.atom.kind === "axis" && t.atom.axis === axis)?.factor ?? 0;
  if (factor(i) !== factor(j) * n) return undefined;
  const terms: Index[] = [number(index.offset), times(axisIndex(k, m * n), factor(j))];
  for (const { factor: f, atom } of index.terms) {
    if (atom.kind === "axis") {
      if (atom.axis !== i && atom.axis !== j) terms.push(times(atomIndex(atom), f));
    } else if (atom.kind === "value") terms.push(times(atomIndex(atom), f));
    else {
      const of = merged(atom.of, i, j, k, m, n);
      if (of === undefined) return undefined;
      terms.push(times(atomOf(atom.kind, of, atom.by), f));
    }
  }
  return terms.reduce(plus);
}

function rebuilt(index: Index, by: (atom: Atom) => Index): Index {
  return index.terms.reduce(
    (sum, { factor, atom }) => plus(sum, times(by(atom), factor)),
    number(index.offset),
  );
}
