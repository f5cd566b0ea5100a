/**
 * What only Node sees of a value: the target of a proxy, a promise's state, what a class's own inspect hook says; and
 * errors as a reader should see them. A value in, its text out, or undefined: the inspector (display/inspect.ts) shows it then.
 */
import { inspect, types } from "node:util";

const { Reflect, Symbol } = globalThis; // as they are now: a cell may declare names over them
const customHook = Symbol.for("nodejs.util.inspect.custom");
const limits = { maxArrayLength: 100, maxStringLength: 10_000, breakLength: 100 };
const mostLevels = 4;

/** `describe`: an error's lines for a reader, without internal frames. */
export function exoticText(
  describe: (error: unknown) => readonly string[],
): (value: object, depth: number) => string | undefined {
  return (value, depth) => {
    if (types.isNativeError(value)) return errorText(value, depth, describe);
    return isHidden(value) ? inspect(value, { ...limits, depth: mostLevels - depth }) : undefined;
  };
}

/** Inside another value an error is its name and message; its lines would bury what stands around it. */
function errorText(error: Error, depth: number, describe: (error: unknown) => readonly string[]): string {
  const lines = describe(error);
  return depth === 0 ? lines.join("\n") : `[${lines[0]}]`;
}

function isHidden(value: object): boolean {
  if (types.isProxy(value)) return true; // first: any look at it runs its traps
  return (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isExternal(value) ||
    types.isModuleNamespaceObject(value) ||
    types.isGeneratorObject(value) ||
    types.isMapIterator(value) ||
    types.isSetIterator(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isDataView(value) ||
    types.isBoxedPrimitive(value) ||
    types.isArgumentsObject(value) ||
    typeof Reflect.get(value, customHook) === "function"
  );
}
