/**
 * What a device is to the rest of the library: it computes values and reads them back.
 */
import type { Data } from "../dtype.ts";
import type { Value } from "../graph.ts";

export type DeviceName = "reference" | "wasm" | "webgpu";

/** What `device()` tells. */
export interface DeviceInfo extends DeviceState {
  readonly name: DeviceName;
  /** Whether dataSync() and its like work. */
  readonly synchronous: boolean;
}

/** What a device knows of itself; absent where it has no such thing. */
export interface DeviceState {
  /** Memory held now for values and for what jit keeps. */
  readonly bytes?: number;
  /** Threads that compute, the calling one included. */
  readonly threads?: number;
  /** Which instructions it uses, in words. */
  readonly tier?: string;
}

/** One program that ran, as `profile` counts it. */
export interface ProgramRun {
  /** What it computes, in words. */
  readonly program: string;
  /** When it began, in ms of performance.now(). */
  readonly startMs: number;
  readonly ms: number;
  /** Operations by definition (cost.ts), not instructions. */
  readonly flops: number;
  /** Bytes of what it reads and writes. */
  readonly bytes: number;
}

export type Observer = (run: ProgramRun) => void;

export interface Device {
  readonly name: DeviceName;
  /** Computes the values and what they need, calling `computed` for each value it has given storage. */
  realize(values: readonly Value[], computed: (value: Value) => void): void;
  /** A copy of a computed value's elements in row-major order. */
  read(value: Value): Promise<Data>;
  /** The same at once; absent where the device cannot. */
  readonly readSync?: (value: Value) => Data;
  /** From now on every run of a program is told to `observer`; undefined ends it. */
  observe(observer: Observer | undefined): void;
  readonly state?: () => DeviceState;
}
