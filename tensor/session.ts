/**
 * What is going on right now: the device in use, whether histories are kept, whether a jit is tracing, which scopes are open.
 * The library's only process-wide state, in one record.
 */
import type { Device, DeviceInfo, DeviceName } from "./device/device.ts";
import { reference } from "./device/reference/index.ts";
import { startWasm } from "./device/wasm/index.ts";
import type { Value } from "./graph.ts";
import type { Peaks } from "./profile/report.ts";

/** What a jit that is tracing has assigned: the new values, and how to put the old ones back if it fails. */
export interface Trace {
  readonly assigned: Value[];
  readonly undo: (() => void)[];
}

interface Session {
  device: Device;
  /** How many record() calls are running; while there are any, computed values keep their nodes. */
  recording: number;
  /** Values computed meanwhile, whose nodes go when the last record() ends. */
  readonly recorded: Set<Value>;
  /** One for each jit now tracing, innermost last. */
  readonly traces: Trace[];
  /** How many deterministic() calls are running; while there are any, a device splits reductions by their sizes alone. */
  deterministic: number;
  /** Whether a profile() is running: a device tells one observer. */
  profiling: boolean;
  /** The most each device was seen to do. */
  readonly peaks: Map<Device, Peaks>;
  /** The tensors made in each open scope, innermost last. */
  readonly scopes: Set<object>[];
}

/** Devices there are, and how each is started; one is started once. */
const makers: Partial<Record<DeviceName, () => Device>> = {
  reference: () => reference,
  wasm: () => startWasm(),
};
const started = new Map<DeviceName, Device>();

export const session: Session = {
  device: choose(environment("BELOW_DEVICE")),
  recording: 0,
  recorded: new Set(),
  traces: [],
  deterministic: 0,
  profiling: false,
  peaks: new Map(),
  scopes: [],
};

/**
 * The device in use; with a name, changes to it first.
 * Throws RangeError where that device is not to be had.
 */
export async function device(name?: DeviceName): Promise<DeviceInfo> {
  if (name !== undefined) session.device = choose(name);
  const { name: current, readSync, state } = session.device;
  return { name: current, synchronous: readSync !== undefined, ...state?.() };
}

/** Computes values, and forgets how unless someone is recording. */
export function compute(values: readonly Value[]): void {
  session.device.realize(values, (value) => {
    if (session.recording > 0) session.recorded.add(value);
    else value.node = undefined;
  });
}

function choose(name: string | undefined): Device {
  const wanted = (name ?? "reference") as DeviceName;
  const make = makers[wanted];
  if (make === undefined)
    throw new RangeError(`device: want ${Object.keys(makers).join(" or ")}, got "${name}"`);
  const found = started.get(wanted) ?? make();
  started.set(wanted, found);
  return found;
}

// A page has no process, and the library no Node import.
function environment(name: string): string | undefined {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const set = host.process?.env?.[name];
  return set === "" ? undefined : set;
}
