/**
 * Functions → the text of an ES module that a page runs. What a figure draws is one function, which the kernel calls for the
 * static picture and a page for the live one; so it may use its arguments and JavaScript's own names, and nothing else.
 */

// As they are now: a cell may declare names over them.
const { Function, Object, Proxy, ReferenceError, RegExp, Set, String, TypeError } = globalThis;

type AnyFunction = (...parameters: never[]) => unknown;

/** JavaScript's own names, which every page has as well. */
const builtIns = new Set(
  (
    "undefined NaN Infinity isNaN isFinite parseFloat parseInt structuredClone console " +
    "Math JSON Object Array Number String Boolean BigInt Symbol RegExp Date Intl Map Set WeakMap WeakSet Promise Reflect Proxy " +
    "Error TypeError RangeError ArrayBuffer DataView Float64Array Float32Array Int32Array Int16Array Int8Array " +
    "Uint32Array Uint16Array Uint8Array Uint8ClampedArray BigInt64Array BigUint64Array"
  ).split(" "),
);

/** The text of `own` as an expression: a method's too. */
export function textOf(own: AnyFunction): string {
  const text = String(own);
  if (/\{\s*\[native code\]\s*\}$/.test(text))
    throw new TypeError("widget: want a function that was written down, got a native or bound one");
  const isMethod =
    own.name !== "" && new RegExp(`^(async )?\\*?${RegExp.escape(own.name)}\\s*\\(`).test(text);
  return isMethod ? `({ ${text} })[${JSON.stringify(own.name)}]` : text;
}

/** Declarations that find each other by name, and then `last`: a module without imports. */
export function moduleOf(functions: readonly AnyFunction[], last: string): string {
  return `${functions.map(String).join("\n")}\n${last}\n`;
}

/**
 * `own` as a page will have it: cut off from everything around it. `who` names the figure in the error.
 * Calling it throws a ReferenceError when it uses a name from outside.
 */
export function alone<Own extends AnyFunction>(who: string, own: Own): Own {
  const scope = new Proxy(Object.create(null) as object, {
    has: (_, name) => typeof name === "string" && !builtIns.has(name),
    get: (_, name) => {
      if (typeof name === "symbol") return undefined;
      throw new ReferenceError(
        `${who}: want a function of its arguments alone, because a page runs it, got one that uses ${name}; try { data: { ${name} } } and its second argument`,
      );
    },
  });
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is that of a function which the caller has
  return Function("scope", `with (scope) return (${textOf(own)})`)(scope) as Own;
}
