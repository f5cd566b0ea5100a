/**
 * The session's variables: what earlier cells have declared, as it stands now. For `%who`, and for front ends that ask.
 * Names in, a list out. Nothing of the user's runs (live.ts).
 */
import type { MimeBundle } from "../display/bundle.ts";
import { DEFAULT } from "../evaluate/modules.ts";
import { inTime } from "./check.ts";
import type { Asker } from "./complete.ts";
import { plainValueOf, valueOf, type LiveValue } from "./live.ts";

export interface Variable {
  readonly name: string;
  /** TypeScript's; the value's own class where TypeScript does not answer. */
  readonly type: string;
  /** Lengths along the axes: [3] for an array of 3, [2, 3] for a tensor. */
  readonly shape?: readonly number[];
  /** Of the numbers that it holds. */
  readonly sizeBytes?: number;
  /** One line. */
  readonly value: string;
}

const mostListed = 500;
const typesMs = 5000;
const mostChars = 80;

export async function variables(asker: Asker): Promise<readonly Variable[]> {
  const names = asker.modules.visible.filter(({ kind }) => kind !== "type").map(({ name }) => name);
  const listed = names.slice(-mostListed);
  const [types, values] = await Promise.all([
    typesOf(asker, listed),
    Promise.all(listed.map((name) => valueOf(asker.peek, name))),
  ]);
  const found = await Promise.all(
    listed.map(async (name, index) => {
      const value = values[index];
      return value && { name, ...(await measure(asker, name, value)), ...formOf(value, types[index]) };
    }),
  );
  return found.filter((each) => each !== undefined);
}

export function variablesBundle(list: readonly Variable[]): MimeBundle {
  if (list.length === 0) return { "text/plain": "no variables yet" };
  const rows = list.map((each) => [each.name, each.type, extent(each), each.value]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => Math.min(row[column].length, 40))));
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const html = rows.map((row) => `<tr>${row.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`);
  const head = ["name", "type", "shape, size", "value"].map((title) => `<th>${title}</th>`).join("");
  return {
    "text/plain": text.join("\n"),
    "text/html": `<table><thead><tr>${head}</tr></thead><tbody>${html.join("")}</tbody></table>`,
  };
}

/** One text with a name a line, and a hover at each. */
async function typesOf(
  { documents }: Asker,
  names: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const text = names.join(";\n");
  const asked = names.map((_, line) =>
    documents.askDraft<{ contents: { value: string } } | null>("textDocument/hover", text, {
      position: { line: line + 1, character: 0 },
    }),
  );
  const hovers = (await inTime(Promise.all(asked), typesMs).catch(() => undefined)) ?? [];
  return hovers.map((hover, index) => typeIn(hover?.contents.value ?? "", names[index]));
}

/** `const x: number` → number; `function f(a: number): void` → (a: number) => void; `class A<T>` → class A<T>. */
function typeIn(hover: string, name: string): string | undefined {
  const line = /^```\w+\n(?:\(alias\) )?([^]*?)\n```/.exec(hover)?.[1]?.replace(/\nimport .*$/, "");
  if (line === undefined) return undefined;
  const text = line.replace(/\s+/g, " ");
  const called = name === DEFAULT ? "default" : name;
  const at = text.search(new RegExp(`(?<![\\w$])${called.replaceAll("$", "\\$")}(?=[:(<])`));
  const afterName = at < 0 ? "" : text.slice(at + called.length);
  if (text.startsWith("function ")) return /^[^]*\)(?=: )/.exec(afterName)?.[0].concat(" => …") ?? "function";
  if (/^(class|enum|namespace) /.test(text)) return text;
  return at < 0 ? undefined : afterName.replace(/^: /, "");
}

function formOf(value: LiveValue, type: string | undefined): Pick<Variable, "type" | "value"> {
  const isTold = type !== undefined && type !== "any";
  return {
    type: clip(isTold ? type : value.type),
    value: value.type === "function" ? "" : clip(value.short),
  };
}

const bytesEach: Readonly<Record<string, number>> = {
  Int8Array: 1, Uint8Array: 1, Uint8ClampedArray: 1, Buffer: 1, ArrayBuffer: 1, SharedArrayBuffer: 1, Int16Array: 2, Uint16Array: 2,
  Float16Array: 2, Int32Array: 4, Uint32Array: 4, Float32Array: 4, Float64Array: 8, BigInt64Array: 8, BigUint64Array: 8,
}; // prettier-ignore
const bytesOfDtype: Readonly<Record<string, number>> = { f32: 4, f16: 2, i32: 4, u32: 4, u8: 1, bool: 1 };

async function measure(
  { peek }: Asker,
  name: string,
  { type, length }: LiveValue,
): Promise<Pick<Variable, "shape" | "sizeBytes">> {
  if (type === "Tensor") return measureTensor(await plainValueOf(peek, `[${name}.dtype, ...${name}.shape]`));
  if (length === undefined) return {};
  const each = bytesEach[type];
  return { shape: [length], ...(each === undefined ? {} : { sizeBytes: each * length }) };
}

function measureTensor(answer: unknown): Pick<Variable, "shape" | "sizeBytes"> {
  if (!Array.isArray(answer)) return {};
  const [dtype, ...shape] = answer as [string, ...number[]];
  const each = bytesOfDtype[dtype];
  const sizeBytes = shape.reduce((product, size) => product * size, each ?? 0);
  return { shape, ...(each === undefined ? {} : { sizeBytes }) };
}

function extent({ shape, sizeBytes }: Variable): string {
  const size =
    sizeBytes === undefined
      ? ""
      : sizeBytes < 1e3
        ? `${sizeBytes} B`
        : sizeBytes < 1e6
          ? `${(sizeBytes / 1e3).toFixed(1)} kB`
          : `${(sizeBytes / 1e6).toFixed(1)} MB`;
  return [shape ? `[${shape.join(", ")}]` : "", size].filter((part) => part !== "").join(" ");
}

function clip(text: string): string {
  return text.length <= mostChars ? text : `${text.slice(0, mostChars - 1)}…`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
