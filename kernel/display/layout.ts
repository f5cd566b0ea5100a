/**
 * Parts of a value's text → one text: on one line while it fits, else a part a line; many short items in columns.
 * Strings in, a string out. The rules are those of Node's `util.inspect`, so that a reader meets one style.
 */

/** Lines are broken so that they seldom pass this column. */
const width = 100;
/** So many levels may share one line. */
const levelsOnALine = 3;
const mostColumns = 16;

const { Array, Math } = globalThis; // as it is now: a cell may declare a name over it

export interface Parts {
  /** `Map(2)`, or "" for a plain object or array. */
  readonly prefix: string;
  readonly open: string;
  readonly close: string;
  readonly items: readonly string[];
  /** Columns to the left of the value. */
  readonly indent: number;
  /** How many levels stand below. */
  readonly levels: number;
  /** Whether short items may be put in columns, and whether they are numbers (flush right). */
  readonly grouped?: "text" | "numbers";
}

/** The value's text; its second and later lines carry their own indent. */
export function layOut({ prefix, open, close, items, indent, levels, grouped }: Parts): string {
  const start = prefix === "" ? open : `${prefix} ${open}`;
  if (items.length === 0) return `${start}${close}`;
  const rows = grouped ? inColumns(items, indent, grouped) : items;
  const isFlat = rows === items && levels < levelsOnALine && !rows.some((row) => row.includes("\n"));
  const length = rows.reduce((sum, row) => sum + row.length + 2, start.length + close.length + indent);
  if (isFlat && length < width) return `${start} ${rows.join(", ")} ${close}`;
  const line = `\n${" ".repeat(indent)}`;
  return `${start}${line}  ${rows.join(`,${line}  `)}${line}${close}`;
}

/** Rows of as many equally wide columns as fit; the items themselves where that would gain nothing. */
function inColumns(items: readonly string[], indent: number, grouped: "text" | "numbers"): readonly string[] {
  const note = items.at(-1)?.startsWith("... ") ? items.slice(-1) : [];
  const cells = note.length > 0 ? items.slice(0, -1) : items;
  const wide = cells.reduce((most, cell) => Math.max(most, cell.length), 0);
  const columns = Math.min(Math.floor((width - indent) / (wide + 2)), mostColumns);
  if (
    cells.length <= 6 ||
    columns < 3 ||
    cells.length <= columns ||
    cells.some((cell) => cell.includes("\n"))
  )
    return items;
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    rowOf(cells.slice(row * columns, (row + 1) * columns), wide, grouped),
  );
  return [...rows, ...note];
}

function rowOf(cells: readonly string[], wide: number, grouped: "text" | "numbers"): string {
  if (grouped === "numbers") return cells.map((cell) => cell.padStart(wide)).join(", ");
  return cells.map((cell, i) => (i < cells.length - 1 ? `${cell},`.padEnd(wide + 1) : cell)).join(" ");
}
