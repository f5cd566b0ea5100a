/**
 * Bytes → compiled module. V8's best code needs three of its flags set, and only while it compiles:
 * they are the process's, so other modules must not see them. Elsewhere the engine compiles as it likes.
 */
import { type CompiledModule, webAssembly } from "../../codegen/wasm/engine.ts";

interface V8 {
  setFlagsFromString(flags: string): void;
}
interface Host {
  readonly process?: {
    getBuiltinModule?(name: string): unknown;
    readonly versions?: { readonly v8?: string };
  };
}

/** Node's v8 module, where this is Node: the library has no Node import, since pages load it too. */
export function v8(): V8 | undefined {
  const { process } = globalThis as Host;
  return process?.versions?.v8 === undefined
    ? undefined
    : (process.getBuiltinModule?.("node:v8") as V8 | undefined);
}

/**
 * Without Liftoff and laziness the optimising compiler runs now, while the flag that pairs vectors holds;
 * left to itself it would come later, when the flag is off again. Inlining stays off: it asks for what Liftoff has counted, and a
 * function for which another thread had switched Liftoff off ends the process.
 */
const before = ["--no-liftoff", "--no-wasm-lazy-compilation", "--no-wasm-inlining"];
const after = ["--liftoff", "--wasm-lazy-compilation"];

/** `optimise`: with the best code at once, for what runs long. `paired`: 256-bit operations from pairs of 128-bit ones. */
export function compile(bytes: Uint8Array, optimise: boolean, paired: boolean): CompiledModule {
  const engine = v8();
  if (!optimise || engine === undefined) return new webAssembly.Module(bytes);
  const set = (flags: readonly string[]): void => flags.forEach((flag) => engine.setFlagsFromString(flag));
  set(before);
  if (paired) set(["--experimental-wasm-revectorize"]);
  try {
    return new webAssembly.Module(bytes);
  } finally {
    set(after);
    set(["--no-experimental-wasm-revectorize"]);
  }
}
