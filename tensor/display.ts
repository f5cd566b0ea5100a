/**
 * What a person sees of a tensor: text as NumPy prints it, a small table, or a heat map where a table would not fit.
 * Elements, sizes, dtype in; MIME bundle out. Knows no device and no notebook.
 */
import type { Data, DType } from "./dtype.ts";
import { heatMap } from "./heatmap.ts";
import { show } from "./shape/error.ts";

export type MimeBundle = Readonly<Record<string, string>>;

/** A matrix of at most this many rows and columns is a table. */
const tableSize = 12;
/** Longer axes show so many elements at either end. */
const edge = 3;

/** text/plain always; text/html for a table, image/svg+xml for a heat map. Of a higher rank the first matrix is shown. */
export function mimeBundle(data: Data, shape: readonly number[], dtype: DType, device: string): MimeBundle {
  const plain = { "text/plain": describe(data, shape, dtype) };
  const title = `Tensor ${dtype}${show(shape)} on ${device}`;
  if (shape.length === 0 || data.length === 0) return plain;
  const [rows, columns] = shape.length === 1 ? [1, shape[0]] : shape.slice(-2);
  const first = data.subarray(0, rows * columns);
  const caption = shape.length > 2 ? `${title}, the first of ${data.length / first.length} matrices` : title;
  if (rows > tableSize || (columns > tableSize && rows > 1))
    return { ...plain, "image/svg+xml": heatMap(first, rows, columns, caption) };
  return { ...plain, "text/html": table(first, rows, columns, dtype, caption) };
}

/** Tensor f32[2,2], then the elements, long axes cut in the middle. */
export function describe(data: Data, shape: readonly number[], dtype: DType): string {
  const head = `Tensor ${dtype}${show(shape)}`;
  return data.length === 0 ? head : `${head}\n${nested(data, shape, dtype, 0, 0)}`;
}

function nested(data: Data, shape: readonly number[], dtype: DType, axis: number, at: number): string {
  if (axis === shape.length) return format(data[at], dtype);
  const width = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const last = axis === shape.length - 1;
  const parts = ends(shape[axis]).map((i) =>
    i === null ? "…" : nested(data, shape, dtype, axis + 1, at + i * width),
  );
  return `[${parts.join(last ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
}

/** The indices to show of an axis; null stands for those left out. */
function ends(n: number): readonly (number | null)[] {
  const all = Array.from({ length: n }, (_, i) => i);
  return n <= tableSize ? all : [...all.slice(0, edge), null, ...all.slice(-edge)];
}

function table(data: Data, rows: number, columns: number, dtype: DType, caption: string): string {
  const cell = (text: string) => `<td style="text-align:right">${text}</td>`;
  const row = (i: number | null) =>
    ends(columns)
      .map((j) => cell(i === null || j === null ? "…" : format(data[i * columns + j], dtype)))
      .join("");
  const body = ends(rows)
    .map((i) => `<tr>${row(i)}</tr>`)
    .join("");
  return `<table><caption>${caption}</caption><tbody>${body}</tbody></table>`;
}

/** Four significant digits; NaN and ±∞ by name. */
function format(x: number, dtype: DType): string {
  if (dtype === "bool") return x === 0 ? "false" : "true";
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return Object.is(x, -0) ? "-0" : String(x);
  return Number.isFinite(x) ? String(Number(x.toPrecision(4))) : String(x).replace("Infinity", "inf");
}
