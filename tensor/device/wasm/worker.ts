/**
 * A thread of the pool: waits for a job in shared memory, takes items of it, and waits again. No message passes after its start.
 * `workerMain` is sent to the thread as text, so it names nothing outside itself: what it needs arrives as arguments.
 */
import type { CompiledModule, Memory } from "../../codegen/wasm/engine.ts";
import type { Layout } from "./layout.ts";

/** What a thread gets at its start. */
export interface WorkerStart {
  readonly memory: Memory;
  /** Which thread it is: 1, 2, …; the calling thread is 0. */
  readonly seat: number;
  readonly layout: Layout;
  /** How often it looks for a job before it sleeps. */
  readonly spins: number;
}

function workerMain({ memory, seat, layout, spins }: WorkerStart): void {
  type Run = (start: number, end: number, params: number, scratch: number) => void;
  interface Engine {
    Module: new (bytes: Uint8Array) => CompiledModule;
    Instance: new (module: CompiledModule, imports: object) => { exports: Record<string, Run> };
  }
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const words = new Int32Array(memory.buffer, 0, 1024);
  const programs = new Map<number, Run[]>();
  const pause = (Atomics as { pause?: () => void }).pause ?? (() => {});

  // The main thread has just compiled these bytes, and the engine finds that compilation again: nothing is compiled twice.
  function program(id: number): Run[] {
    const known = programs.get(id);
    if (known !== undefined) return known;
    const start = words[layout.code] >>> 0;
    const bytes = new Uint8Array(memory.buffer, start, words[layout.codeLength]).slice();
    const { exports } = new Instance(new Module(bytes), { below: { memory } });
    const functions = Object.values(exports);
    if (programs.size >= 1024) programs.clear(); // recompiled when they are needed again
    programs.set(id, functions);
    return functions;
  }

  function nextJob(last: number): number {
    for (let spin = 0; spin < spins; spin++) {
      const now = Atomics.load(words, layout.generation);
      if (now !== last) return now;
      pause();
    }
    Atomics.add(words, layout.sleeping, 1);
    Atomics.wait(words, layout.generation, last);
    Atomics.sub(words, layout.sleeping, 1);
    return Atomics.load(words, layout.generation);
  }

  function enter(): boolean {
    for (;;) {
      const door = Atomics.load(words, layout.door);
      if ((door & 1) === 0) return false;
      if (Atomics.compareExchange(words, layout.door, door, door + 2) === door) return true;
    }
  }

  function work(): void {
    const [items, chunk, params] = [words[layout.items], words[layout.chunk], words[layout.params]];
    const scratch = words[layout.scratch] + seat * words[layout.scratchSize];
    const run = program(words[layout.module])[words[layout.fn]];
    for (;;) {
      const start = Atomics.add(words, layout.next, chunk);
      if (start >= items) return;
      run(start, Math.min(start + chunk, items), params, scratch);
    }
  }

  Atomics.add(words, layout.joined, 1);
  for (let job = 0; ;) {
    job = nextJob(job);
    if (!enter()) continue;
    try {
      work();
    } catch {
      Atomics.add(words, layout.failed, 1); // the main thread says so
    } finally {
      // The last one out of a shut door wakes whom it kept waiting.
      if (Atomics.sub(words, layout.door, 2) === 2) Atomics.notify(words, layout.door);
    }
  }
}

interface NodeWorker {
  unref(): void;
}
type NodeThreads = { Worker: new (source: string, options: object) => NodeWorker };
type WebWorker = new (url: string) => { postMessage(message: unknown, transfer: readonly unknown[]): void };

/** Starts a thread, in Node or in a page. It keeps no process alive. */
export function startWorker(start: WorkerStart): void {
  const host = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
    Worker?: WebWorker;
  };
  const threads = host.process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
  if (threads !== undefined) {
    const source = `(${String(workerMain)})(require("node:worker_threads").workerData)`;
    // Without the flags and hooks of the process: the text needs none, and starts faster.
    new threads.Worker(source, { eval: true, workerData: start, execArgv: [], name: "below" }).unref();
    return;
  }
  const source = `onmessage = ({ data }) => (${String(workerMain)})(data)`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  new host.Worker!(url).postMessage(start, []);
}
