/**
 * What is going on right now: the device in use, whether histories are kept, whether a jit is tracing, which scopes are open.
 * The library's only process-wide state, in one record.
 */
import type { Device, DeviceInfo, DeviceName } from "./device/device.ts";
import { reference } from "./device/reference/index.ts";
import { hasVectors, startWasm } from "./device/wasm/index.ts";
import { hasGpu } from "./device/webgpu/gpu.ts";
import { forget, type Value } from "./graph.ts";
import type { Handle } from "./handle.ts";
import type { Peaks } from "./profile/report.ts";

/** A jit that is tracing. */
export interface Trace {
  /** Tensors it has assigned to, with how to put their old values back. */
  readonly assigned: Map<object, () => void>;
  /** Tensors made since it began, or assigned to. */
  readonly own: Set<object>;
  /** What stands for the value of a tensor from outside, so that later calls can put theirs there; undefined: the value itself. */
  readonly stand: (x: object, value: Value) => Value | undefined;
}

interface Session {
  device: Device;
  /** Whether somebody has named a device, or a GPU has been looked for. */
  isChosen: boolean;
  /** The change to the GPU that the environment names, which takes a moment; reading waits for it. */
  starting: Promise<void> | undefined;
  /** How many record() calls are running; while there are any, computed values keep their nodes. */
  recording: number;
  /** Values computed meanwhile, whose nodes go when the last record() ends. */
  readonly recorded: Set<Value>;
  /** Tensors that a jit is giving new values, while it does. */
  unfinished: readonly (readonly [Handle, Value])[];
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

/** Devices there are, and how each is started; one is started once. Most programs use no GPU, and start sooner without its sixteen files. */
const makers: Record<DeviceName, () => Device | Promise<Device>> = {
  reference: () => reference,
  wasm: () => startWasm(),
  webgpu: async () => (await import("./device/webgpu/index.ts")).startWebGpu(),
};
const started = new Map<DeviceName, Device>();

export const session: Session = {
  device: firstChoice(environment("BELOW_DEVICE")),
  isChosen: false,
  starting: undefined,
  recording: 0,
  recorded: new Set(),
  unfinished: [],
  traces: [],
  deterministic: 0,
  profiling: false,
  peaks: new Map(),
  scopes: [],
};

/** What to wait for before the device that the environment names is there, or is there again; undefined: it is. */
export function ready(): Promise<void> | undefined {
  if (environment("BELOW_DEVICE") !== "webgpu" || started.has("webgpu")) return session.device.starting?.();
  return (session.starting ??= change("webgpu"));
}

/**
 * The device in use; with a name, changes to it first. Without one, the first call looks for a GPU, unless the environment names a device:
 * what plays a GPU on the processor is none, Wasm is faster.
 * Throws RangeError where that device is not to be had.
 */
export async function device(name?: DeviceName): Promise<DeviceInfo> {
  await ready();
  if (name !== undefined) await change(name);
  else await lookForGpu();
  session.isChosen = true;
  const { name: current, readSync, state } = session.device;
  return { name: current, synchronous: readSync !== undefined, ...state?.() };
}

/** Computes values, and forgets how unless someone is recording. */
export function compute(values: readonly Value[]): void {
  session.device.realize(values, (value) => {
    if (session.recording > 0) session.recorded.add(value);
    else forget(value);
  });
}

/** Nobody has said which device; a GPU that is one is the first choice. */
async function lookForGpu(): Promise<void> {
  if (session.isChosen || environment("BELOW_DEVICE") !== undefined) return;
  session.isChosen = true;
  if (await hasGpu()) await change("webgpu");
}

/** What one device holds goes where the next one can read it; that takes as long as reading it does. */
async function change(name: DeviceName): Promise<void> {
  const next = await choose(name);
  const { device: last } = session;
  if (next !== last) await last.leave?.();
  session.device = next;
}

async function choose(name: DeviceName): Promise<Device> {
  const found = started.get(name) ?? (await makerOf(name)());
  started.set(name, found);
  return found;
}

function makerOf(name: string): () => Device | Promise<Device> {
  const make = makers[name as DeviceName] as (() => Device | Promise<Device>) | undefined;
  if (make === undefined)
    throw new RangeError(`device: want ${Object.keys(makers).join(" or ")}, got "${name}"`);
  return make;
}

/** The environment's, else WebAssembly where it has vectors, else the one that works everywhere. A GPU takes over when it has started. */
function firstChoice(name: string | undefined): Device {
  const wanted = name ?? (hasVectors() ? "wasm" : "reference");
  const made = makerOf(wanted === "webgpu" ? (hasVectors() ? "wasm" : "reference") : wanted)() as Device;
  started.set(made.name, made);
  return made;
}

// A page has no process, and the library no Node import.
function environment(name: string): string | undefined {
  const host = globalThis as { process?: { env?: Record<string, string | undefined> } };
  const set = host.process?.env?.[name];
  return set === "" ? undefined : set;
}
