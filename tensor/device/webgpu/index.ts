/**
 * The WebGPU device: plans what is asked for, writes shaders for it, has the GPU run them: one command buffer and one pass for each realize.
 *
 * The host does not wait: what a GPU finds wrong (an index outside, a shader refused, the device lost) is said when a result of that run is
 * read. What is kept in memory, and for how long, is as on the Wasm device (../wasm/index.ts); what goes to the host goes by itself, meanwhile.
 */
import type { Data, DType } from "../../dtype.ts";
import type { Report } from "../../graph.ts";
import type { Const, Storage, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import type { Device, DeviceState, Observer, Replay } from "../device.ts";
import { read as decode, write as encode } from "../wasm/elements.ts";
import { type Form, formOf, scalarBits } from "../wasm/recipe.ts";
import { Clock } from "./clock.ts";
import { Compiler, type Pipeline } from "./compile.ts";
import { type Gpu, openGpu } from "./gpu.ts";
import { type Block, Memory, usage } from "./memory.ts";
import { bufferBytes, type Recipe, recipeOf, type RecipeStep } from "./recipe.ts";

class GpuStorage implements Storage {
  readonly device = "webgpu";
  readonly block: Block;
  /** What was wrong with the run that made it, or with one before; undefined once it is known that nothing was. */
  fault: Promise<void> | undefined;
  /** The realize in which it was used last. */
  used = 0;

  constructor(block: Block, fault: Promise<void> | undefined) {
    this.block = block;
    this.fault = fault;
    fault?.then(
      () => void (this.fault = undefined),
      () => undefined, // said by read()
    );
  }

  data(): Data {
    throw new TypeError(
      'webgpu: want a device that reads at once, got one that answers later; try await device("wasm"), which moves what is there',
    );
  }
}

/** A device as the library sees it, with counters that tests read. */
export interface WebGpu extends Device {
  readonly stats: () => Stats;
  /** What the driver calls the GPU, and whether it is the processor that plays one. */
  readonly gpu: Gpu;
}

export interface Stats {
  /** Programs run so far, and different ones compiled. */
  readonly programs: number;
  readonly compiled: number;
  /** Command buffers submitted. */
  readonly submits: number;
}

/** Starts the device. Throws RangeError where there is no GPU. */
export async function startWebGpu(): Promise<WebGpu> {
  const device = new WebGpuDevice(await openGpu());
  return {
    name: "webgpu",
    gpu: device.gpu,
    realize: (values, computed) => device.realize(values, computed),
    read: (value) => device.read(value),
    capture: (roots, inputs) => device.capture(roots, inputs),
    release: (value) => device.release(value),
    settled: (values) => device.settled(values),
    leave: () => device.leave(),
    observe: (observer) => device.observe(observer),
    state: () => device.state(),
    stats: () => device.stats(),
  };
}

/** How many realizes something stays in memory that none of them uses. */
const patience = 64;
const mostRecipes = 512;
const mostBindGroups = 4096;

interface Like {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A buffer that grows when it must. */
interface Growing {
  readonly block: Block;
  readonly bytes: number;
}

class WebGpuDevice {
  readonly gpu: Gpu;
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #compiler: Compiler;
  readonly #recipes = new Map<string, Recipe>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** Least recently used first. */
  readonly #held = new Map<GpuStorage, WeakRef<Value>>();
  readonly #scripts = new Set<WeakRef<Script>>();
  readonly #alignment: number;
  #scalars: Growing | undefined;
  #reports: Growing | undefined;
  #lastBuffer = 0;
  #time = 0;
  #observer: Observer | undefined;
  /** Times that are on their way. */
  readonly #clocks = new Set<Promise<void>>();
  readonly #counts = { programs: 0, submits: 0 };
  readonly #can: Abilities = { matmul: false, attention: false, attentionGrad: false, qmatvec: false };

  constructor(gpu: Gpu) {
    this.gpu = gpu;
    this.#device = gpu.device;
    this.#memory = new Memory(gpu.device);
    this.#compiler = new Compiler(gpu.device);
    this.#alignment = gpu.device.limits.minUniformBufferOffsetAlignment / 4;
  }

  observe(observer: Observer | undefined): void {
    this.#observer = observer;
  }

  /** Counted each time: an interrupt may end anything anywhere. */
  state(): DeviceState {
    const blocks = new Set([...this.#held.keys()].map(({ block }) => block));
    for (const ref of this.#scripts) for (const block of ref.deref()?.owned ?? []) blocks.add(block);
    const bytes = [...blocks].reduce((sum, block) => sum + block.bytes, 0);
    return { bytes, tier: this.gpu.name };
  }

  stats(): Stats {
    return { ...this.#counts, compiled: this.#compiler.programs };
  }

  realize(values: readonly Value[], computed: (value: Value) => void): void {
    this.#time++;
    const roots = [...new Set(values.filter((v) => !isThere(v)))];
    if (roots.length > 0) {
      const form = formOf(roots, isThere);
      this.#compute(this.#recipeFor(form), form, computed);
    }
    for (const { storage } of values) if (storage instanceof GpuStorage) this.#touch(storage);
    this.#sweep();
  }

  async read(value: Value): Promise<Data> {
    const { storage } = value;
    if (storage instanceof GpuStorage) return this.#download(value, storage);
    if (storage !== undefined) return storage.data();
    if (value.node?.op === "const") return value.node.data.slice();
    throw new Error("bug: the webgpu device was asked for a value it has not computed");
  }

  /** Waits until these are computed; throws what went wrong. */
  async settled(values: readonly Value[]): Promise<void> {
    for (const { storage } of values) if (storage instanceof GpuStorage) await storage.fault;
    await this.#device.queue.onSubmittedWorkDone();
    await Promise.all(this.#clocks);
  }

  async #download({ dtype, shape }: Like, storage: GpuStorage): Promise<Data> {
    const size = sizeOf(shape);
    storage.block.users++;
    try {
      const bytes = await this.#memory.read(storage.block.buffer, bufferBytes(dtype, size));
      await storage.fault;
      return decode(bytes, 0, dtype, size);
    } finally {
      this.#memory.release(storage.block);
    }
  }

  /** Everything that cannot be computed again goes to the host, and all memory back. */
  async leave(): Promise<void> {
    const moves = [...this.#held].map(async ([storage, ref]) => {
      const value = ref.deref();
      if (value !== undefined && value.storage === storage && value.node === undefined) {
        const data = await this.#download(value, storage).catch(() => undefined); // said when it is read
        if (data !== undefined && value.storage === storage) value.node = { op: "const", inputs: [], data };
      }
      if (value !== undefined && value.node !== undefined) this.release(value);
    });
    await Promise.all(moves);
  }

  #recipeFor(form: Form): Recipe {
    const found = this.#recipes.get(form.key);
    this.#recipes.delete(form.key);
    const recipe =
      found ?? this.#guarded(() => recipeOf(form, isThere, this.#can, this.#compiler, this.#alignment, true));
    this.#recipes.set(form.key, recipe);
    if (this.#recipes.size > mostRecipes) this.#recipes.delete(this.#recipes.keys().next().value!);
    return recipe;
  }

  /** What the driver says about what is made meanwhile; asked for by the next run. */
  #complaints: Promise<void> | undefined;

  #guarded<T>(make: () => T): T {
    const kinds = ["validation", "out-of-memory", "internal"] as const;
    for (const kind of kinds) this.#device.pushErrorScope(kind);
    try {
      return make();
    } finally {
      const told = kinds.map(() => this.#device.popErrorScope());
      this.#complaints = both(this.#complaints, complain(told));
    }
  }

  // ——— runs ———

  #compute(recipe: Recipe, form: Form, computed: (value: Value) => void): void {
    const blocks: (Block | undefined)[] = form.leaves.map((leaf) => this.#blockOf(leaf));
    const fault = this.#run(recipe, blocks, form.pending, faultsOf(form.leaves), true);
    recipe.slots.forEach((slot, s) => {
      const value = slot.position === undefined ? undefined : form.pending[slot.position];
      const block = blocks[s];
      if (value !== undefined && block !== undefined && s >= recipe.leaves && value.storage === undefined)
        this.#hold(value, block, fault);
    });
    form.roots.forEach((root, i) => {
      if (root.storage === undefined) this.#hold(root, blocks[recipe.roots[i]]!, fault);
      computed(root);
    });
    blocks.forEach((block, s) => block !== undefined && s >= recipe.leaves && this.#memory.release(block));
  }

  /**
   * Has the GPU run a recipe. `blocks`: where leaves lie, by slot; those of what the steps make are added. Returns what goes wrong.
   * What later steps do not need is released, unless the blocks belong to a script.
   */
  #run(
    recipe: Recipe,
    blocks: (Block | undefined)[],
    pending: readonly Value[],
    before: Promise<void> | undefined,
    releases: boolean,
  ): Promise<void> | undefined {
    const { steps, words, reports, slots } = recipe;
    const scalars = words === 0 ? undefined : new Uint32Array(words);
    if (scalars !== undefined) this.#scalars = this.#grown(this.#scalars, 4 * words, usage.uniform);
    if (reports.length > 0) this.#reports = this.#grown(this.#reports, 8 * reports.length, usage.storage);
    const encoder = this.#device.createCommandEncoder();
    const clock = this.#observer === undefined ? undefined : new Clock(this.#device, recipe);
    let pass = clock === undefined ? encoder.beginComputePass() : undefined;
    for (const [i, step] of steps.entries()) {
      for (const s of step.outputs)
        blocks[s] ??= this.#guardedBlock(bufferBytes(slots[s].dtype, slots[s].size));
      this.#fill(scalars, step, pending);
      if (step.pipeline !== undefined) {
        if (clock !== undefined) pass = encoder.beginComputePass(clock.passOf(i));
        this.#dispatch(pass!, step.pipeline, step, blocks);
        if (clock !== undefined) pass!.end();
      }
      if (!releases) continue;
      for (const s of step.last) {
        this.#memory.release(blocks[s]!);
        blocks[s] = undefined;
      }
    }
    if (clock === undefined) pass!.end();
    const times = clock?.copied(encoder, this.#memory);
    const told = this.#readReports(encoder, reports);
    if (scalars !== undefined) this.#device.queue.writeBuffer(this.#scalars!.block.buffer, 0, scalars);
    this.#device.queue.submit([encoder.finish()]);
    this.#counts.programs += recipe.programs;
    this.#counts.submits++;
    if (clock !== undefined) this.#tell(clock.tell(this.#observer!, times));
    const complaints = this.#complaints;
    this.#complaints = undefined;
    return both(both(before, complaints), told?.());
  }

  /** Notes that an observer is still to be told. */
  #tell(told: Promise<void>): void {
    this.#clocks.add(told);
    const done = (): void => void this.#clocks.delete(told);
    told.then(done, done);
  }

  #fill(words: Uint32Array | undefined, step: RecipeStep, pending: readonly Value[]): void {
    if (words === undefined) return;
    let w = step.firstWord;
    if (step.reports.length > 0) words[w++] = 2 * step.firstReport;
    for (const s of step.scalars)
      words[w++] = "bits" in s ? s.bits : scalarBits(pending[s.position].node!, s.dtype);
  }

  #dispatch(
    pass: GPUComputePassEncoder,
    program: Pipeline,
    step: RecipeStep,
    blocks: readonly (Block | undefined)[],
  ): void {
    pass.setPipeline(program.pipeline);
    const group = this.#groupOf(program, step, blocks);
    if (program.bindings.at(-1) === "scalars") pass.setBindGroup(0, group, [4 * step.firstWord]);
    else pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...program.workgroups);
  }

  #groupOf(
    { layout, bindings }: Pipeline,
    step: RecipeStep,
    blocks: readonly (Block | undefined)[],
  ): GPUBindGroup {
    const used = [...step.inputs, ...step.outputs].map((s) => blocks[s]!);
    const bound = bindings.map((kind, i) =>
      kind === "scalars" ? this.#scalars!.block : kind === "reports" ? this.#reports!.block : used[i],
    );
    const key = `${bindings.join()}:${bound.map(({ id }) => id).join()}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const words = Math.ceil((step.scalars.length + (step.reports.length > 0 ? 1 : 0)) / 4) * 16;
    const entries = bound.map(({ buffer }, binding) => ({
      binding,
      resource: bindings[binding] === "scalars" ? { buffer, size: Math.max(words, scalarRoom) } : { buffer },
    }));
    const group = this.#device.createBindGroup({ layout, entries });
    if (this.#groups.size >= mostBindGroups) this.#groups.clear();
    this.#groups.set(key, group);
    return group;
  }

  #readReports(encoder: GPUCommandEncoder, reports: readonly Report[]): (() => Promise<void>) | undefined {
    if (reports.length === 0) return undefined;
    const { buffer } = this.#reports!.block;
    const read = this.#memory.copied(encoder, buffer, 8 * reports.length);
    encoder.clearBuffer(buffer);
    return async () => {
      const words = new Int32Array(await read());
      const at = reports.findIndex((_, i) => words[2 * i] !== 0);
      if (at < 0) return;
      const { who, size } = reports[at];
      const got = who === "gather" ? "one outside" : String(words[2 * at + 1]);
      throw new RangeError(`${who}: want every index in 0 … ${size - 1}, got ${got}`);
    };
  }

  // ——— replay ———

  /** The graph as a script. Its memory goes when nobody holds it. */
  capture(roots: readonly Value[], inputs: readonly Value[]): Replay {
    const given = new Set(inputs);
    const isLeaf = (v: Value): boolean => given.has(v) || isThere(v);
    const form = formOf(roots, isLeaf);
    const recipe = this.#guarded(() =>
      recipeOf(form, isLeaf, this.#can, this.#compiler, this.#alignment, false),
    );
    const fixed = form.leaves.map((leaf) => (given.has(leaf) ? undefined : this.#copyOf(leaf)));
    const script = new Script(recipe, fixed, (bytes) => this.#guardedBlock(bytes));
    this.#scripts.add(new WeakRef(script));
    const places = form.leaves.map((leaf) => inputs.indexOf(leaf));
    const likes = roots.map(({ shape, dtype }) => ({ shape, dtype }));
    const run = (values: readonly Value[]): readonly Value[] => {
      this.#time++;
      const blocks = script.start(places.map((at, s) => fixed[s] ?? this.#blockOf(values[at])));
      const fault = this.#run(recipe, blocks, form.pending, faultsOf(values), false);
      const results = likes.map(({ shape, dtype }, i) => {
        const value: Value = { shape, dtype, node: undefined, storage: undefined, users: 0 };
        this.#hold(value, blocks[recipe.roots[i]]!, fault);
        return value;
      });
      for (const s of script.results) this.#memory.release(blocks[s]!);
      this.#sweep();
      return results;
    };
    return { programs: recipe.programs, run };
  }

  /** A leaf's elements in memory of their own. */
  #copyOf(leaf: Value): Block {
    const { storage } = leaf;
    const bytes = bufferBytes(leaf.dtype, sizeOf(leaf.shape));
    if (!(storage instanceof GpuStorage))
      return this.#uploaded(leaf, storage?.data() ?? (leaf.node as Const).data);
    const block = this.#guardedBlock(bytes);
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(storage.block.buffer, 0, block.buffer, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    return block;
  }

  /** Gives a value's memory back. */
  release(value: Value): void {
    const { storage } = value;
    if (!(storage instanceof GpuStorage) || !this.#held.delete(storage)) return;
    value.storage = undefined;
    this.#memory.release(storage.block);
  }

  // ——— memory ———

  #guardedBlock(bytes: number): Block {
    return this.#guarded(() => this.#memory.allocate(bytes));
  }

  #grown(now: Growing | undefined, bytes: number, kind: number): Growing {
    if (now !== undefined && now.bytes >= bytes) return now;
    const size = Math.max(2 ** 14, 2 ** Math.ceil(Math.log2(bytes)));
    const buffer = this.#device.createBuffer({
      size: size + scalarRoom,
      usage: kind | usage.copySource | usage.copyTarget,
    });
    return { block: { id: -++this.#lastBuffer, buffer, bytes: size, users: 1 }, bytes: size };
  }

  #hold(value: Value, block: Block, fault: Promise<void> | undefined): void {
    const storage = new GpuStorage(block, fault);
    block.users++;
    storage.used = this.#time;
    this.#held.set(storage, new WeakRef(value));
    value.storage = storage;
  }

  #touch(storage: GpuStorage): void {
    storage.used = this.#time;
    const value = this.#held.get(storage);
    if (value === undefined) return;
    this.#held.delete(storage);
    this.#held.set(storage, value);
  }

  /** Where a leaf lies; data from outside, or from another device, is copied in. */
  #blockOf(leaf: Value): Block {
    if (leaf.storage instanceof GpuStorage) {
      this.#touch(leaf.storage);
      return leaf.storage.block;
    }
    const data = leaf.storage?.data() ?? (leaf.node?.op === "const" ? leaf.node.data : undefined);
    if (data === undefined) throw new Error("bug: a leaf without data");
    const block = this.#uploaded(leaf, data);
    this.#hold(leaf, block, undefined);
    this.#memory.release(block);
    return block;
  }

  #uploaded({ dtype }: Value, data: Data): Block {
    const bytes = bufferBytes(dtype, data.length);
    const block = this.#guardedBlock(bytes);
    const words = new ArrayBuffer(bytes);
    encode(words, 0, dtype, data);
    this.#device.queue.writeBuffer(block.buffer, 0, words);
    return block;
  }

  #sweep(): void {
    for (const [storage, ref] of this.#held) {
      if (storage.used > this.#time - patience) return;
      this.#evict(storage, ref.deref());
    }
  }

  /** What has no way to be computed again goes to the host, unless it is used meanwhile. */
  #evict(storage: GpuStorage, value: Value | undefined): void {
    this.#held.delete(storage);
    if (value?.storage !== storage) return this.#memory.release(storage.block);
    if (value.node !== undefined) {
      value.storage = undefined;
      return this.#memory.release(storage.block);
    }
    const { used } = storage;
    const ref = new WeakRef(value);
    void this.#download({ shape: value.shape, dtype: value.dtype }, storage).then(
      (data) => this.#moved(storage, ref.deref(), used, data),
      () => this.#held.set(storage, ref), // what went wrong is said when it is read
    );
  }

  #moved(storage: GpuStorage, value: Value | undefined, used: number, data: Data): void {
    if (value?.storage === storage && storage.used !== used) {
      this.#held.set(storage, new WeakRef(value));
      return;
    }
    if (value?.storage === storage) {
      value.node ??= { op: "const", inputs: [], data };
      value.storage = undefined;
    }
    this.#memory.release(storage.block);
  }
}

/** A step's scalars are bound as at least so many bytes. */
const scalarRoom = 256;

/** A recipe with memory of its own for what comes and goes; two values share some where their lives do not overlap. */
class Script {
  readonly owned: readonly Block[];
  /** Slots of results that a run makes anew. */
  readonly results: readonly number[];
  readonly #places: readonly (Block | undefined)[];

  /** `fixed`: leaves that are the same in every run. */
  constructor(recipe: Recipe, fixed: readonly (Block | undefined)[], room: (bytes: number) => Block) {
    const places: (Block | undefined)[] = [...fixed];
    const owned = fixed.filter((b) => b !== undefined);
    const free: Block[] = [];
    const { slots, steps, roots, leaves } = recipe;
    for (const step of steps) {
      for (const s of step.outputs) {
        if (roots.includes(s)) continue;
        const bytes = bufferBytes(slots[s].dtype, slots[s].size);
        const at = bestOf(free, bytes);
        const block = at < 0 ? room(bytes) : free.splice(at, 1)[0];
        if (at < 0) owned.push(block);
        places[s] = block;
      }
      for (const s of step.last) if (s >= leaves && !roots.includes(s)) free.push(places[s]!);
    }
    this.owned = owned;
    this.results = [...new Set(roots.filter((s) => s >= leaves))];
    this.#places = places;
  }

  /** Where everything lies, by slot; results have no place yet. */
  start(leaves: readonly Block[]): (Block | undefined)[] {
    const blocks = this.#places.slice();
    leaves.forEach((block, s) => (blocks[s] = block));
    return blocks;
  }
}

/** The smallest that is large enough and not twice too large. */
function bestOf(free: readonly Block[], bytes: number): number {
  let best = -1;
  for (const [i, block] of free.entries())
    if (
      block.bytes >= bytes &&
      block.bytes <= 2 * Math.max(bytes, 64) &&
      (best < 0 || block.bytes < free[best].bytes)
    )
      best = i;
  return best;
}

/** Whether reading it needs no program. */
function isThere(value: Value): boolean {
  return value.storage !== undefined || value.node?.op === "const";
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function faultsOf(values: readonly Value[]): Promise<void> | undefined {
  let fault: Promise<void> | undefined;
  for (const { storage } of values) if (storage instanceof GpuStorage) fault = both(fault, storage.fault);
  return fault;
}

/** Both done, or what was wrong with one of them. */
function both(a: Promise<void> | undefined, b: Promise<void> | undefined): Promise<void> | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const all = Promise.all([a, b]).then(() => undefined);
  all.catch(() => undefined); // said by whoever reads
  return all;
}

function complain(told: readonly Promise<GPUError | null>[]): Promise<void> {
  const all = Promise.all(told).then((errors) => {
    const error = errors.find((e) => e !== null);
    if (error === undefined || error === null) return;
    throw new Error(`webgpu: want a GPU that takes this program, got "${error.message}"; try device("wasm")`);
  });
  all.catch(() => undefined);
  return all;
}
