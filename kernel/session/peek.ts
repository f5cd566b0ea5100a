/**
 * Completion and inspection from live values, also while a cell runs. Code and cursor in, matches or a description out.
 * Nothing of the user's runs: V8 evaluates names and `a.b.c` with throwOnSideEffect, and getters are listed, not called.
 */
import type { Runtime } from "node:inspector";
import type { MainThread } from "./thread.ts";

export interface Completion {
  readonly matches: readonly string[];
  /** Code points, not UTF-16 units: the protocol's since 5.2. */
  readonly start: number;
  readonly end: number;
}

const name = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const chain = String.raw`(?:${name}|"[^"\\\n]*"|'[^'\\\n]*')(?:\??\.${name})*`;
/** What stands before the cursor: an optional chain and its dot, then the part of a name. Not after `)` or `]`: that would be a call. */
const beforeCursor = new RegExp(
  String.raw`(?<![\p{ID_Continue}$.)\]"'])(?:(${chain})\??\.)?((?:${name})?)$`,
  "u",
);
const chainAt = new RegExp(String.raw`(?<![\p{ID_Continue}$.)\]])${chain}`, "gu");
const wholeName = new RegExp(`^${name}$`, "u");
const peekMs = 500;
const group = "below-peek";
const keywords =
  "abstract as async await break case catch class const continue debugger declare default delete do else enum export extends false finally for from function if implements import in instanceof interface let new null of private protected public readonly return satisfies static super switch this throw true try type typeof undefined using var void while yield".split(
    " ",
  );

/** What could follow at `cursor` (code points). No match where only running code could tell. */
export async function complete(main: MainThread, code: string, cursor: number): Promise<Completion> {
  const before = codePoints(code).slice(0, cursor).join("");
  const found = beforeCursor.exec(before);
  const part = found?.[2] ?? "";
  const range = { start: cursor - codePoints(part).length, end: cursor };
  if (!found || isMemberOfCall(before, part, found[1])) return { matches: [], ...range };
  const members = await membersOf(main, found[1] ?? "globalThis");
  const words = found[1] === undefined ? [...members, ...keywords] : members;
  return { matches: [...new Set(words)].filter((word) => word.startsWith(part)).toSorted(), ...range };
}

/** `f().na` reads as the name `na` with a dot before it: nothing that can be looked up. */
function isMemberOfCall(before: string, part: string, object: string | undefined): boolean {
  return object === undefined && /\.\s*$/.test(before.slice(0, before.length - part.length));
}

/** The description of the live value at `cursor`; undefined if there is none. `detail` shows a function's source. */
export async function describeAt(
  main: MainThread,
  code: string,
  cursor: number,
  detail: boolean,
): Promise<string | undefined> {
  const at = codePoints(code).slice(0, cursor).join("").length;
  const expression = chainUpTo(code, at);
  if (expression === undefined) return undefined;
  const value = await evaluate(main, expression);
  return value && `${expression}: ${typeOf(value)}\n${previewOf(value, detail)}`;
}

/** The chain that touches `at`, cut after the name that `at` stands in: on `a` of `a.b` it is `a`. */
function chainUpTo(code: string, at: number): string | undefined {
  for (const found of code.matchAll(chainAt)) {
    if (at < found.index || at > found.index + found[0].length) continue;
    return code.slice(found.index, restOfName(code, at));
  }
  return undefined;
}

const codePoints = (text: string): string[] => Array.from(text);

function restOfName(code: string, at: number): number {
  return at + (/^[\p{ID_Continue}$]*/u.exec(code.slice(at))?.[0].length ?? 0);
}

/** Names of the value of `expression`, inherited ones too. */
async function membersOf(main: MainThread, expression: string): Promise<string[]> {
  const value = await evaluate(main, `Object(${expression})`);
  if (!value?.objectId) return [];
  const { result } = await inTime(
    main.peek<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId: value.objectId,
      ownProperties: false,
      nonIndexedPropertiesOnly: true,
    }),
    { result: [] },
  );
  await release(main);
  return result
    .map((property) => property.name)
    .filter((property) => wholeName.test(property) && !property.startsWith("__"));
}

async function evaluate(main: MainThread, expression: string): Promise<Runtime.RemoteObject | undefined> {
  // These two are V8's, and missing from Node's types.
  const parameters: Runtime.EvaluateParameterType & { throwOnSideEffect: boolean; timeout: number } = {
    expression,
    throwOnSideEffect: true,
    timeout: peekMs / 2,
    objectGroup: group,
    silent: true,
    generatePreview: true,
  };
  const answer = await inTime(
    main.peek<Runtime.EvaluateReturnType>("Runtime.evaluate", parameters),
    undefined,
  );
  return answer && !answer.exceptionDetails ? answer.result : undefined;
}

async function release(main: MainThread): Promise<void> {
  await inTime(main.peek("Runtime.releaseObjectGroup", { objectGroup: group }), undefined);
}

/** `fallback` where main does not answer (it is inside native code) or the session is closed. */
async function inTime<T>(answer: Promise<T>, fallback: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => (timer = setTimeout(() => resolve(fallback), peekMs)));
  return Promise.race([answer.catch(() => fallback), late]).finally(() => clearTimeout(timer));
}

function typeOf({ type, subtype, className }: Runtime.RemoteObject): string {
  if (subtype === "null") return "null";
  return type === "object" ? (className ?? subtype ?? type) : type;
}

function previewOf(
  { type, description, value, preview, unserializableValue }: Runtime.RemoteObject,
  detail: boolean,
): string {
  if (type === "function") return detail ? (description ?? "") : headOf(description ?? "");
  if (type === "string") return JSON.stringify(value);
  if (!preview?.properties.length) return unserializableValue ?? description ?? String(value);
  const properties = preview.properties.map(({ name, value = "…" }) =>
    preview.subtype === "array" ? value : `${name}: ${value}`,
  );
  return `${description ?? ""} { ${properties.join(", ")}${preview.overflow ? ", …" : ""} }`;
}

/** The first line of a function's source, without the gaps that erased types leave. */
function headOf(source: string): string {
  return source
    .split("\n", 1)[0]
    .replace(/\s+/g, " ")
    .replace(/ (?=[,)])/g, "");
}
