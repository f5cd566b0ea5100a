/**
 * Divides a program's items between this thread and workers.
 * A job is open while its door word is odd; workers enter, take chunks of items, and leave. A worker that is late finds the door
 * shut, and nobody waits for it: a busy machine costs its share, no more. What an interrupt leaves open the next job shuts first.
 */
import { layout } from "./layout.ts";
import type { LinearMemory } from "./memory.ts";
import { startWorker } from "./worker.ts";

export interface Job {
  readonly module: number;
  /** Where the module's bytes lie, for threads that have not met it. */
  readonly code: number;
  readonly codeLength: number;
  readonly fn: number;
  readonly items: number;
  /** Fewest items that are worth a turn. */
  readonly grain: number;
  readonly params: number;
  readonly scratch: number;
  readonly scratchSize: number;
}

export type Run = (start: number, end: number, params: number, scratch: number) => void;

/** About 0.1 ms: longer than the pause between two programs of a step. */
const spins = 20_000;
/** Turns a thread: so that one that started late, or is slow, leaves its work to the others. */
const turns = 4;

export class Pool {
  /** Threads that may compute, this one included. */
  readonly threads: number;
  readonly #memory: LinearMemory;
  readonly #words: Int32Array;
  /** Seats that are taken; this thread's is 0. */
  #seats = 1;
  /** Whether a job may be open: true after an interrupt in the middle of one. */
  #open = false;

  constructor(memory: LinearMemory, threads: number) {
    this.#memory = memory;
    this.threads = threads;
    this.#words = new Int32Array(memory.memory.buffer, 0, 1024);
  }

  /** Runs all items, and returns when all are done. */
  run(job: Job, run: Run): void {
    const chunk = Math.max(job.grain, Math.ceil(job.items / (this.threads * turns)));
    this.settle();
    if (this.threads === 1 || job.items <= chunk) return run(0, job.items, job.params, job.scratch);
    this.#start();
    this.#post(job, chunk);
    this.#work(job, chunk, run);
    this.#close();
    if (Atomics.exchange(this.#words, layout.failed, 0) > 0)
      throw new Error("bug: a thread's program failed");
  }

  /** Shuts a job that an interrupt left open, and waits until its threads have left. Before memory they may write is used anew. */
  settle(): void {
    if (!this.#open) return;
    Atomics.store(this.#words, layout.next, 2 ** 30);
    this.#close();
  }

  /** Workers come up while this thread goes on; until they have, it does the work alone. An interrupt costs at most one of them. */
  #start(): void {
    while (this.#seats < this.threads)
      startWorker({ memory: this.#memory.memory, seat: this.#seats++, layout, spins });
  }

  #post(job: Job, chunk: number): void {
    const words = this.#words;
    words[layout.module] = job.module;
    words[layout.code] = job.code;
    words[layout.codeLength] = job.codeLength;
    words[layout.fn] = job.fn;
    words[layout.items] = job.items;
    words[layout.chunk] = chunk;
    words[layout.params] = job.params;
    words[layout.scratch] = job.scratch;
    words[layout.scratchSize] = job.scratchSize;
    this.#open = true;
    Atomics.store(words, layout.next, 0);
    Atomics.store(words, layout.door, 1);
    Atomics.add(words, layout.generation, 1);
    if (Atomics.load(words, layout.sleeping) > 0) Atomics.notify(words, layout.generation);
  }

  #work({ items, params, scratch }: Job, chunk: number, run: Run): void {
    for (;;) {
      const start = Atomics.add(this.#words, layout.next, chunk);
      if (start >= items) return;
      run(start, Math.min(start + chunk, items), params, scratch);
    }
  }

  #close(): void {
    Atomics.and(this.#words, layout.door, ~1);
    for (let spin = 0; Atomics.load(this.#words, layout.door) !== 0; spin++)
      if (spin > spins) this.#yieldTo(1);
    this.#open = false;
  }

  /** Lets another thread have the processor. A page's main thread may not wait; there it goes on looking. */
  #yieldTo(ms: number): void {
    const door = Atomics.load(this.#words, layout.door);
    try {
      if (door !== 0) Atomics.wait(this.#words, layout.door, door, ms);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
}
