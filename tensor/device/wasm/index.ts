/**
 * The Wasm device: plans what is asked for, writes code for it, runs that.
 *
 * What is kept in memory: results, and what programs left on the way, since the next thing asked may need it too. Nobody has to
 * dispose: what has not been used for a while is dropped if it can be computed again, and moved to the host if it cannot, where
 * the garbage collector finds it. So memory stays the same in a loop that does the same.
 */
import { argsort } from "../../argsort.ts";
import type { Data, DType } from "../../dtype.ts";
import { type Const, type Storage, storageOf, type Value } from "../../graph.ts";
import { bytesEach } from "../../codegen/wasm/convert.ts";
import { ModuleWriter } from "../../codegen/wasm/encode.ts";
import { webAssembly } from "../../codegen/wasm/engine.ts";
import { i32x4 } from "../../codegen/wasm/instructions.ts";
import type { Abilities } from "../../schedule/lower.ts";
import type { Device, DeviceState, Observer, Replay } from "../device.ts";
import { type Code, Compiler } from "./compile.ts";
import { read, write } from "./elements.ts";
import { type Machine, startMachine } from "./machine.ts";
import { Script } from "./replay.ts";
import { type Form, formOf, type Recipe, recipeOf, type RecipeStep, scalarBits } from "./recipe.ts";

/** A piece of linear memory; several values may lie in it. */
interface Block {
  readonly address: number;
  users: number;
}

/** Where a value's elements are: in memory, or with the host, or nowhere. */
class Place {
  readonly #machine: Machine;
  readonly #dtype: DType;
  readonly #size: number;
  /** Whether the value's node can compute it again. */
  readonly isSpare: boolean;
  block: Block | undefined;
  /** Its elements, once others needed its memory. */
  host: Data | undefined;
  /** The realize in which it was used last. */
  used = 0;

  constructor(machine: Machine, block: Block, { dtype, shape }: Like, isSpare: boolean) {
    this.#machine = machine;
    this.block = block;
    this.#dtype = dtype;
    this.#size = shape.reduce((a, b) => a * b, 1);
    this.isSpare = isSpare;
  }

  get isGone(): boolean {
    return this.block === undefined && this.host === undefined;
  }

  data(): Data {
    if (this.block !== undefined)
      return read(this.#machine.memory.buffer, this.block.address, this.#dtype, this.#size);
    if (this.host === undefined) throw new Error("bug: a copy of what is gone");
    return this.host.slice();
  }
}

/** What a value holds of its place, and nobody else: when it is collected, nobody can reach the value any more. */
class WasmStorage implements Storage {
  readonly device = "wasm";
  readonly place: Place;

  constructor(place: Place) {
    this.place = place;
  }

  get isGone(): boolean {
    return this.place.isGone;
  }

  data(): Data {
    return this.place.data();
  }
}

/** A device as the library sees it, with counters that tests read. */
export interface Wasm extends Device {
  /** Programs run so far, and different ones compiled. */
  readonly stats: () => Stats;
}

export interface Stats {
  readonly programs: number;
  readonly compiled: number;
}

/** Whether this runtime has WebAssembly with vectors, which the device's programs are made of. */
export function hasVectors(): boolean {
  const writer = new ModuleWriter({ shared: false });
  writer.fn("f", [], "v128", () => i32x4.splat(0));
  return (webAssembly as typeof webAssembly | undefined)?.validate(writer.bytes()) ?? false;
}

/** Starts the device. */
export function startWasm(): Wasm {
  const device = new WasmDevice();
  return {
    name: "wasm",
    realize: (values, computed) => device.realize(values, computed),
    read: async (value) => device.read(value),
    readSync: (value) => device.read(value),
    capture: (roots, inputs) => device.capture(roots, inputs),
    release: (value) => device.release(value),
    observe: (observer) => device.observe(observer),
    state: () => device.state(),
    stats: () => device.stats(),
  };
}

interface Like {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** How many realizes something stays in memory that none of them uses. */
const patience = 64;
const mostRecipes = 512;

class WasmDevice {
  readonly #machine: Machine = startMachine();
  readonly #compiler = new Compiler(this.#machine);
  readonly #recipes = new Map<string, Recipe>();
  /** Least recently used first. */
  readonly #held = new Set<Place>();
  /**
   * Told when a storage is collected, not the value: V8's small collections keep what is registered, and a value holds its graph.
   * No WeakRef: in a loop that awaits nothing but results, all that one was made of stays.
   */
  readonly #unreachable = new FinalizationRegistry<Place>((place) => this.#drop(place));
  /** Blocks of a run that has not finished: an interrupt may end it anywhere. */
  readonly #open = new Set<Block>();
  readonly #scripts = new FinalizationRegistry<() => void>((free) => free());
  #time = 0;
  /** Still true at the next beginning if an interrupt, or an error, ended the run. */
  #isRunning = false;
  #observer: Observer | undefined;
  readonly #counts = { programs: 0 };

  readonly #can: Abilities = { matmul: true, attention: true, attentionGrad: true, qmatvec: true };

  observe(observer: Observer | undefined): void {
    this.#observer = observer;
  }

  state(): DeviceState {
    return { bytes: this.#machine.bytesInUse, threads: this.#machine.threads, tier: this.#machine.tier.name };
  }

  stats(): Stats {
    return { programs: this.#counts.programs, compiled: this.#compiler.programs };
  }

  realize(values: readonly Value[], computed: (value: Value) => void): void {
    this.#begin();
    const roots = [...new Set(values.filter((v) => !this.#isThere(v)))];
    if (roots.length > 0) {
      const form = formOf(roots, (v) => this.#isLeaf(v));
      this.#run(this.#recipeFor(form), form, computed);
    }
    for (const value of values) if (value.storage instanceof WasmStorage) this.#touch(value.storage.place);
    this.#sweep();
    this.#end();
  }

  read(value: Value): Data {
    const storage = storageOf(value);
    if (storage !== undefined) return storage.data();
    if (value.node?.op === "const") return value.node.data.slice();
    throw new Error("bug: the wasm device was asked for a value it has not computed");
  }

  /** Whether reading it needs no program. */
  #isThere(value: Value): boolean {
    return storageOf(value) !== undefined || value.node?.op === "const";
  }

  #isLeaf(value: Value): boolean {
    return this.#isThere(value);
  }

  #recipeFor(form: Form): Recipe {
    const found = this.#recipes.get(form.key);
    if (found !== undefined) {
      this.#recipes.delete(form.key);
      this.#recipes.set(form.key, found);
      return found;
    }
    const recipe = recipeOf(form, (v) => this.#isLeaf(v), this.#can, this.#compiler, this.#machine, true);
    this.#recipes.set(form.key, recipe);
    if (this.#recipes.size > mostRecipes) this.#forget(this.#recipes.keys().next().value!);
    return recipe;
  }

  #forget(key: string): void {
    for (const step of this.#recipes.get(key)!.steps) this.#machine.free(step.params);
    this.#recipes.delete(key);
  }

  #run(recipe: Recipe, form: Form, computed: (value: Value) => void): void {
    this.#pin(form.leaves);
    const blocks: (Block | undefined)[] = form.leaves.map((leaf) => this.#blockOf(leaf));
    for (const step of recipe.steps) {
      for (const s of step.outputs) blocks[s] ??= this.#allocate(recipe.slots[s].bytes);
      this.#launch(recipe, step, form, blocks);
      for (const s of step.last) this.#release(blocks[s]!);
    }
    this.#checkReports(recipe);
    recipe.slots.forEach((slot, s) => {
      const value = slot.position === undefined ? undefined : form.pending[slot.position];
      const block = blocks[s];
      if (value !== undefined && block !== undefined && block.users > 0 && value.storage === undefined)
        this.#hold(value, block, !form.roots.includes(value));
    });
    form.roots.forEach((root, i) => {
      if (root.storage === undefined) this.#hold(root, blocks[recipe.roots[i]]!, false);
      computed(root);
    });
  }

  #launch(recipe: Recipe, step: RecipeStep, form: Form, blocks: readonly (Block | undefined)[]): void {
    if (step.code === undefined && step.sort === undefined) return;
    const words = new Int32Array(this.#machine.memory.buffer, step.params);
    let w = 0;
    for (const s of step.inputs) words[w++] = blocks[s]!.address;
    for (const s of step.outputs) words[w++] = blocks[s]!.address;
    for (const s of step.scalars)
      words[w++] = "bits" in s ? s.bits : scalarBits(form.pending[s.position].node!, s.dtype);
    this.#counts.programs++;
    const startMs = this.#observer === undefined ? 0 : performance.now();
    if (step.code === undefined) this.#sort(recipe, step);
    else this.#launchCode(step.code, step.params, step.workspaceWord);
    this.#observer?.({
      program: step.name,
      startMs,
      ms: performance.now() - startMs,
      flops: step.flops,
      bytes: step.bytes,
    });
  }

  #launchCode({ module, phases, workspaceBytes }: Code, params: number, word: number): void {
    const workspace = workspaceBytes === 0 ? undefined : this.#allocate(workspaceBytes);
    if (workspace !== undefined)
      new Int32Array(this.#machine.memory.buffer, params + 4 * word, 1)[0] = workspace.address;
    for (const { fn, items, grain } of phases) this.#machine.launch(module, fn, items, grain, params);
    if (workspace !== undefined) this.#release(workspace);
  }

  /** Order is found by the host. Buffers are where the step's first words say. */
  #sort(recipe: Recipe, step: RecipeStep): void {
    const { buffer } = this.#machine.memory;
    const [from, to] = new Int32Array(buffer, step.params, 2);
    const { dtype, size } = recipe.slots[step.inputs[0]];
    const { shape, axis, descending } = step.sort!;
    const order = argsort(read(buffer, from >>> 0, dtype, size), shape, axis, descending);
    write(buffer, to >>> 0, "i32", order);
  }

  #checkReports(recipe: Recipe): void {
    for (const { reports, params, inputs, outputs, scalars } of recipe.reporting) {
      const first = params + 4 * (inputs.length + outputs.length + scalars.length);
      const words = new Int32Array(this.#machine.memory.buffer, first, 2 * reports.length);
      const at = reports.findIndex((_, i) => words[2 * i] !== 0);
      if (at < 0) continue;
      const index = words[2 * at + 1];
      words.fill(0);
      const { who, size } = reports[at];
      const got = who === "gather" ? "one outside" : String(index);
      throw new RangeError(`${who}: want every index in 0 … ${size - 1}, got ${got}`);
    }
  }

  // ——— replay ———

  /** The graph as a script. What it needs goes when the script goes. */
  capture(roots: readonly Value[], inputs: readonly Value[]): Replay {
    if (this.#isRunning) this.#recount();
    const given = new Set(inputs);
    const isLeaf = (v: Value): boolean => given.has(v) || this.#isLeaf(v);
    const form = formOf(roots, isLeaf);
    const recipe = recipeOf(form, isLeaf, this.#can, this.#compiler, this.#machine, false);
    const fixed = new Map<number, Block>();
    form.leaves.forEach((leaf, slot) => !given.has(leaf) && fixed.set(slot, this.#copyOf(leaf)));
    const addresses = new Map([...fixed].map(([slot, block]) => [slot, block.address]));
    const script = new Script(recipe, this.#machine, (bytes) => this.#room(bytes), addresses, form.pending);
    const places = form.leaves.map((leaf) => inputs.indexOf(leaf));
    const likes = roots.map(({ shape, dtype }) => ({ shape, dtype }));
    const run = (values: readonly Value[]): readonly Value[] => {
      this.#begin();
      this.#pin(values);
      const leaves = places.map((at, slot) => fixed.get(slot) ?? this.#blockOf(values[at]));
      return this.#replay(script, leaves, likes);
    };
    const replay: Replay = { programs: recipe.programs, run };
    this.#scripts.register(replay, () => {
      for (const address of script.owned) this.#machine.free(address);
      for (const block of fixed.values()) this.#release(block);
    });
    return replay;
  }

  /** A leaf's elements in memory of their own. */
  #copyOf(leaf: Value): Block {
    const data = storageOf(leaf)?.data() ?? (leaf.node as Const).data;
    const address = this.#room(data.length * bytesEach[leaf.dtype]);
    write(this.#machine.memory.buffer, address, leaf.dtype, data);
    return { address, users: 1 };
  }

  /** `leaves`: their blocks, by slot. */
  #replay(script: Script, leaves: readonly Block[], likes: readonly Like[]): readonly Value[] {
    const { recipe } = script;
    const blocks: Block[] = [...leaves];
    for (const s of recipe.roots) blocks[s] ??= this.#allocate(recipe.slots[s].bytes);
    script.run(blocks, this.#observer, (step) => this.#sort(recipe, step));
    this.#counts.programs += recipe.programs;
    this.#checkReports(recipe);
    const results = likes.map(({ shape, dtype }, i) => {
      const value: Value = { shape, dtype, node: undefined, storage: undefined, users: 0 };
      this.#hold(value, blocks[recipe.roots[i]], false);
      return value;
    });
    this.#sweep();
    this.#end();
    return results;
  }

  /** Gives a value's memory back. */
  release(value: Value): void {
    const { storage } = value;
    if (!(storage instanceof WasmStorage) || !this.#held.has(storage.place)) return;
    value.storage = undefined;
    this.#drop(storage.place);
  }

  // ——— memory ———

  #allocate(bytes: number): Block {
    const block = { address: this.#room(bytes, true), users: 1 };
    this.#open.add(block);
    return block;
  }

  /** Address of free memory; where there is none, what the current run does not need makes room. */
  #room(bytes: number, isCounted = false): number {
    try {
      return this.#machine.allocate(bytes, isCounted);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      for (const place of this.#held) if (place.used < this.#time) this.#evict(place);
      return this.#machine.allocate(bytes, isCounted);
    }
  }

  /** What these lie in stays while a run needs it. */
  #pin(leaves: readonly Value[]): void {
    for (const { storage } of leaves) if (storage instanceof WasmStorage) this.#touch(storage.place);
  }

  /** One holder less; a run that has it open is one too. */
  #release(block: Block): void {
    // Freed first: an interrupt before that leaves the block open, for the next run to release; after it there is none to come.
    if (block.users === 1) this.#machine.free(block.address);
    block.users--;
    this.#open.delete(block);
  }

  /** Begins a run. One that was interrupted has left a hold on its blocks, and its counts wherever it was ended. */
  #begin(): void {
    if (this.#isRunning) this.#recount();
    this.#isRunning = true;
    this.#time++;
  }

  /** Ends a run's hold on its blocks. */
  #end(): void {
    this.#open.forEach((block) => this.#release(block));
    this.#isRunning = false;
  }

  /** A block has as many users as stored values lie in it; one that nobody knows of goes. */
  #recount(): void {
    this.#open.clear();
    const used = [...this.#held].flatMap(({ block }) => (block === undefined ? [] : [block]));
    const blocks = new Set(used);
    for (const block of blocks) block.users = 0;
    for (const block of used) block.users++;
    const known = new Set([...blocks].map(({ address }) => address));
    for (const address of this.#machine.counted) if (!known.has(address)) this.#machine.free(address);
  }

  /** `isSpare`: whether the value's node can compute it again. */
  #hold(value: Value, block: Block, isSpare: boolean): void {
    const place = new Place(this.#machine, block, value, isSpare);
    const storage = new WasmStorage(place);
    block.users++;
    place.used = this.#time;
    this.#held.add(place);
    this.#unreachable.register(storage, place, place);
    value.storage = storage;
  }

  #touch(place: Place): void {
    place.used = this.#time;
    if (this.#held.delete(place)) this.#held.add(place);
  }

  /** Where a leaf lies; data from the host, or from another device, is copied in. */
  #blockOf(leaf: Value): Block {
    const storage = storageOf(leaf);
    if (storage instanceof WasmStorage && storage.place.block !== undefined) {
      this.#touch(storage.place);
      return storage.place.block;
    }
    const data = storage?.data() ?? (leaf.node?.op === "const" ? leaf.node.data : undefined);
    if (data === undefined) throw new Error("bug: a leaf without data");
    const block = this.#allocate(data.length * bytesEach[leaf.dtype]);
    write(this.#machine.memory.buffer, block.address, leaf.dtype, data);
    this.#hold(leaf, block, leaf.node?.op === "const");
    this.#open.delete(block);
    block.users--;
    return block;
  }

  #sweep(): void {
    for (const place of this.#held) {
      if (place.used > this.#time - patience) return;
      this.#evict(place);
    }
  }

  /** Its memory is for others: what has no way to be computed again goes to the host. */
  #evict(place: Place): void {
    this.#leave(place, place.isSpare || place.block === undefined ? undefined : place.data());
  }

  /** Nobody reads it any more. */
  #drop(place: Place): void {
    if (this.#held.has(place)) this.#leave(place, undefined);
  }

  #leave(place: Place, host: Data | undefined): void {
    const { block } = place;
    if (block !== undefined) {
      // The run takes it over, and no call lies between: an interrupt before release() leaves it open, not lost.
      this.#open.add(block);
      place.host = host;
      place.block = undefined;
    }
    this.#held.delete(place);
    this.#unreachable.unregister(place);
    if (block !== undefined) this.#release(block);
  }
}
