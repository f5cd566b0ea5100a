/**
 * The part of WebAssembly's JavaScript interface that the engine uses.
 * TypeScript declares it only together with the whole DOM, which Node has not.
 */

export interface Memory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Adds 64 KiB pages; throws RangeError where there are none left. Returns the size before. */
  grow(pages: number): number;
}

/** Compiled code; holds no memory of its own. */
export interface CompiledModule {
  readonly compiled?: never;
}

export type Export = (...args: number[]) => number;

interface WebAssembly {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Readonly<Record<string, Export>> };
  readonly Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => Memory;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly;
