/**
 * A recipe with everything in its place: memory for what comes and goes is one arena, the words of every program are written once,
 * and a run is a list of launches. Only where inputs and results lie is new each time.
 */
import type { Observer } from "../device.ts";
import { arenaOf } from "../../schedule/arena.ts";
import type { Machine } from "./machine.ts";
import { scalarBits } from "../recipe.ts";
import type { Recipe, RecipeStep } from "./recipe.ts";
import type { Value } from "../../graph.ts";

interface Launch {
  readonly step: RecipeStep;
  readonly phases: readonly { readonly fn: number; readonly items: number; readonly grain: number }[];
}

/** A word of memory, and the slot whose address it gets. */
type Patch = readonly [word: number, slot: number];

export class Script {
  readonly recipe: Recipe;
  readonly #machine: Machine;
  readonly #launches: readonly Launch[];
  readonly #patches: readonly Patch[];
  readonly #arena: number;
  readonly #fixed: ReadonlyMap<number, number>;
  /** What it holds as long as it lives: its arena, and the words of its programs. */
  readonly owned: readonly number[];

  /** `fixed`: addresses of leaves that are the same in every run. */
  constructor(
    recipe: Recipe,
    machine: Machine,
    room: (bytes: number) => number,
    fixed: ReadonlyMap<number, number>,
    pending: readonly Value[],
  ) {
    this.recipe = recipe;
    this.#machine = machine;
    this.#fixed = fixed;
    const places = this.#places();
    this.#arena = places.bytes === 0 ? 0 : room(places.bytes);
    this.#launches = recipe.steps
      .filter((step) => step.code !== undefined || step.sort !== undefined)
      .map((step) => launchOf(step, machine));
    this.#patches = recipe.steps.flatMap((step) => this.#write(step, places, pending));
    this.owned = [...(this.#arena === 0 ? [] : [this.#arena]), ...recipe.steps.map((s) => s.params)];
  }

  /** Offsets of the slots that no other run sees, and of workspaces (by step, after the slots). */
  #places(): { readonly offsets: ReadonlyMap<number, number>; readonly bytes: number } {
    const { slots, steps, leaves, roots } = this.recipe;
    const lives = new Map<number, { bytes: number; from: number; to: number }>();
    steps.forEach((step, i) => {
      for (const s of step.outputs)
        if (!roots.includes(s)) lives.set(s, { bytes: slots[s].bytes, from: i, to: i });
      for (const s of step.inputs) if (s >= leaves && lives.has(s)) lives.get(s)!.to = i;
      const workspace = step.code?.workspaceBytes ?? 0;
      if (workspace > 0) lives.set(slots.length + i, { bytes: workspace, from: i, to: i });
    });
    const keys = [...lives.keys()];
    const { offsets, bytes } = arenaOf([...lives.values()]);
    return { offsets: new Map(keys.map((key, i) => [key, offsets[i]])), bytes };
  }

  /** Writes a step's words; returns those that each run must write. */
  #write(
    step: RecipeStep,
    places: { readonly offsets: ReadonlyMap<number, number> },
    pending: readonly Value[],
  ): readonly Patch[] {
    const words = new Int32Array(this.#machine.memory.buffer, step.params);
    const patches: Patch[] = [];
    let w = 0;
    for (const s of [...step.inputs, ...step.outputs]) {
      const offset = places.offsets.get(s);
      const address = this.#fixed.get(s) ?? (offset === undefined ? undefined : this.#arena + offset);
      if (address === undefined) patches.push([step.params / 4 + w, s]);
      else words[w] = address;
      w++;
    }
    for (const s of step.scalars)
      words[w++] = "bits" in s ? s.bits : scalarBits(pending[s.position].node!, s.dtype);
    const workspace = places.offsets.get(this.recipe.slots.length + this.recipe.steps.indexOf(step));
    if (workspace !== undefined) words[step.workspaceWord] = this.#arena + workspace;
    return patches;
  }

  /** One run. `blocks`: where leaves and roots lie, by slot. `host` does what has no code. */
  run(
    blocks: readonly { readonly address: number }[],
    observer: Observer | undefined,
    host: (step: RecipeStep) => void,
  ): void {
    const machine = this.#machine;
    const words = new Int32Array(machine.memory.buffer);
    for (const [word, slot] of this.#patches) words[word] = blocks[slot].address;
    for (const { step, phases } of this.#launches) {
      const startMs = observer === undefined ? 0 : performance.now();
      if (step.code === undefined) host(step);
      else
        for (const { fn, items, grain } of phases)
          machine.launch(step.code.module, fn, items, grain, step.params);
      observer?.({
        program: step.name,
        startMs,
        ms: performance.now() - startMs,
        flops: step.flops,
        bytes: step.bytes,
      });
    }
  }
}

function launchOf(step: RecipeStep, machine: Machine): Launch {
  if (step.code === undefined) return { step, phases: [] };
  const { module, phases } = step.code;
  return {
    step,
    phases: phases.map(({ fn, items, grain }) => ({ fn: machine.functionAt(module, fn), items, grain })),
  };
}
