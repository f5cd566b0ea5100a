/**
 * Looks at the running session's values, also while a cell runs. Names and `a.b.c` in, members and descriptions out.
 * Nothing of the user's runs: V8 evaluates with throwOnSideEffect, and getters are listed, not called.
 */
import type { Runtime } from "node:inspector";

/** A request of V8's inspector protocol to the thread that holds the values (session/thread.ts). */
export type Peek = <Answer>(method: string, parameters: object) => Promise<Answer>;

export interface Member {
  readonly name: string;
  /** `function`, or what `typeof` or its class says; undefined for a getter. */
  readonly type: string | undefined;
  /** Its object's own, not inherited. */
  readonly isOwn: boolean;
}

/** A value as it stands now. */
export interface LiveValue {
  readonly type: string;
  /** Of what has one: an array, a Map, a string's characters. */
  readonly length?: number;
  /** One line. */
  readonly short: string;
  /** A function's source, an object's first properties. */
  readonly long: string;
}

const name = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const chain = String.raw`(?:${name}|"[^"\\\n]*"|'[^'\\\n]*')(?:\??\.${name})*`;
const chainAt = new RegExp(String.raw`(?<![\p{ID_Continue}$.)\]])${chain}`, "gu");
/** Not after `)` or `]`: what stands there is a call's, and a call is not made. */
const chainBeforeDot = new RegExp(String.raw`(?<![\p{ID_Continue}$.)\]"'])(${chain})\??\.$`, "u");
const wholeName = new RegExp(`^${name}$`, "u");
const peekMs = 500;
const group = "below-peek";

/** The chain whose member is being written: in `a.b.c|` it is `a.b`. `before`: the text before that member's name. */
export function objectBefore(before: string): string | undefined {
  return chainBeforeDot.exec(before)?.[1];
}

/** The chain that touches `at`, cut after the name that `at` stands in: on `a` of `a.b` it is `a`. */
export function chainUpTo(code: string, at: number): string | undefined {
  for (const found of code.matchAll(chainAt)) {
    if (at < found.index || at > found.index + found[0].length) continue;
    return code.slice(found.index, at + (/^[\p{ID_Continue}$]*/u.exec(code.slice(at))?.[0].length ?? 0));
  }
  return undefined;
}

/** Members of the value of `expression`, inherited ones too; none where only running code could tell. */
export async function membersOf(peek: Peek, expression: string): Promise<readonly Member[]> {
  const value = await evaluate(peek, `Object(${expression})`);
  if (!value?.objectId) return [];
  const { result } = await inTime(
    peek<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId: value.objectId,
      ownProperties: false,
      nonIndexedPropertiesOnly: true,
    }),
    { result: [] },
  );
  await release(peek);
  return result
    .filter((each) => wholeName.test(each.name) && !each.name.startsWith("__"))
    .map((each) => ({ name: each.name, type: each.value && typeOf(each.value), isOwn: each.isOwn === true }));
}

/** The value of `expression` as it stands; undefined if there is none, or only running code could tell. */
export async function valueOf(peek: Peek, expression: string): Promise<LiveValue | undefined> {
  const value = await evaluate(peek, expression);
  if (!value) return undefined;
  await release(peek);
  const length = /\((\d+)\)$/.exec(value.type === "object" ? (value.description ?? "") : "")?.[1];
  const text = value.type === "string" ? String(value.value).length : undefined;
  return {
    type: typeOf(value),
    short: shortForm(value),
    long: longForm(value),
    ...(length === undefined && text === undefined ? {} : { length: text ?? Number(length) }),
  };
}

/** The numbers or text that `expression` gives: only for expressions of our own. */
export async function plainValueOf(peek: Peek, expression: string): Promise<unknown> {
  return (await evaluate(peek, expression, true))?.value;
}

/** Which of these names a cell could read now. */
export async function namesThatExist(peek: Peek, names: readonly string[]): Promise<Set<string>> {
  const known = await Promise.all(
    names.map(
      async (each) => wholeName.test(each) && (await evaluate(peek, `typeof ${each}`))?.value !== "undefined",
    ),
  );
  return new Set(names.filter((_, index) => known[index]));
}

async function evaluate(
  peek: Peek,
  expression: string,
  returnByValue = false,
): Promise<Runtime.RemoteObject | undefined> {
  // These two are V8's, and missing from Node's types.
  const parameters: Runtime.EvaluateParameterType & { throwOnSideEffect: boolean; timeout: number } = {
    expression,
    throwOnSideEffect: true,
    timeout: peekMs / 2,
    objectGroup: group,
    silent: true,
    generatePreview: !returnByValue,
    returnByValue,
  };
  const answer = await inTime(peek<Runtime.EvaluateReturnType>("Runtime.evaluate", parameters), undefined);
  return answer && !answer.exceptionDetails ? answer.result : undefined;
}

async function release(peek: Peek): Promise<void> {
  await inTime(peek("Runtime.releaseObjectGroup", { objectGroup: group }), undefined);
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

function shortForm(value: Runtime.RemoteObject): string {
  return value.type === "function" ? headOf(value.description ?? "") : longForm(value);
}

function longForm({ type, description, value, preview, unserializableValue }: Runtime.RemoteObject): string {
  if (type === "function") return (description ?? "").replace(/(?<=\S) {2,}/g, " ").replace(/ (?=[,)])/g, "");
  if (type === "string") return JSON.stringify(value);
  if (!preview?.properties.length) return unserializableValue ?? description ?? String(value);
  const isList = preview.subtype === "array" || preview.subtype === "typedarray";
  const properties = preview.properties.map(({ name, value = "…" }) =>
    isList ? value : `${name}: ${value}`,
  );
  const entries = preview.entries?.map(({ key, value }) =>
    key ? `${key.description} => ${value.description}` : (value.description ?? ""),
  );
  const shown = (entries ?? properties).join(", ");
  return `${description ?? ""} { ${shown}${preview.overflow ? ", …" : ""} }`;
}

/** The first line of a function's source, without the gaps that erased types leave. */
function headOf(source: string): string {
  return source
    .split("\n", 1)[0]
    .replace(/\s+/g, " ")
    .replace(/ (?=[,)])/g, "");
}
