/**
 * A value → its MIME bundle: what it offers by `Symbol.for("Jupyter.display")`, else its text, and a table where that reads better.
 * No Node, no host: how text is made comes in, so that the page can use this file too.
 */

import { knownBundle } from "./known.ts";
import { gridOf, htmlTable } from "./table.ts";

/** MIME type → text, or for JSON types any JSON value. Binary types carry base64. */
export type MimeBundle = Readonly<Record<string, unknown>>;

// A cell may declare `const Object = …`; what is shown must not depend on it.
const { JSON, Object, Promise, Reflect, Uint8Array } = globalThis;

/** A value that brings its own bundle, as in Deno's kernel. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

/** The same by Deno's name: `[$display]() { return { "text/html": … } }`. */
export const $display: typeof displaySymbol = displaySymbol;

export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/**
 * The bundle of `value`; a promise only where the value offers one. `inspect` writes any value as text and does not throw.
 * Throws what the value's own method throws, and a TypeError when that returns no bundle.
 */
export function toBundle(
  value: unknown,
  inspect: (value: unknown) => string,
): MimeBundle | Promise<MimeBundle> {
  const method = displayMethod(value);
  if (!method) return plainBundle(value, inspect);
  const offered: unknown = method.call(value);
  return isThenable(offered) ? Promise.resolve(offered).then((bundle) => checked(bundle)) : checked(offered);
}

/** Binary as base64, everything else as JSON has it. Throws a TypeError unless `bundle` maps MIME types to data. */
export function checked(bundle: unknown): MimeBundle {
  if (typeof bundle !== "object" || bundle === null || Array.isArray(bundle)) throw badBundle(typeof bundle);
  const entries = Object.entries(bundle);
  const wrong = entries.find(
    ([type, data]) => !type.includes("/") || data === undefined || typeof data === "function",
  );
  if (wrong) throw badBundle(`the key ${JSON.stringify(wrong[0])} with ${typeof wrong[1]}`);
  return Object.fromEntries(entries.map(([type, data]) => [type, plainData(data)]));
}

function plainBundle(value: unknown, inspect: (value: unknown) => string): MimeBundle {
  const plain = { "text/plain": inspect(value) };
  const known = knownBundle(value);
  if (known) return { ...plain, ...checked(known) };
  const grid = gridOf(value);
  return grid ? { ...plain, "text/html": htmlTable(grid) } : plain;
}

function displayMethod(value: unknown): ((this: unknown) => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  try {
    const method: unknown = Reflect.get(value, displaySymbol);
    return typeof method === "function" ? (method as () => unknown) : undefined;
  } catch {
    return undefined; // a proxy or getter that throws: the value is then shown as text
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}

/** What survives the wire: a value that JSON cannot hold (a BigInt, a cycle) is the cell's error, told where it is made. */
function plainData(data: unknown): unknown {
  if (typeof data === "string") return data;
  return data instanceof Uint8Array ? data.toBase64() : JSON.parse(JSON.stringify(data));
}

function badBundle(got: string): TypeError {
  return new TypeError(`display: want a bundle such as { "text/html": "<b>bold</b>" }, got ${got}`);
}
