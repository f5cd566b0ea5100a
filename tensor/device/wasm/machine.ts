/**
 * WebAssembly as a machine: memory, threads, loaded programs. Knows no graphs and no tensors.
 * A program is a module whose functions are `(start, end, params, scratch)`: they do items start … end − 1 of their parallel axis.
 */
import type { Memory } from "../../codegen/wasm/engine.ts";
import type { Tier } from "../../codegen/wasm/tier.ts";
import { instantiate } from "./modules.ts";
import { idleBuffer, idleParams, layoutBytes } from "./layout.ts";
import { LinearMemory } from "./memory.ts";
import { Pool, type Run } from "./pool.ts";
import { chooseTier, isFused } from "./tiers.ts";

export type ModuleId = number;

interface Loaded {
  /** Where its bytes lie for the workers; 0 when there are none. */
  readonly code: number;
  readonly codeLength: number;
  readonly functions: readonly Run[];
  readonly names: readonly string[];
}

/**
 * The machine with the best tier that works here, and a thread for each processor. Threads start with the first program that is
 * large enough for two. The environment's BELOW_THREADS and BELOW_WASM_TIER choose others; throws RangeError where they cannot be had.
 */
export function startMachine(): Machine {
  return new Machine(environment("BELOW_WASM_TIER"), threadsHere(environment("BELOW_THREADS")));
}

export class Machine {
  /** Whether a·b + c may be one instruction. */
  readonly fused: boolean;
  readonly #tierName: string | undefined;
  #tier: Tier | undefined;
  readonly #memory: LinearMemory;
  readonly #pool: Pool;
  readonly #modules = new Map<ModuleId, Loaded>();
  #lastModule = 0;
  #scratch = 0;
  #scratchSize = 0;

  /** `tier`: undefined for the best that works here. Throws RangeError for one that does not. */
  constructor(tier: string | undefined, threads: number) {
    this.#tierName = tier;
    this.fused = isFused(tier);
    if (tier !== undefined) this.#tier = chooseTier(tier);
    this.#memory = new LinearMemory(threads > 1, layoutBytes);
    new Int32Array(this.memory.buffer, idleParams, (idleBuffer - idleParams) / 4).fill(idleBuffer);
    this.#pool = new Pool(this.#memory, threads);
  }

  /** What templates are written for. Found by trial when it is first asked for, which takes some 20 ms: no other program needs it. */
  get tier(): Tier {
    this.#tier ??= chooseTier(this.#tierName);
    return this.#tier;
  }

  /** Threads that may compute, the calling one included. */
  get threads(): number {
    return this.#pool.threads;
  }

  /** Its buffer changes when it grows: ask for it each time. */
  get memory(): Memory {
    return this.#memory.memory;
  }

  get shared(): boolean {
    return this.#memory.shared;
  }

  /** All that is allocated: values, programs' bytes, scratch. */
  get bytesInUse(): number {
    return this.#memory.bytesInUse;
  }

  /** Address of a new block of bytes, 64-byte aligned, contents unspecified. Throws RangeError when there is no room. isCounted: see `counted`. */
  allocate(bytes: number, isCounted = false): number {
    this.#pool.settle(); // a thread of an interrupted program may still be writing
    return this.#memory.allocate(bytes, isCounted);
  }

  /** Addresses of blocks asked for as counted and not freed. */
  get counted(): readonly number[] {
    return this.#memory.counted;
  }

  free(address: number): void {
    this.#memory.free(address);
  }

  /**
   * Compiles a program. `optimise`: with the best code at once, which takes milliseconds, for what runs long.
   * `paired`: written in pairs of vectors that V8 may join; code with doubles becomes slower by it.
   */
  load(bytes: Uint8Array, optimise: boolean, paired = optimise): ModuleId {
    const exports = instantiate(
      bytes,
      this.memory,
      optimise ? { paired: paired && this.tier.paired, params: idleParams } : undefined,
    );
    const [functions, names] = [Object.values<Run>(exports), Object.keys(exports)];
    const code = this.threads > 1 ? this.allocate(bytes.length) : 0;
    if (code !== 0) new Uint8Array(this.memory.buffer).set(bytes, code >>> 0);
    this.#modules.set(++this.#lastModule, { code, codeLength: bytes.length, functions, names });
    return this.#lastModule;
  }

  unload(module: ModuleId): void {
    const { code } = this.#loaded(module);
    this.#modules.delete(module);
    if (code !== 0) this.free(code);
  }

  /** Runs items 0 … items − 1 on all threads, at least `grain` at a time, and returns when all are done. */
  launch(module: ModuleId, fn: string | number, items: number, grain: number, params: number): void {
    const { functions, names, code, codeLength } = this.#loaded(module);
    const index = typeof fn === "number" ? fn : names.indexOf(fn);
    const [scratch, scratchSize] = [this.#scratch, this.#scratchSize];
    const job = { module, code, codeLength, fn: index, items, grain, params, scratch, scratchSize };
    this.#pool.run(job, functions[index]);
  }

  /** The number of a function, by which launch() finds it faster. */
  functionAt(module: ModuleId, name: string): number {
    return this.#loaded(module).names.indexOf(name);
  }

  /** From now on each thread's scratch has at least so many bytes. */
  needScratch(bytes: number): void {
    if (bytes <= this.#scratchSize) return;
    const scratch = this.allocate(bytes * this.threads);
    if (this.#scratch !== 0) this.free(this.#scratch);
    this.#scratch = scratch;
    this.#scratchSize = bytes;
  }

  #loaded(module: ModuleId): Loaded {
    const loaded = this.#modules.get(module);
    if (loaded === undefined) throw new Error(`bug: program ${module} is not loaded`);
    return loaded;
  }
}

/** Past 16 threads memory is what programs wait for. */
const mostThreads = 16;

function threadsHere(wanted: string | undefined): number {
  const host = globalThis as { crossOriginIsolated?: boolean; navigator?: { hardwareConcurrency?: number } };
  const mayShare = typeof SharedArrayBuffer !== "undefined" && host.crossOriginIsolated !== false;
  if (wanted === undefined)
    return mayShare ? Math.min(host.navigator?.hardwareConcurrency ?? 1, mostThreads) : 1;
  const threads = Number(wanted);
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`BELOW_THREADS: want a whole number from 1 to 64, got "${wanted}"`);
  return mayShare ? threads : 1;
}

// A page has no process, and the library no Node import.
function environment(name: string): string | undefined {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const value = host.process?.env?.[name];
  return value === "" ? undefined : value;
}
