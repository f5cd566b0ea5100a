/**
 * Values of other people's libraries that have no bundle of their own but say in another way what they look like: a canvas,
 * an element, bytes of a picture, a Vega view, a data frame. The same ones that Deno's kernel knows, told by the same marks.
 */
import type { MimeBundle } from "./bundle.ts";
import { escapeHtml } from "./table.ts";

// A cell may declare names over these; what is shown must not depend on it.
const { Object, Reflect, Uint8Array } = globalThis;

const signatures: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
];

/** The MIME type of a picture by its first bytes; undefined for other bytes. */
export function pictureType(bytes: Uint8Array): string | undefined {
  return signatures.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0];
}

/** What a known kind of value looks like, without its text; undefined for all others, and where the value's own code throws. */
export function knownBundle(value: unknown): MimeBundle | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    return read(value);
  } catch {
    return undefined; // a proxy's trap or the library's method: the value is then shown as text
  }
}

function read(value: object): MimeBundle | undefined {
  if (value instanceof Uint8Array) {
    const type = pictureType(value);
    return type === undefined ? undefined : { [type]: value };
  }
  const method = (name: string): ((...args: unknown[]) => unknown) | undefined => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === "function"
      ? (...args) => Reflect.apply(found, value, args) as unknown
      : undefined;
  };
  const [toDataUrl, toSpec, head] = [method("toDataURL"), method("toSpec"), method("head")];
  if (toDataUrl) return ofDataUrl(toDataUrl());
  if (toSpec) return ofSpec(toSpec());
  if (head && method("toRecords")) return ofFrame(Reflect.get(value, "schema"), head);
  const markup: unknown = Reflect.get(value, "outerHTML");
  if (typeof markup !== "string") return undefined;
  return { [markup.startsWith("<svg") ? "image/svg+xml" : "text/html"]: markup };
}

function ofDataUrl(url: unknown): MimeBundle | undefined {
  const [, type, data] = /^data:([^;,]+);base64,(.*)$/s.exec(String(url)) ?? [];
  return type === undefined ? undefined : { [type]: data };
}

/** A Vega or Vega-Lite specification; JupyterLab renders Vega-Lite up to version 5, and newer ones by that. */
function ofSpec(spec: unknown): MimeBundle | undefined {
  const schema: unknown =
    typeof spec === "object" && spec !== null ? Reflect.get(spec, "$schema") : undefined;
  if (typeof schema !== "string") return undefined;
  const lite = /vega-lite\/v(\d+)/.exec(schema)?.[1];
  const type = lite === undefined ? "vega.v5" : `vegalite.v${Number(lite) < 5 ? lite : "5"}`;
  return { [`application/vnd.${type}+json`]: spec };
}

interface Frame {
  toRecords(): readonly Readonly<Record<string, unknown>>[];
}

/** Column types by polars's names, in the words of the Tabular Data Resource. */
const columnTypes: Readonly<Record<string, string>> = {
  Null: "null",
  Bool: "boolean",
  Float32: "number",
  Float64: "number",
  List: "array",
  Struct: "object",
};

/** A polars data frame: 50 rows as data, 10 as a table. */
function ofFrame(schema: unknown, head: (rows: number) => unknown): MimeBundle | undefined {
  if (typeof schema !== "object" || schema === null) return undefined;
  const fields = Object.entries(schema).map(([name, type]) => ({ name, type: columnType(type) }));
  const records = (rows: number): ReturnType<Frame["toRecords"]> => (head(rows) as Frame).toRecords();
  const headers = fields.map(({ name }) => `<th>${escapeHtml(name)}</th>`).join("");
  const body = records(10).map(
    (row) => `<tr>${fields.map(({ name }) => `<td>${escapeHtml(String(row[name]))}</td>`).join("")}</tr>`,
  );
  return {
    "application/vnd.dataresource+json": { data: records(50), schema: { fields } },
    "text/html": `<table><thead><tr>${headers}</tr></thead><tbody>${body.join("")}</tbody></table>`,
  };
}

/** polars tells the name of a type only through its JSON. */
function columnType(type: { toJSON(): { DataType?: string } }): string {
  const name = type.toJSON().DataType ?? "";
  return /^U?Int\d+$/.test(name) ? "integer" : (columnTypes[name] ?? "string");
}
