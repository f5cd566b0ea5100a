/**
 * Products with at most four rows (or columns): a vector, a few tokens. Every number of the other matrix is read once, so memory
 * sets the pace, and copying it first would triple the work. The thin operand is copied; the wide one is read as it lies.
 */
import type { FunctionWriter, Local, ModuleWriter } from "./encode.ts";
import { type Expr, f32, f32x4, i32, memory, multiplyAdd, v128 } from "./instructions.ts";
import {
  bufferAt,
  matrixAt,
  type Place,
  product,
  type StoreTile,
  type TemplateLaunch,
  type View,
  writePhase,
} from "./launch.ts";
import type { MatmulSpec } from "./matmul.ts";
import type { Tier } from "./tier.ts";

const mostThin = 4;

/** A product seen from its thin side: element [t, l] = Σₖ thin[t, k]·wide[l, k]. */
interface Thin {
  readonly spec: MatmulSpec;
  readonly tier: Tier;
  /** Whether the thin operand is A, so that t is a row of the result and l a column. */
  readonly isA: boolean;
  readonly count: number;
  readonly size: number;
  readonly thin: Strides;
  readonly wide: Strides;
}

/** `across`: from t to t + 1 (or l to l + 1); `along`: from k to k + 1. In elements. */
interface Strides {
  readonly view: View;
  readonly across: number;
  readonly along: number;
}

/** The product as thin × wide; undefined where it is not thin, or the wide operand does not lie in whole vectors. */
export function thinOf(spec: MatmulSpec, tier: Tier): Thin | undefined {
  const { m, n, a, b } = spec;
  const isA = m <= n;
  const [count, size] = isA ? [m, n] : [n, m];
  const [rows, columns] = [
    { view: a, across: a.row, along: a.column },
    { view: b, across: b.column, along: b.row },
  ];
  const [thin, wide] = isA ? [rows, columns] : [columns, rows];
  if (count > mostThin || (wide.along !== 1 && wide.across !== 1)) return undefined;
  return { spec, tier, isA, count, size, thin, wide };
}

export function writeThin(
  module: ModuleWriter,
  name: string,
  product: Thin,
  workspace: number,
  store: StoreTile,
): TemplateLaunch {
  const { spec, count, wide } = product;
  writeCopy(module, `${name}.copy`, product, workspace);
  const rest = wide.along === 1 ? writeDots : writeStrips;
  const { items, scratchBytes } = rest(module, `${name}.rows`, product, workspace, store);
  const batches = batchesOf(spec);
  const bytesPerItem = (product.size * spec.k * 4 * batches) / items;
  return {
    phases: [
      { fn: `${name}.copy`, items: batches, grain: batches },
      { fn: `${name}.rows`, items, grain: Math.ceil(1e5 / bytesPerItem) },
    ],
    scratchBytes,
    workspaceBytes: batches * count * rowBytes(spec.k),
  };
}

function batchesOf({ batch }: MatmulSpec): number {
  return product(batch);
}

/** A row of the copy: whole vectors. */
function rowBytes(k: number): number {
  return Math.ceil(k / 4) * 16;
}

/** Copies the thin operand of each matrix to the workspace, k by k, 0 beyond. */
function writeCopy(module: ModuleWriter, name: string, { spec, count, thin }: Thin, workspace: number): void {
  const bytes = rowBytes(spec.k);
  writePhase(module, name, (f, item, params) => {
    const from = f.let(matrixAt(params, thin.view, spec.batch, item));
    const to = f.let(i32.add(bufferAt(params, workspace), i32.mul(item, count * bytes)));
    const [k, p, q] = f.locals("i32", 3);
    for (let t = 0; t < count; t++) {
      f.set(p, i32.add(from, t * thin.across * 4));
      f.set(q, i32.add(to, t * bytes));
      f.do(v128.store(q, f32x4.splat(0), bytes - 16));
      f.for(k, 0, spec.k, 1, () => {
        f.do(f32.store(q, f32.load(p)));
        f.add(p, thin.along * 4);
        f.add(q, 4);
      });
    }
  });
}

interface Written {
  readonly items: number;
  readonly scratchBytes: number;
}

/** wide[l] lies along k: four dot products at a time, each a stream of its own. */
function writeDots(
  module: ModuleWriter,
  name: string,
  product: Thin,
  workspace: number,
  store: StoreTile,
): Written {
  const { spec, size, count, isA, wide } = product;
  const groups = Math.ceil(size / 4);
  writePhase(module, name, (f, item, params) => {
    const at = placeOf(f, params);
    f.set(at.batch, i32.divU(item, groups));
    const first = f.let(i32.mul(i32.remU(item, groups), 4));
    const x = f.let(i32.add(bufferAt(params, workspace), i32.mul(at.batch, count * rowBytes(spec.k))));
    const matrix = f.let(matrixAt(params, wide.view, spec.batch, at.batch));
    const results = f.locals("v128", isA ? count : 4); // [t] over l, or [l] over t
    for (let lane = 0; lane < 4; lane++) {
      const l = f.let(i32.add(first, lane));
      f.if(i32.ltS(l, size), () => {
        const sums = dots(f, product, f.let(i32.add(matrix, i32.mul(l, wide.across * 4))), x);
        for (const [t, sum] of sums.entries()) {
          const [vector, slot] = isA ? [results[t], lane] : [results[lane], t];
          f.set(vector, f32x4.replace(vector, slot, sum));
        }
      });
    }
    storeGroup(f, product, at, first, results, store);
  });
  return { items: groups * batchesOf(spec), scratchBytes: 0 };
}

function placeOf(f: FunctionWriter, params: Local<"i32">): Place {
  return { params, batch: f.local("i32"), row: f.local("i32"), column: f.local("i32") };
}

/** One row of wide times each of the thin rows. */
function dots(
  f: FunctionWriter,
  { spec, tier, count }: Thin,
  w: Local<"i32">,
  x: Local<"i32">,
): Expr<"f32">[] {
  const { k } = spec;
  const vectors = count <= 2 ? 4 : 2;
  const sums = Array.from({ length: count }, () => f.locals("v128", vectors));
  const row = f.locals("v128", vectors);
  const [p, i] = [f.let(x), f.local("i32")];
  for (const sum of sums.flat()) f.set(sum, f32x4.const(0));
  const step = (width: number): void => {
    for (let v = 0; v < width; v++) f.set(row[v], v128.load(w, v * 16));
    for (const [t, parts] of sums.entries())
      for (let v = 0; v < width; v++)
        f.set(parts[v], multiplyAdd(tier.fused, row[v], v128.load(p, t * rowBytes(k) + v * 16), parts[v]));
    f.add(w, width * 16);
    f.add(p, width * 16);
  };
  const chunk = vectors * 4;
  f.for(i, 0, k - (k % chunk), chunk, () => step(vectors));
  for (let left = k % chunk; left >= 4; left -= 4) step(1);
  if (k % 4 > 0) {
    // What lies beyond the row must not count, not even as NaN times 0.
    const inside = new Uint8Array(16).fill(0xff, 0, (k % 4) * 4);
    f.set(row[0], v128.and(v128.load(w), v128.const(inside)));
    for (const [t, parts] of sums.entries())
      f.set(parts[0], multiplyAdd(tier.fused, row[0], v128.load(p, t * rowBytes(k)), parts[0]));
  }
  return sums.map((parts) => {
    const sum = f.let(parts.reduce<Expr<"v128">>((a, b) => f32x4.add(a, b), f32x4.const(0)));
    const lane = (i: number): Expr<"f32"> => f32x4.extract(sum, i);
    return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
  });
}

/** Hands on the results of l = first … first + 3. */
function storeGroup(
  f: FunctionWriter,
  { isA, count, size }: Thin,
  at: Place,
  first: Local<"i32">,
  results: readonly Local<"v128">[],
  store: StoreTile,
): void {
  if (!isA) {
    const lanes = count === 4 ? 4 : f.let(i32.const(count));
    for (const [lane, result] of results.entries()) {
      f.set(at.row, i32.add(first, lane));
      f.if(i32.ltS(at.row, size), () => store(f, at, result, lanes));
    }
    return;
  }
  f.set(at.column, first);
  for (const [t, result] of results.entries()) {
    f.set(at.row, t);
    const whole = (): void => store(f, at, result, 4);
    if (size % 4 === 0) whole();
    else f.if(i32.leS(first, size - 4), whole, () => store(f, at, result, f.let(i32.const(size % 4))));
  }
}

/** Rows of wide that are added up at once. */
const rowsAtOnce = 8;

/** wide[.., k] lies along l: rows of it, each times its number of x, are added to a strip of sums that stays in the first cache. */
function writeStrips(
  module: ModuleWriter,
  name: string,
  thin: Thin,
  workspace: number,
  store: StoreTile,
): Written {
  const { spec, size, count, wide } = thin;
  const width = Math.min(512, Math.max(64, Math.ceil(size / 8 / 16) * 16));
  const strips = Math.ceil(size / width);
  const stripBytes = width * 4;
  writePhase(module, name, (f, item, params, scratch) => {
    const at = placeOf(f, params);
    f.set(at.batch, i32.divU(item, strips));
    const first = f.let(i32.mul(i32.remU(item, strips), width));
    const end = f.let(i32.add(first, width));
    f.if(i32.gtS(end, size), () => f.set(end, size));
    const x = f.let(i32.add(bufferAt(params, workspace), i32.mul(at.batch, count * rowBytes(spec.k))));
    const from = f.let(i32.add(matrixAt(params, wide.view, spec.batch, at.batch), i32.mul(first, 4)));
    f.do(memory.fill(scratch, 0, count * stripBytes));
    const k = f.local("i32");
    const add = (rows: number): void => {
      for (let t = 0; t < count; t++) {
        const xs = Array.from({ length: rows }, (_, r) =>
          f.let(v128.load32Splat(x, t * rowBytes(spec.k) + r * 4)),
        );
        addRows(f, thin, xs, from, f.let(i32.add(scratch, t * stripBytes)), f.let(i32.sub(end, first)));
      }
      f.add(x, rows * 4);
      f.add(from, rows * wide.along * 4);
    };
    f.for(k, 0, spec.k - (spec.k % rowsAtOnce), rowsAtOnce, () => add(rowsAtOnce));
    if (spec.k % rowsAtOnce > 0) add(spec.k % rowsAtOnce);
    storeStrip(f, thin, at, first, end, scratch, stripBytes, store);
  });
  return { items: strips * batchesOf(spec), scratchBytes: count * stripBytes + 64 };
}

/** sums[l] += Σᵣ xs[r]·wide[l, r], two vectors at a time. */
function addRows(
  f: FunctionWriter,
  { tier, wide }: Thin,
  xs: readonly Local<"v128">[],
  from: Local<"i32">,
  sums: Local<"i32">,
  size: Local<"i32">,
): void {
  const [i, p] = [f.local("i32"), f.let(from)];
  const pair = f.locals("v128", 2);
  f.for(i, 0, size, 8, () => {
    for (const [v, sum] of pair.entries()) f.set(sum, v128.load(sums, v * 16));
    for (const [r, x] of xs.entries())
      for (const [v, sum] of pair.entries())
        f.set(sum, multiplyAdd(tier.fused, x, v128.load(p, r * wide.along * 4 + v * 16), sum));
    for (const [v, sum] of pair.entries()) f.do(v128.store(sums, sum, v * 16));
    f.add(p, 32);
    f.add(sums, 32);
  });
}

function storeStrip(
  f: FunctionWriter,
  thin: Thin,
  at: Place,
  first: Local<"i32">,
  end: Local<"i32">,
  scratch: Local<"i32">,
  stripBytes: number,
  store: StoreTile,
): void {
  const { isA, count } = thin;
  const results = f.locals("v128", isA ? count : 4);
  const l = f.local("i32");
  const p = f.let(scratch);
  f.for(l, first, end, 4, () => {
    for (const [i, result] of results.entries())
      if (isA) f.set(result, v128.load(p, i * stripBytes));
      else
        for (let t = 0; t < count; t++) f.set(result, v128.load32Lane(p, result, t, t * stripBytes + i * 4));
    storeGroup(f, thin, at, l, results, store);
    f.add(p, 16);
  });
}
