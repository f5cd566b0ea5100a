/**
 * How long programs take, by the GPU's own clock: each in a pass of its own, which notes when it begins and ends. On a GPU without such a
 * clock there is one time for all of a run's programs together, the host's.
 */
import type { Observer } from "../device.ts";
import { type Memory, usage } from "./memory.ts";
import type { Recipe } from "./recipe.ts";

export class Clock {
  readonly #device: GPUDevice;
  readonly #recipe: Recipe;
  readonly #set: GPUQuerySet | undefined;
  readonly #startMs = performance.now();

  constructor(device: GPUDevice, recipe: Recipe) {
    this.#device = device;
    this.#recipe = recipe;
    const count = 2 * recipe.steps.length;
    if (count > 0 && count <= mostQueries && device.features.has("timestamp-query"))
      this.#set = device.createQuerySet({ type: "timestamp", count });
  }

  /** What the pass of step i is begun with. */
  passOf(i: number): GPUComputePassDescriptor {
    if (this.#set === undefined) return {};
    const [beginningOfPassWriteIndex, endOfPassWriteIndex] = [2 * i, 2 * i + 1];
    return { timestampWrites: { querySet: this.#set, beginningOfPassWriteIndex, endOfPassWriteIndex } };
  }

  /** Has the encoder copy the times to where the host can read them. */
  copied(encoder: GPUCommandEncoder, memory: Memory): (() => Promise<ArrayBuffer>) | undefined {
    if (this.#set === undefined) return undefined;
    const { count } = this.#set;
    const buffer = this.#device.createBuffer({ size: 8 * count, usage: usage.query | usage.copySource });
    encoder.resolveQuerySet(this.#set, 0, count, buffer, 0);
    return memory.copied(encoder, buffer, 8 * count);
  }

  /** Tells of every program, once the times are there. */
  async tell(observer: Observer, read: (() => Promise<ArrayBuffer>) | undefined): Promise<void> {
    if (read === undefined) return this.#tellTogether(observer);
    const times = new BigUint64Array(await read());
    const first = times[2 * this.#recipe.steps.findIndex((s) => s.pipeline !== undefined)];
    for (const [i, { pipeline, name: program, flops, bytes }] of this.#recipe.steps.entries()) {
      if (pipeline === undefined) continue;
      const startMs = this.#startMs + Number(times[2 * i] - first) / 1e6;
      observer({ program, startMs, ms: Number(times[2 * i + 1] - times[2 * i]) / 1e6, flops, bytes });
    }
    this.#set?.destroy();
  }

  async #tellTogether(observer: Observer): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone();
    const ms = performance.now() - this.#startMs;
    const steps = this.#recipe.steps.filter((s) => s.pipeline !== undefined);
    const [flops, bytes] = [steps.reduce((n, s) => n + s.flops, 0), steps.reduce((n, s) => n + s.bytes, 0)];
    const program = steps.length === 1 ? steps[0].name : `${steps.length} programs: ${steps[0]?.name}, …`;
    if (steps.length > 0) observer({ program, startMs: this.#startMs, ms, flops, bytes });
  }
}

/** WebGPU's limit for a query set. */
const mostQueries = 4096;
