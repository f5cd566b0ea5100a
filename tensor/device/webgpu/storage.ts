/** Where the GPU keeps a value, and what is wrong with it: what a GPU finds wrong is said when a result is read. */
import type { Data } from "../../dtype.ts";
import type { Storage, Value } from "../../graph.ts";
import type { Block } from "./memory.ts";

export class GpuStorage implements Storage {
  readonly device = "webgpu";
  /** The engine on whose GPU it lies. */
  readonly owner: object;
  readonly block: Block;
  /** What was wrong with the run that made it, or with one before; undefined once it is known that nothing was. */
  fault: Promise<void> | undefined;
  #wrong: unknown;
  /** The realize in which it was used last. */
  used = 0;

  constructor(owner: object, block: Block, fault: Promise<void> | undefined) {
    this.owner = owner;
    this.block = block;
    this.fault = fault;
    fault?.then(
      () => void (this.fault = undefined),
      (reason: unknown) => void (this.#wrong = reason), // said by whoever reads
    );
  }

  data(): Data {
    if (this.#wrong !== undefined) throw this.#wrong;
    throw new TypeError(
      'webgpu: want a device that reads at once, got one that answers later; try await device("wasm"), which moves what is there',
    );
  }
}

/** What is wrong with any of these. */
export function faultsOf(values: readonly Value[]): Promise<void> | undefined {
  let fault: Promise<void> | undefined;
  for (const { storage } of values) if (storage instanceof GpuStorage) fault = both(fault, storage.fault);
  return fault;
}

/** What was wrong, for whoever reads. */
export function failed(reason: Error): Promise<void> {
  const told = thrown(reason);
  told.catch(() => undefined);
  return told;
}

async function thrown(reason: Error): Promise<void> {
  throw reason;
}

/** Both done, or what was wrong with one of them. */
export function both(a: Promise<void> | undefined, b: Promise<void> | undefined): Promise<void> | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const all = Promise.all([a, b]).then(() => undefined);
  all.catch(() => undefined); // said by whoever reads
  return all;
}

/** What the driver said about what was made. */
export function complain(told: readonly Promise<GPUError | null>[]): Promise<void> {
  const all = Promise.all(told).then((errors) => {
    const error = errors.find((e) => e !== null);
    if (error === undefined || error === null) return;
    throw new Error(`webgpu: want a GPU that takes this program, got "${error.message}"; try device("wasm")`);
  });
  all.catch(() => undefined);
  return all;
}
