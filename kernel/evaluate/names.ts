/**
 * Top-level names of cells as properties of the global object.
 * Before a cell runs, each of its names is an accessor that throws (not readable before its line); its first assignment
 * makes it a data property: writable for let and class, read-only for const.
 * If the cell fails, names that it never assigned get back what they were.
 */
import type { Declared, Kind } from "./declare.ts";

const { defineProperty, getOwnPropertyDescriptor, deleteProperty, get: read } = Reflect;
// Thrown while a cell runs, which may call anything `ReferenceError`.
const NotYet = ReferenceError;

/** Names that are defined and perhaps not yet assigned. */
export interface Pending {
  /** Gives every name that was not assigned its old value back. */
  restore(): void;
}

/** Whether the language fixes a name for good: `undefined`, `NaN`, a page's `window`. */
export function isFixed(target: object, name: string): boolean {
  return getOwnPropertyDescriptor(target, name)?.configurable === false;
}

/** Defines the names on `target`; none of them may be fixed. */
export function defineNames(target: object, names: readonly Declared[]): Pending {
  const pending = names.map(({ name, kind }) =>
    kind === "var" ? defineVar(target, name) : defineLexical(target, name, kind),
  );
  return { restore: () => pending.toReversed().forEach((restore) => restore()) };
}

/** Gives a defined name its value: what an import does. */
export function setConstant(target: object, name: string, value: unknown): void {
  defineProperty(target, name, { value, writable: false, enumerable: true, configurable: true });
}

/** Makes `name` another name for `original`, whatever that is at the time. */
export function defineAlias(target: object, original: string, name: string): void {
  const get = (): unknown => read(target, original);
  defineProperty(target, name, { get, enumerable: true, configurable: true });
}

function defineLexical(target: object, name: string, kind: Kind): () => void {
  const before = getOwnPropertyDescriptor(target, name);
  const set = (value: unknown): void => {
    defineProperty(target, name, { value, writable: kind !== "const", enumerable: true, configurable: true });
  };
  const get = (): never => {
    throw new NotYet(`Cannot access '${name}' before initialization`);
  };
  defineProperty(target, name, { get, set, enumerable: true, configurable: true });
  return () => {
    if (getOwnPropertyDescriptor(target, name)?.set === set) putBack(target, name, before);
  };
}

// `var` over an existing value keeps it, as in a script; over a built-in accessor it starts afresh.
function defineVar(target: object, name: string): () => void {
  const before = getOwnPropertyDescriptor(target, name);
  const kept = before && "value" in before;
  defineProperty(target, name, {
    value: kept ? before.value : undefined,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  return () => {
    const now = getOwnPropertyDescriptor(target, name);
    if (before && now && "value" in now && now.value === (kept ? before.value : undefined))
      putBack(target, name, before);
  };
}

function putBack(target: object, name: string, before: PropertyDescriptor | undefined): void {
  if (before) defineProperty(target, name, before);
  else deleteProperty(target, name);
}
