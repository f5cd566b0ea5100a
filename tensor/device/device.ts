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

/** A captured graph. */
export interface Replay {
  /** How many programs a run has. */
  readonly programs: number;
  /** Computes the roots for these inputs, each like the one it was captured with. New values; throws as a read would. */
  run(inputs: readonly Value[]): readonly Value[];
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
  /** Makes a graph a list of commands to repeat: of `roots`, where `inputs` (other values each time) stand for what is given later. Absent where there is nothing to gain. */
  readonly capture?: (roots: readonly Value[], inputs: readonly Value[]) => Replay;
  /** Gives the memory of a value back that nothing needs any more. */
  readonly release?: (value: Value) => void;
  /** A start anew that is under way, for which reading waits; undefined: none is. */
  readonly starting?: () => Promise<void> | undefined;
  /** Waits until the values are computed, and throws what went wrong; absent where realize() does both. */
  readonly settled?: (values: readonly Value[]) => Promise<void>;
  /** Makes what it holds readable for other devices; absent where it is so anyway. */
  readonly leave?: () => Promise<void>;
  /** From now on every run of a program is told to `observer`; undefined ends it. */
  observe(observer: Observer | undefined): void;
  readonly state?: () => DeviceState;
}
