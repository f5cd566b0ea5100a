/**
 * How fast plain WebAssembly reads memory on this machine: each thread adds up its share of a shared buffer, 64 bytes a turn.
 * Behind the bench's lines; the yardstick of matvec, written by hand so that it does not depend on the engine that it measures.
 */
import { isMainThread, Worker, workerData } from "node:worker_threads";
import type { Prepared } from "./ours.ts";
import type { Task } from "./tasks.ts";

/** TypeScript declares WebAssembly only together with the whole DOM. */
interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
}
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly sum: Sum } };
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => SharedMemory;
}
type Sum = (start: number, end: number) => number;
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

const pageBytes = 65_536;

/** (start, end) → sum of the f32s between; source: the WebAssembly specification, 5.4 and 5.5. */
function moduleBytes(pages: number): Uint8Array<ArrayBuffer> {
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
  const section = (id: number, bytes: readonly number[]): number[] => [id, ...leb(bytes.length), ...bytes];
  const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const [get, set, i32Const, v128] = [0x20, 0x21, 0x41, 0xfd];
  // local 2 + i += v128.load(local 0 + 16·i)
  const add = [0, 1, 2, 3].flatMap((i) => [
    get,
    2 + i,
    get,
    0,
    v128,
    0,
    4,
    16 * i,
    v128,
    ...leb(0xe4),
    set,
    2 + i,
  ]);
  const advance = [get, 0, i32Const, 0xc0, 0, 0x6a, set, 0]; // + 64, whose signed LEB128 has two bytes
  const loop = [0x03, 0x40, ...add, ...advance, get, 0, get, 1, 0x49, 0x0d, 0, 0x0b];
  const total = [get, 2, get, 3, v128, ...leb(0xe4), get, 4, v128, ...leb(0xe4), get, 5, v128, ...leb(0xe4)];
  const lanes = [set, 2, ...[0, 1, 2, 3].flatMap((lane) => [get, 2, v128, 0x1f, lane]), 0x92, 0x92, 0x92];
  const body = [1, 4, 0x7b, ...loop, ...total, ...lanes, 0x0b];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...header,
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 1, 0x7d]),
    ...section(2, [1, ...name("e"), ...name("m"), 2, 3, ...leb(pages), ...leb(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("sum"), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

interface Share {
  readonly memory: SharedMemory;
  readonly pages: number;
  readonly start: number;
  readonly end: number;
  /** [turn, how many are done]. */
  readonly turns: Int32Array;
}

function reader({ memory, pages }: Share): Sum {
  return new engine.Instance(new engine.Module(moduleBytes(pages)), { e: { m: memory } }).exports.sum;
}

export async function prepare(task: Task, threads: number): Promise<Prepared> {
  if (task.kind !== "read") throw new TypeError(`read: want a read, got ${task.kind}`);
  const pages = task.bytes / pageBytes;
  const memory = new engine.Memory({ initial: pages, maximum: pages, shared: true });
  new Float32Array(memory.buffer).fill(1);
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const shares = Array.from({ length: threads }, (_, i) => {
    const at = (share: number): number => Math.floor((task.bytes * share) / threads / 64) * 64;
    return { memory, pages, start: at(i), end: at(i + 1), turns };
  });
  for (const share of shares.slice(1)) new Worker(new URL(import.meta.url), { workerData: share }).unref();
  const [own] = shares;
  const sum = reader(own);
  const run = (): void => {
    Atomics.store(turns, 1, 0);
    Atomics.add(turns, 0, 1);
    Atomics.notify(turns, 0);
    sum(own.start, own.end);
    while (Atomics.load(turns, 1) < threads - 1);
  };
  run();
  return { run, sample: () => [sum(0, task.bytes) / (task.bytes / 4)] };
}

function serve(share: Share): never {
  const sum = reader(share);
  for (let turn = 0; ; turn++) {
    while (Atomics.load(share.turns, 0) === turn) Atomics.wait(share.turns, 0, turn, 1);
    sum(share.start, share.end);
    Atomics.add(share.turns, 1, 1);
  }
}

if (!isMainThread) serve(workerData as Share);
