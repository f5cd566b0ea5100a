/**
 * A short text for any thrown value. Never throws: getters, proxies and `toString` may.
 */

/** Reads a property of anything; undefined when that throws. */
export function readSafely(value: unknown, key: PropertyKey): unknown {
  return safely(() => (value as Record<PropertyKey, unknown>)[key], undefined);
}

/** What `read` returns, or `otherwise` when it throws. */
export function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** `'text'`, `null`, `[1, 2]`, `Point { x: 1 }`, one line, one level deep. */
export function preview(value: unknown): string {
  const isObject = typeof value === "object" && value !== null;
  return safely(
    () => (isObject ? previewObject(value) : previewPrimitive(value)),
    "a value that cannot be shown",
  );
}

function previewPrimitive(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "function") return `[function ${value.name || "(anonymous)"}]`;
  return typeof value === "bigint" ? `${value}n` : String(value);
}

function previewObject(value: object): string {
  const MOST = 6;
  const keys = Object.keys(value);
  const more = keys.length > MOST ? ", …" : "";
  const parts = keys.slice(0, MOST).map((key) => [key, previewInner(readSafely(value, key))]);
  if (Array.isArray(value)) return `[${parts.map(([, text]) => text).join(", ")}${more}]`;
  const body =
    parts.length > 0 ? `{ ${parts.map(([key, text]) => `${key}: ${text}`).join(", ")}${more} }` : "{}";
  const name = className(value);
  return name === "Object" ? body : `${name} ${body}`;
}

function previewInner(value: unknown): string {
  if (typeof value !== "object" || value === null) return previewPrimitive(value);
  return Array.isArray(value) ? "[…]" : "{…}";
}

function className(value: object): string {
  if (Object.getPrototypeOf(value) === null) return "[no prototype]";
  const name = readSafely(readSafely(value, "constructor"), "name");
  return typeof name === "string" && name !== "" ? name : "Object";
}
