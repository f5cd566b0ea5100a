/** What things are called in the text of a value: classes, functions, keys, quoted strings. Node's conventions; pure. */

// A cell may declare names over these; what is shown must not depend on it.
const { Function, Reflect, String } = globalThis;

/** The class of an object by its prototypes' own `constructor`; undefined where there is none. Runs no getter. */
export function className(value: object): string | undefined {
  for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
    const constructor: unknown = Reflect.getOwnPropertyDescriptor(at, "constructor")?.value;
    if (typeof constructor === "function" && at !== value) {
      const name: unknown = Reflect.getOwnPropertyDescriptor(constructor, "name")?.value;
      if (typeof name === "string" && name !== "") return name;
    }
  }
  return undefined;
}

/** `[Function: f]`, `[class A extends B]`, `[AsyncFunction (anonymous)]`. */
export function functionName(value: (...args: never[]) => unknown): string {
  const source = Function.prototype.toString.call(value);
  const own: unknown = Reflect.getOwnPropertyDescriptor(value, "name")?.value;
  const name = typeof own === "string" && own !== "" ? own : "(anonymous)";
  if (!/^class\b/.test(source)) {
    const kind = className(value) ?? "Function";
    return name === "(anonymous)" ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`;
  }
  const parent = Reflect.getPrototypeOf(value);
  const parentName: unknown = parent && Reflect.getOwnPropertyDescriptor(parent, "name")?.value;
  const from = typeof parentName === "string" && parentName !== "" ? ` extends ${parentName}` : "";
  return `[class ${name}${from}]`;
}

/** A key before its colon: `name`, `'two words'`, `Symbol(a)`. */
export function keyText(key: PropertyKey): string {
  if (typeof key === "symbol") return String(key);
  return /^[A-Za-z_$][\w$]*$/.test(String(key)) ? String(key) : quote(String(key));
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v" }; // prettier-ignore

/** In single quotes, or in others where that needs fewer escapes. */
export function quote(text: string): string {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !/`|\$\{/.test(text) ? "`" : "'";
  const inner = text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what has to be escaped
    /[\u0000-\u001f\u007f-\u009f\\]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    escapeOf,
  );
  return `${mark}${mark === "'" ? inner.replaceAll("'", "\\'") : inner}${mark}`;
}

function escapeOf(character: string): string {
  if (character === "\\") return "\\\\";
  const code = character.charCodeAt(0);
  if (code >= 0xd800) return `\\u${code.toString(16)}`;
  return escapes[character] ?? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
