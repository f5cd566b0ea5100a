/**
 * The WebGPU device: an engine (engine.ts) on the GPU that answers, and another one when that is lost. A GPU is lost when its driver is
 * replaced or gives up; what only it held is lost with it, and says so when it is read; everything else goes on on the new one.
 */
import type { Value } from "../../graph.ts";
import type { Device, Observer, Replay } from "../device.ts";
import type { Choice } from "./choice.ts";
import { Engine, type Stats } from "./engine.ts";
import { type Gpu, openGpu } from "./gpu.ts";

/** A device as the library sees it, with what tests read and do. */
export interface WebGpu extends Device {
  readonly stats: () => Stats;
  /** What the driver calls the GPU, and whether it is the processor that plays one. */
  readonly gpu: Pick<Gpu, "name" | "isSoftware">;
  /** Gives the GPU up, as a driver does that fails; the next result comes from a new one. */
  readonly lose: () => void;
}

/** Starts the device. `choice`: undefined for what suits the GPU. Throws RangeError where there is no GPU. */
export async function startWebGpu(choice?: Choice): Promise<WebGpu> {
  const start = async (): Promise<Engine> => new Engine(await openGpu(), choice);
  const device = new Restarting(await start(), start);
  return {
    name: "webgpu",
    gpu: device.engine.gpu,
    realize: (values, computed) => device.running().realize(values, computed),
    read: (value) => device.engine.read(value),
    capture: (roots, inputs) => device.capture(roots, inputs),
    release: (value) => device.engine.release(value),
    settled: (values) => device.engine.settled(values),
    leave: () => device.engine.leave(),
    observe: (observer) => device.observe(observer),
    state: () => device.engine.state(),
    stats: () => device.engine.stats(),
    starting: () => device.starting,
    lose: () => device.engine.gpu.device.destroy(),
  };
}

class Restarting {
  engine: Engine;
  /** A new engine on its way, after one was lost. */
  starting: Promise<void> | undefined;
  #observer: Observer | undefined;

  readonly #start: () => Promise<Engine>;

  constructor(engine: Engine, start: () => Promise<Engine>) {
    this.engine = engine;
    this.#start = start;
    void this.#watch(engine);
  }

  /** The engine, if it is there. Throws where the GPU is lost and no new one has started. */
  running(): Engine {
    const { lost } = this.engine;
    if (lost !== undefined)
      throw new Error(
        `webgpu: want a GPU that answers, got one that was lost (${lost}); try again after an await`,
      );
    return this.engine;
  }

  observe(observer: Observer | undefined): void {
    this.#observer = observer;
    this.engine.observe(observer);
  }

  /** A script belongs to an engine: a new one captures the graph again. */
  capture(roots: readonly Value[], inputs: readonly Value[]): Replay {
    let engine = this.running();
    let replay = engine.capture(roots, inputs);
    const run = (values: readonly Value[]): readonly Value[] => {
      if (this.running() !== engine) {
        engine = this.engine;
        replay = engine.capture(roots, inputs);
      }
      return replay.run(values);
    };
    return { programs: replay.programs, run };
  }

  async #watch(engine: Engine): Promise<void> {
    const { message, reason } = await engine.gpu.device.lost;
    engine.lose(message || reason);
    this.starting = this.#restart();
    this.starting.catch(() => undefined); // said by whoever waits for it
  }

  async #restart(): Promise<void> {
    const next = await this.#start();
    this.engine = next;
    next.observe(this.#observer);
    this.starting = undefined;
    void this.#watch(next);
  }
}
