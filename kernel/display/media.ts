/**
 * Text of a known kind → a value that a notebook shows as that kind: `html("<b>bold</b>")`, also as a template: html`<b>${x}</b>`.
 * Nothing is escaped: these functions trust their caller.
 */
import { displaySymbol, type Displayable, type MimeBundle } from "./bundle.ts";
import { pictureType } from "./known.ts";
import { gridOf, htmlTable, textTable, type TableOptions } from "./table.ts";

type Text = string | TemplateStringsArray;

export const html = (text: Text, ...values: unknown[]): Displayable => shown("text/html", text, values);
export const markdown = (text: Text, ...values: unknown[]): Displayable =>
  shown("text/markdown", text, values);
/** The same by Deno's name. */
export const md = markdown;
/** Runs in the page that shows it, where the front end allows scripts; a saved notebook's do not run again unless it is trusted. */
export const javascript = (text: Text, ...values: unknown[]): Displayable =>
  shown("text/javascript", text, values);
export const svg = (text: Text, ...values: unknown[]): Displayable => shown("image/svg+xml", text, values);

/** Mathematics: `latex("e^{i\\pi} + 1 = 0")` is set on a line of its own; text that brings its own `$` or `\begin` stays as it is. */
export function latex(text: Text, ...values: unknown[]): Displayable {
  const source = typeof text === "string" ? text : String.raw(text, ...values);
  return shown("text/latex", /^\s*(\$|\\begin|\\\[)/.test(source) ? source : `$$${source}$$`, []);
}

/** A tree that can be folded and searched. `value` must survive JSON.stringify. */
export function json(value: unknown): Displayable {
  return bundled({
    "application/json": JSON.parse(JSON.stringify(value)),
    "text/plain": JSON.stringify(value, null, 2),
  });
}

/**
 * Rows as a table with a caption, chosen columns and as many rows as wanted: `table(records, { columns: ["name"], mostRows: 50 })`.
 * rows: an array of records, a Map, a Set or a typed array. Throws a TypeError for anything else, and for an empty one.
 */
export function table(rows: unknown, options: TableOptions = {}): Displayable {
  const grid = gridOf(rows, options);
  if (!grid)
    throw new TypeError(
      "table: want an array of records, a Map, a Set or a typed array with something in it, got none of these; try display(value)",
    );
  return bundled({
    "text/plain": textTable(grid, options.mostRows),
    "text/html": htmlTable(grid, options.mostRows),
  });
}

/** A picture from the bytes of a PNG, JPEG, GIF or WebP file. Throws a TypeError for other bytes. */
export function image(bytes: Uint8Array, alt = "image"): Displayable {
  const type = pictureType(bytes);
  if (!type)
    throw new TypeError(
      `image: want the bytes of a PNG, JPEG, GIF or WebP file, got ${bytes.length} bytes of another kind`,
    );
  return bundled({ [type]: bytes.toBase64(), "text/plain": alt });
}

function shown(type: string, text: Text, values: readonly unknown[]): Displayable {
  const source = typeof text === "string" ? text : String.raw({ raw: text }, ...values);
  return bundled({ [type]: source, "text/plain": source });
}

function bundled(bundle: MimeBundle): Displayable {
  return { [displaySymbol]: () => bundle };
}
