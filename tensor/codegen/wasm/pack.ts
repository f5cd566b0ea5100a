/**
 * Copies operands of a matrix product into panels: the order in which tiles read them.
 * A: panels of `rows` rows, within each for every k its column. B: panels of `columns` columns, for every k its row.
 * What lies beyond the edge of a matrix is whatever is there: it reaches only results that are not stored.
 */
import type { FunctionWriter, Local } from "./encode.ts";
import { type Expr, f32, i32, i8x16, v128 } from "./instructions.ts";
import type { View } from "./launch.ts";

interface Panel {
  readonly from: Local<"i32">;
  readonly to: Local<"i32">;
  readonly panel: Local<"i32">;
  readonly view: View;
  readonly k: number;
}

/** One panel of A. */
export function packRows(
  f: FunctionWriter,
  panel: Panel & { readonly m: number; readonly rows: number },
): void {
  const { view, m, rows } = panel;
  copyPanel(f, panel, { count: rows, size: m, across: view.row, along: view.column });
}

/** One panel of B. */
export function packColumns(
  f: FunctionWriter,
  panel: Panel & { readonly n: number; readonly columns: number },
): void {
  const { view, n, columns } = panel;
  if (view.column === 1) copyRows(f, panel, columns);
  else copyPanel(f, panel, { count: columns, size: n, across: view.column, along: view.row });
}

/** Neighbours lie side by side: whole vectors, k by k. */
function copyRows(f: FunctionWriter, { from, to, panel, view, k }: Panel, columns: number): void {
  const i = f.local("i32");
  const p = f.let(i32.add(from, i32.mul(panel, columns * 4)));
  const vectors = f.locals("v128", columns / 4);
  f.for(i, 0, k, 1, () => {
    // All loads before all stores: so V8 may join them in pairs.
    for (const [v, x] of vectors.entries()) f.set(x, v128.load(p, v * 16));
    for (const [v, x] of vectors.entries()) f.do(v128.store(to, x, v * 16));
    f.add(p, view.row * 4);
    f.add(to, columns * 4);
  });
}

interface Across {
  /** Rows of A (columns of B) in a panel, and in the matrix. */
  readonly count: number;
  readonly size: number;
  /** From one to the next, and from k to k + 1; in elements. */
  readonly across: number;
  readonly along: number;
}

/** Any strides: a pointer for each of the panel's rows (or columns); those beyond the edge repeat the last. */
function copyPanel(
  f: FunctionWriter,
  { from, to, panel, k }: Panel,
  { count, size, across, along }: Across,
): void {
  const i = f.local("i32");
  const first = f.let(i32.mul(panel, count));
  const pointers = Array.from({ length: count }, (_, r) => {
    const index = f.let(i32.add(first, r));
    f.if(i32.geS(index, size), () => f.set(index, size - 1));
    return f.let(i32.add(from, i32.mul(index, across * 4)));
  });
  const whole = along === 1 ? k & ~3 : 0;
  f.for(i, 0, whole, 4, () => {
    for (let r = 0; r + 4 <= count; r += 4) turnFour(f, pointers.slice(r, r + 4), to, r * 4, count * 4);
    if (count % 4 === 2) turnTwo(f, pointers.slice(-2), to, (count - 2) * 4, count * 4);
    for (const p of pointers) f.add(p, 16);
    f.add(to, count * 16);
  });
  f.for(i, whole, k, 1, () => {
    for (const [r, p] of pointers.entries()) {
      f.do(f32.store(to, f32.load(p), r * 4));
      f.add(p, along * 4);
    }
    f.add(to, count * 4);
  });
}

type Lanes = readonly [number, number, number, number];

/** Lanes 0 … 3 are a's, 4 … 7 b's. */
function shuffle(a: Expr<"v128">, b: Expr<"v128">, lanes: Lanes): Expr<"v128"> {
  return i8x16.shuffle(
    a,
    b,
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  );
}

/** Four numbers of each of four rows, turned: stored as four groups of four, `step` bytes apart. */
function turnFour(
  f: FunctionWriter,
  rows: readonly Local<"i32">[],
  to: Local<"i32">,
  offset: number,
  step: number,
): void {
  const [a, b, c, d] = rows.map((p) => f.let(v128.load(p)));
  const [ab, cd] = [f.let(shuffle(a, b, [0, 4, 1, 5])), f.let(shuffle(c, d, [0, 4, 1, 5]))];
  const [abHigh, cdHigh] = [f.let(shuffle(a, b, [2, 6, 3, 7])), f.let(shuffle(c, d, [2, 6, 3, 7]))];
  f.do(
    v128.store(to, shuffle(ab, cd, [0, 1, 4, 5]), offset),
    v128.store(to, shuffle(ab, cd, [2, 3, 6, 7]), offset + step),
    v128.store(to, shuffle(abHigh, cdHigh, [0, 1, 4, 5]), offset + 2 * step),
    v128.store(to, shuffle(abHigh, cdHigh, [2, 3, 6, 7]), offset + 3 * step),
  );
}

/** The same for two rows: four groups of two. */
function turnTwo(
  f: FunctionWriter,
  rows: readonly Local<"i32">[],
  to: Local<"i32">,
  offset: number,
  step: number,
): void {
  const [a, b] = rows.map((p) => f.let(v128.load(p)));
  const [low, high] = [f.let(shuffle(a, b, [0, 4, 1, 5])), f.let(shuffle(a, b, [2, 6, 3, 7]))];
  for (const [i, pairs] of [low, high].entries())
    for (const half of [0, 1]) f.do(v128.store64Lane(to, pairs, half, offset + (2 * i + half) * step));
}
