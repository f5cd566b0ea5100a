/**
 * Copies operands of a matrix product into panels: the order in which tiles read them.
 * A: panels of `rows` rows, within each for every k its column. B: panels of `columns` columns, for every k its row.
 * What lies beyond the edge of a matrix is whatever is there: it reaches only results that are not stored.
 */
import type { FunctionWriter, Local } from "./encode.ts";
import { f32, i32, v128 } from "./instructions.ts";
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
  f.for(i, 0, k, 1, () => {
    for (let v = 0; v < columns; v += 4) f.do(v128.store(to, v128.load(p, v * 4), v * 4));
    f.add(p, view.row * 4);
    f.add(to, columns * 4);
  });
}

/** Any strides: a pointer for each of the panel's rows (or columns); those beyond the edge repeat the last. */
function copyPanel(
  f: FunctionWriter,
  { from, to, panel, k }: Panel,
  { count, size, across, along }: { count: number; size: number; across: number; along: number },
): void {
  const i = f.local("i32");
  const first = f.let(i32.mul(panel, count));
  const pointers = Array.from({ length: count }, (_, r) => {
    const index = f.let(i32.add(first, r));
    f.if(i32.geS(index, size), () => f.set(index, size - 1));
    return f.let(i32.add(from, i32.mul(index, across * 4)));
  });
  f.for(i, 0, k, 1, () => {
    for (const [r, p] of pointers.entries()) {
      f.do(f32.store(to, f32.load(p), r * 4));
      f.add(p, along * 4);
    }
    f.add(to, count * 4);
  });
}
