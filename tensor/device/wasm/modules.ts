/**
 * Bytes → compiled module. V8's best code needs three of its flags set, and only while it compiles:
 * they are the process's, so other modules must not see them. Elsewhere the engine compiles as it likes.
 */
import { type Export, type Memory, webAssembly } from "../../codegen/wasm/engine.ts";

interface V8 {
  setFlagsFromString(flags: string): void;
}
interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    readonly versions?: { readonly v8?: string };
  };
}

type Exports = Readonly<Record<string, Export>>;

/** Node's v8 module, where this is Node: the library has no Node import, since pages load it too. */
export function v8(): V8 | undefined {
  const { process } = globalThis as Host;
  return process?.versions?.v8 === undefined
    ? undefined
    : (process.getBuiltinModule?.("node:v8") as V8 | undefined);
}

/**
 * A function that has used up its budget goes to the optimising compiler at once, on this thread, instead of some time later on
 * another, when the flag that pairs vectors is off again. These are read where a function asks for better code, nowhere else:
 * switching Liftoff, inlining or deoptimisation off instead makes V8 end the process where a compilation sees them change.
 */
const during = ["--wasm-sync-tier-up", "--wasm-tiering-budget=1"];

export interface Optimising {
  /** With 256-bit operations. */
  readonly paired: boolean;
  /** Parameters for calls that do nothing: what functions read before their first item must be harmless. */
  readonly params: number;
}

/** What a module exports, running on `memory`. `optimising`: with the best code at once, for what runs long. */
export function instantiate(bytes: Uint8Array, memory: Memory, optimising: Optimising | undefined): Exports {
  const engine = optimising === undefined ? undefined : v8();
  if (optimising === undefined || engine === undefined) return start(bytes, memory);
  const { paired, params } = optimising;
  for (const flag of during) engine.setFlagsFromString(flag);
  if (paired) engine.setFlagsFromString("--experimental-wasm-revectorize");
  try {
    const exports = start(bytes, memory);
    // Calls without items, each of which uses 1 of the budget: what is below 0 is optimised.
    for (const run of Object.values<Export>(exports)) for (let i = 0; i < 4; i++) run(0, 0, params, params);
    return exports;
  } finally {
    engine.setFlagsFromString("--no-experimental-wasm-revectorize");
    engine.setFlagsFromString("--no-wasm-sync-tier-up");
    engine.setFlagsFromString(`--wasm-tiering-budget=${usualBudget}`);
  }
}

/** V8's own, which it does not tell. */
const usualBudget = 13_000_000;

function start(bytes: Uint8Array, memory: Memory): Exports {
  return new webAssembly.Instance(new webAssembly.Module(bytes), { below: { memory } }).exports;
}
