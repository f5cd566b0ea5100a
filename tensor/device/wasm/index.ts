/**
 * The Wasm device: plans what is asked for, writes code for it, runs that. What stays in memory, and how long: residents.ts.
 */
import { argsort } from "../../argsort.ts";
import type { Data, DType } from "../../dtype.ts";
import { storageOf, type Value } from "../../graph.ts";
import { ModuleWriter } from "../../codegen/wasm/encode.ts";
import { webAssembly } from "../../codegen/wasm/engine.ts";
import { i32x4 } from "../../codegen/wasm/instructions.ts";
import type { Abilities } from "../../schedule/lower.ts";
import type { Device, DeviceState, Observer, Replay } from "../device.ts";
import { type Code, Compiler } from "./compile.ts";
import { read, write } from "../elements.ts";
import { type Machine, startMachine } from "./machine.ts";
import { type Form, formOf, scalarBits } from "../recipe.ts";
import { type Recipe, recipeOf, type RecipeStep } from "./recipe.ts";
import { Script } from "./replay.ts";
import { type Block, Residents } from "./residents.ts";

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

const mostRecipes = 512;

interface KnownRecipe {
  readonly recipe: Recipe;
  /** The realize that used it last. */
  used: number;
}

class WasmDevice {
  readonly #machine: Machine = startMachine();
  readonly #compiler = new Compiler(this.#machine);
  readonly #recipes = new Map<string, KnownRecipe>();
  readonly #residents = new Residents(this.#machine);
  readonly #scripts = new FinalizationRegistry<() => void>((free) => free());
  #observer: Observer | undefined;
  readonly #counts = { programs: 0, uses: 0 };

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
    this.#residents.begin();
    const roots = [...new Set(values.filter((v) => !this.#isThere(v)))];
    if (roots.length > 0) {
      const form = formOf(roots, (v) => this.#isLeaf(v));
      this.#run(this.#recipeFor(form), form, computed);
    }
    this.#residents.touch(values);
    this.#residents.end();
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
    let known = this.#recipes.get(form.key);
    if (known === undefined) {
      if (this.#recipes.size >= mostRecipes) this.#forgetOne();
      const recipe = recipeOf(form, (v) => this.#isLeaf(v), this.#can, this.#compiler, this.#machine, true);
      this.#recipes.set(form.key, (known = { recipe, used: 0 }));
    }
    known.used = ++this.#counts.uses;
    return known.recipe;
  }

  /** The recipe that was not used for longest. */
  #forgetOne(): void {
    const [key, { recipe }] = [...this.#recipes].reduce((a, b) => (b[1].used < a[1].used ? b : a));
    this.#recipes.delete(key);
    for (const step of recipe.steps) this.#machine.free(step.params);
  }

  #run(recipe: Recipe, form: Form, computed: (value: Value) => void): void {
    this.#residents.touch(form.leaves);
    const blocks: (Block | undefined)[] = form.leaves.map((leaf) => this.#residents.blockOf(leaf));
    for (const step of recipe.steps) {
      for (const s of step.outputs) blocks[s] ??= this.#residents.allocate(recipe.slots[s].bytes);
      this.#launch(recipe, step, form, blocks);
      for (const s of step.last) this.#residents.release(blocks[s]!);
    }
    this.#checkReports(recipe);
    const roots = new Set(form.roots);
    recipe.slots.forEach((slot, s) => {
      const value = slot.position === undefined ? undefined : form.pending[slot.position];
      const block = blocks[s];
      if (value !== undefined && block !== undefined && block.users > 0 && value.storage === undefined)
        this.#residents.hold(value, block, !roots.has(value));
    });
    form.roots.forEach((root, i) => {
      if (root.storage === undefined) this.#residents.hold(root, blocks[recipe.roots[i]]!, false);
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
    const workspace = workspaceBytes === 0 ? undefined : this.#residents.allocate(workspaceBytes);
    if (workspace !== undefined)
      new Int32Array(this.#machine.memory.buffer, params + 4 * word, 1)[0] = workspace.address;
    for (const { fn, items, grain } of phases) this.#machine.launch(module, fn, items, grain, params);
    if (workspace !== undefined) this.#residents.release(workspace);
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
    this.#residents.settle();
    const given = new Set(inputs);
    const isLeaf = (v: Value): boolean => given.has(v) || this.#isLeaf(v);
    const form = formOf(roots, isLeaf);
    const recipe = recipeOf(form, isLeaf, this.#can, this.#compiler, this.#machine, false);
    const fixed = new Map<number, Block>();
    form.leaves.forEach((leaf, slot) => !given.has(leaf) && fixed.set(slot, this.#residents.copyOf(leaf)));
    const addresses = new Map([...fixed].map(([slot, block]) => [slot, block.address]));
    const script = new Script(
      recipe,
      this.#machine,
      (bytes) => this.#residents.room(bytes),
      addresses,
      form.pending,
    );
    const places = form.leaves.map((leaf) => inputs.indexOf(leaf));
    const likes = roots.map(({ shape, dtype }) => ({ shape, dtype }));
    const run = (values: readonly Value[]): readonly Value[] => {
      this.#residents.begin();
      this.#residents.touch(values);
      const leaves = places.map((at, slot) => fixed.get(slot) ?? this.#residents.blockOf(values[at]));
      return this.#replay(script, leaves, likes);
    };
    const replay: Replay = { programs: recipe.programs, run };
    this.#scripts.register(replay, () => {
      for (const address of script.owned) this.#machine.free(address);
      for (const block of fixed.values()) this.#residents.release(block);
    });
    return replay;
  }

  /** `leaves`: their blocks, by slot. */
  #replay(script: Script, leaves: readonly Block[], likes: readonly Like[]): readonly Value[] {
    const { recipe } = script;
    const blocks: Block[] = [...leaves];
    for (const s of recipe.roots) blocks[s] ??= this.#residents.allocate(recipe.slots[s].bytes);
    script.run(blocks, this.#observer, (step) => this.#sort(recipe, step));
    this.#counts.programs += recipe.programs;
    this.#checkReports(recipe);
    const results = likes.map(({ shape, dtype }, i) => {
      const value: Value = { shape, dtype, node: undefined, storage: undefined, users: 0 };
      this.#residents.hold(value, blocks[recipe.roots[i]], false);
      return value;
    });
    this.#residents.end();
    return results;
  }

  /** Gives a value's memory back. */
  release(value: Value): void {
    this.#residents.forget(value);
  }
}
