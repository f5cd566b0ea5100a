/**
 * Runs graphs on one GPU: plans what is asked for, writes shaders for it, has the GPU run them: one command buffer and one pass a realize.
 *
 * The host does not wait: what a GPU finds wrong (an index outside, a shader refused) is said when a result of that run is read. What is kept
 * in memory, and for how long, is as on the Wasm device (../wasm/index.ts); what goes to the host goes by itself, meanwhile.
 */
import type { Data, DType } from "../../dtype.ts";
import type { Report } from "../../graph.ts";
import type { Const, Value } from "../../graph.ts";
import type { Abilities } from "../../schedule/lower.ts";
import type { DeviceState, Observer, Replay } from "../device.ts";
import { read as decode, write as encode } from "../elements.ts";
import { type Form, formOf, scalarBits, type SlotInfo } from "../recipe.ts";
import { type Choice, choiceFor } from "./choice.ts";
import { Clock } from "./clock.ts";
import { Compiler, type Pipeline } from "./compile.ts";
import type { Gpu } from "./gpu.ts";
import { type Block, Memory, usage } from "./memory.ts";
import { bufferBytes, type Recipe, recipeOf, type RecipeStep } from "./recipe.ts";
import type { Pack } from "../../codegen/wgsl/shader.ts";
import { Script } from "./script.ts";
import { both, complain, failed, faultsOf, GpuStorage } from "./storage.ts";

/** How many realizes something stays in memory that none of them uses. */
const patience = 64;
const mostRecipes = 512;
const mostBindGroups = 4096;

export interface Stats {
  /** Programs run so far, and different ones compiled. */
  readonly programs: number;
  readonly compiled: number;
  /** Command buffers submitted. */
  readonly submits: number;
}

interface Like {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A buffer that grows when it must. */
interface Growing {
  readonly block: Block;
  readonly bytes: number;
}

export class Engine {
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
  /** What is on its way to the host. */
  readonly #moving = new Set<Promise<void>>();
  /** Times that are on their way. */
  readonly #clocks = new Set<Promise<void>>();
  readonly #counts = { programs: 0, submits: 0 };
  readonly #can: Abilities = {
    matmul: true,
    attention: false,
    attentionGrad: false,
    qmatvec: false,
    sorts: 1024,
    wgsl: true,
  };

  /** Why the GPU is gone; undefined: it is there. */
  lost: string | undefined;

  /** `choice`: undefined for what suits the GPU. */
  constructor(gpu: Gpu, choice?: Choice) {
    this.gpu = gpu;
    this.#device = gpu.device;
    this.#memory = new Memory(gpu.device);
    this.#compiler = new Compiler(gpu.device, choice ?? choiceFor(gpu));
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

  /** The GPU is gone: what can be computed again forgets that it was, of the others it is said when they are read. */
  lose(reason: string): void {
    this.lost = reason;
    const held = [...this.#held];
    this.#held.clear();
    for (const [storage, ref] of held) {
      const value = ref.deref();
      if (value?.storage !== storage) continue;
      if (value.node !== undefined) value.storage = undefined;
      else storage.fault = failed(new Error(lostText(reason)));
    }
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
    if (storage instanceof GpuStorage) return this.#download(value, this.#own(storage));
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
      const bytes = await this.#bytesOf(storage.block, bufferBytes(dtype, size));
      await storage.fault;
      return decode(bytes, 0, dtype, size);
    } finally {
      this.#memory.release(storage.block);
    }
  }

  async #bytesOf({ buffer }: Block, bytes: number): Promise<ArrayBuffer> {
    try {
      return await this.#memory.read(buffer, bytes);
    } catch (error) {
      throw new Error(lostText(this.lost ?? String(error)), { cause: error });
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
    await Promise.all([...moves, ...this.#moving]);
  }

  #recipeFor(form: Form): Recipe {
    const found = this.#recipes.get(form.key);
    this.#recipes.delete(form.key);
    const recipe =
      found ??
      this.#guarded(() =>
        recipeOf(form, isThere, this.#can, this.#compiler, this.#memory, this.#alignment, true),
      );
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
    let pass: GPUComputePassEncoder | undefined;
    for (const [i, step] of steps.entries()) {
      for (const s of step.outputs)
        blocks[s] ??= this.#guardedBlock(bufferBytes(slots[s].dtype, slots[s].size));
      this.#fill(scalars, step, pending);
      if (step.pipeline !== undefined) {
        const packed =
          step.pipeline.pack === undefined ? undefined : this.#guardedBlock(4 * step.pipeline.pack.words);
        if (packed !== undefined) {
          pass?.end();
          pass = undefined;
          this.#copyInto(packed, encoder, step, step.pipeline.pack!, blocks, slots);
        }
        pass ??= encoder.beginComputePass(clock?.passOf(i));
        this.#dispatch(pass, step.pipeline, step, blocks, packed);
        if (packed !== undefined) this.#memory.release(packed);
        if (clock !== undefined) {
          pass.end();
          pass = undefined;
        }
      }
      if (!releases) continue;
      for (const s of step.last) {
        this.#memory.release(blocks[s]!);
        blocks[s] = undefined;
      }
    }
    pass?.end();
    const times = clock?.copied(encoder, this.#memory);
    const told = this.#readReports(encoder, reports);
    if (scalars !== undefined) this.#device.queue.writeBuffer(this.#scalars!.block.buffer, 0, scalars);
    this.#device.queue.submit([encoder.finish()]);
    this.#counts.programs += recipe.programs;
    this.#counts.submits++;
    if (clock !== undefined) this.#tell(clock.tell(this.#observer!, times));
    const complaints = this.#complaints;
    this.#complaints = undefined;
    const refused = steps.reduce<Promise<void> | undefined>(
      (all, s) => both(all, s.pipeline?.fault),
      undefined,
    );
    return both(both(before, refused), both(complaints, told?.()));
  }

  /** Copies inputs that share a buffer there. */
  #copyInto(
    to: Block,
    encoder: GPUCommandEncoder,
    { inputs }: RecipeStep,
    { from, offsets }: Pack,
    blocks: readonly (Block | undefined)[],
    slots: readonly SlotInfo[],
  ): void {
    for (const [i, offset] of offsets.entries()) {
      const s = inputs[from + i];
      encoder.copyBufferToBuffer(
        blocks[s]!.buffer,
        0,
        to.buffer,
        4 * offset,
        bufferBytes(slots[s].dtype, slots[s].size),
      );
    }
  }

  /** Notes that an observer is still to be told. */
  #tell(told: Promise<void>): void {
    this.#clocks.add(told);
    void told.catch(() => undefined).finally(() => this.#clocks.delete(told));
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
    packed: Block | undefined,
  ): void {
    pass.setPipeline(program.pipeline);
    const group = this.#groupOf(program, step, blocks, packed);
    if (program.bindings.at(-1) === "scalars") pass.setBindGroup(0, group, [4 * step.firstWord]);
    else pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...program.workgroups);
  }

  #groupOf(
    { layout, bindings, pack, isExact }: Pipeline,
    step: RecipeStep,
    blocks: readonly (Block | undefined)[],
    packed: Block | undefined,
  ): GPUBindGroup {
    const used = [...step.inputs, ...step.outputs].map((s) => blocks[s]!);
    if (packed !== undefined) used.splice(pack!.from, pack!.to - pack!.from, packed);
    const bound = bindings.map((kind, i) =>
      kind === "scalars" ? this.#scalars!.block : kind === "reports" ? this.#reports!.block : used[i],
    );
    const words = Math.ceil((step.scalars.length + (step.reports.length > 0 ? 1 : 0)) / 4) * 16;
    const sizes = isExact ? step.sizes.join() : Math.max(words, scalarRoom);
    const key = `${bindings.join()}:${bound.map(({ id }) => id).join()}:${sizes}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const sizeOf = (binding: number): { size?: number } =>
      bindings[binding] === "scalars"
        ? { size: Math.max(words, scalarRoom) }
        : isExact
          ? { size: step.sizes[binding] }
          : {};
    const entries = bound.map(({ buffer }, binding) => ({
      binding,
      resource: { buffer, ...sizeOf(binding) },
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
      recipeOf(form, isLeaf, this.#can, this.#compiler, this.#memory, this.#alignment, false),
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
    const storage = new GpuStorage(this, block, fault);
    block.users++;
    storage.used = this.#time;
    this.#held.set(storage, new WeakRef(value));
    value.storage = storage;
  }

  /** Throws where it was held by a GPU that is gone. */
  #own(storage: GpuStorage): GpuStorage {
    if (storage.owner === this && this.lost === undefined) return storage;
    throw new Error(lostText((storage.owner as Engine).lost ?? "another one is in use"));
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
      this.#touch(this.#own(leaf.storage));
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
    const moving = this.#move(storage, new WeakRef(value), { shape: value.shape, dtype: value.dtype });
    this.#moving.add(moving);
    void moving.finally(() => this.#moving.delete(moving));
  }

  async #move(storage: GpuStorage, ref: WeakRef<Value>, like: Like): Promise<void> {
    const { used } = storage;
    try {
      this.#moved(storage, ref.deref(), used, await this.#download(like, storage));
    } catch {
      this.#held.set(storage, ref); // what went wrong is said when it is read
    }
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

function lostText(reason: string): string {
  return `webgpu: want a value that the GPU holds, got it lost with the GPU (${reason}); try computing it again`;
}

/** Whether reading it needs no program. */
function isThere(value: Value): boolean {
  return value.storage !== undefined || value.node?.op === "const";
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
