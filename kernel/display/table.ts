/**
 * Arrays of records, Maps, Sets and typed arrays → an HTML table: caption, column and row headers, numbers flush right.
 * Long ones are cut in the middle, and the cut says how much is missing. Reads data only: no getter runs.
 */
import { inspectValue } from "./inspect.ts";

// A cell may declare names over these; what is shown must not depend on it.
const { Array, ArrayBuffer, Map, Math, Object, Reflect, Set } = globalThis;

export interface TableOptions {
  /** Which keys, and in which order. Default: all, in the order in which the rows bring them. */
  readonly columns?: readonly string[];
  readonly caption?: string;
  /** Rows to show, half of them from the end. Default 20. */
  readonly mostRows?: number;
}

/** What a table shows: headers, and a function that reads row `i`. */
export interface Grid {
  readonly caption: string;
  readonly rowCount: number;
  /** Of the rows' own headers, then of the columns. */
  readonly headers: readonly string[];
  /** Row header, then one entry a column; a hole is `missing`. */
  readonly row: (index: number) => readonly unknown[];
}

export const missing: unique symbol = Symbol("missing");

const defaultRows = 20;
const mostColumns = 20;
const mostCellText = 80;
const numbersARow = 10;
const sampleSize = 100;

/** The grid of a value that reads best as a table; undefined for all others, and for empty ones. */
export function gridOf(value: unknown, options: TableOptions = {}): Grid | undefined {
  try {
    if (Array.isArray(value)) return recordGrid(value.length, (i) => value[i] as unknown, options);
    if (value instanceof Map) return mapGrid(value, options);
    if (value instanceof Set) return setGrid(value, options);
    if (ArrayBuffer.isView(value) && "length" in value) return numberGrid(value as Uint8Array, options);
  } catch {
    return undefined; // a proxy whose traps throw: the value is then shown as text only
  }
  return undefined;
}

export function htmlTable(grid: Grid, mostRows = defaultRows): string {
  const rows = shownRows(grid.rowCount, mostRows).map((index) =>
    index === undefined
      ? `<tr><td colspan="${grid.headers.length}">… ${grid.rowCount - mostRows} more rows …</td></tr>`
      : htmlRow(grid.row(index)),
  );
  const headers = grid.headers.map((header) => `<th scope="col">${escapeHtml(header)}</th>`).join("");
  return `<table><caption>${escapeHtml(grid.caption)}</caption><thead><tr>${headers}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** The same table as lines of text, columns aligned. */
export function textTable(grid: Grid, mostRows = defaultRows): string {
  const lines = shownRows(grid.rowCount, mostRows).map((index) =>
    index === undefined ? undefined : grid.row(index),
  );
  const texts = [grid.headers, ...lines.map((line) => line?.map(cellText))];
  const widths = grid.headers.map((_, column) =>
    Math.max(...texts.map((line) => line?.[column].length ?? 1)),
  );
  const isNumber = grid.headers.map((_, column) =>
    lines.some((line) => line && typeof line[column] === "number"),
  );
  const body = texts.map((line) =>
    line === undefined
      ? `… ${grid.rowCount - mostRows} more rows`
      : line
          .map((text, i) => (isNumber[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
          .join("  ")
          .trimEnd(),
  );
  return [grid.caption, ...body].join("\n");
}

/** First and last rows; undefined stands for those between. */
function shownRows(count: number, most: number): readonly (number | undefined)[] {
  const all = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  if (count <= most) return all(0, count);
  const head = Math.ceil(most / 2);
  return [...all(0, head), undefined, ...all(count - (most - head), most - head)];
}

function recordGrid(
  rowCount: number,
  at: (index: number) => unknown,
  { columns, caption, mostRows = defaultRows }: TableOptions,
): Grid | undefined {
  const shown = shownRows(rowCount, mostRows).flatMap((index) => (index === undefined ? [] : [at(index)]));
  const sample = [...shown, ...Array.from({ length: Math.min(rowCount, sampleSize) }, (_, i) => at(i))];
  if (rowCount === 0 || !sample.every(isRecord)) return undefined;
  const all = columns ?? [...new Set(shown.flatMap((record) => Object.keys(record as object)))];
  if (all.length === 0) return undefined;
  const kept = all.slice(0, mostColumns);
  const left = all.length - kept.length;
  const more = left > 0 ? `, ${left} more column${left === 1 ? "" : "s"}` : "";
  return {
    caption: caption ?? `${count(rowCount, "record")}${more}`,
    rowCount,
    headers: ["", ...kept],
    row: (i) => [i, ...kept.map((key) => field(at(i) as object, key))],
  };
}

function mapGrid(map: Map<unknown, unknown>, options: TableOptions): Grid | undefined {
  if (map.size === 0) return undefined;
  const entries = [...Map.prototype.entries.call(map)] as [unknown, unknown][];
  const caption = options.caption ?? `Map, ${count(map.size, "entry", "entries")}`;
  const records = recordGrid(entries.length, (i) => entries[i][1], { ...options, caption });
  if (records)
    return {
      ...records,
      headers: ["key", ...records.headers.slice(1)],
      row: (i) => [entries[i][0], ...records.row(i).slice(1)],
    };
  return { caption, rowCount: entries.length, headers: ["key", "value"], row: (i) => entries[i] };
}

function setGrid(set: Set<unknown>, options: TableOptions): Grid | undefined {
  if (set.size === 0) return undefined;
  const members = [...Set.prototype.values.call(set)];
  const caption = options.caption ?? `Set, ${count(set.size, "member")}`;
  return (
    recordGrid(members.length, (i) => members[i], { ...options, caption }) ?? {
      caption,
      rowCount: members.length,
      headers: ["", "member"],
      row: (i) => [i, members[i]],
    }
  );
}

/** Ten numbers a row, so that a long array stays readable; the row's header is the index of its first. */
function numberGrid(numbers: Uint8Array, { caption }: TableOptions): Grid | undefined {
  if (numbers.length === 0) return undefined;
  const columns = Math.min(numbers.length, numbersARow);
  return {
    caption:
      caption ??
      `${Object.prototype.toString.call(numbers).slice(8, -1)}, ${count(numbers.length, "element")}`,
    rowCount: Math.ceil(numbers.length / columns),
    headers: ["", ...Array.from({ length: columns }, (_, i) => `+${i}`)],
    row: (i) => [
      i * columns,
      ...Array.from({ length: columns }, (_, j) =>
        i * columns + j < numbers.length ? numbers[i * columns + j] : missing,
      ),
    ],
  };
}

/** A plain object: an instance of a class has more to say than its fields. */
function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Reflect.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A property's value without running a getter. */
function field(record: object, key: string): unknown {
  const descriptor = Reflect.getOwnPropertyDescriptor(record, key);
  if (!descriptor) return missing;
  return "value" in descriptor ? (descriptor.value as unknown) : "[Getter]";
}

function htmlRow([header, ...cells]: readonly unknown[]): string {
  const body = cells.map((cell) => {
    const isNumber = typeof cell === "number" || typeof cell === "bigint";
    return `<td${isNumber ? ' style="text-align:right"' : ""}>${escapeHtml(cellText(cell))}</td>`;
  });
  return `<tr><th scope="row">${escapeHtml(cellText(header))}</th>${body.join("")}</tr>`;
}

/** Strings as they are, everything else as the inspector has it, on one line. */
function cellText(value: unknown): string {
  if (value === missing) return "";
  const text = typeof value === "string" ? value : inspectValue(value, cellLimits).replace(/\s*\n\s*/g, " ");
  return text.length > mostCellText ? `${text.slice(0, mostCellText - 1)}…` : text;
}

const cellLimits = { mostLevels: 1, mostItems: 6, mostText: 2 * mostCellText };

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[character] ?? "&#39;",
  );
}
