/**
 * What a device is to the rest of the library: it computes values and reads them back.
 */
import type { Data } from "../dtype.ts";
import type { Value } from "../graph.ts";

export type DeviceName = "reference" | "wasm" | "webgpu";

/** What `device()` tells. */
export interface DeviceInfo {
  readonly name: DeviceName;
  /** Whether dataSync() and its like work. */
  readonly synchronous: boolean;
}

export interface Device {
  readonly name: DeviceName;
  /** Computes the values and what they need, calling `computed` for each value it has given storage. */
  realize(values: readonly Value[], computed: (value: Value) => void): void;
  /** A copy of a computed value's elements in row-major order. */
  read(value: Value): Promise<Data>;
  /** The same at once; absent where the device cannot. */
  readonly readSync?: (value: Value) => Data;
}
