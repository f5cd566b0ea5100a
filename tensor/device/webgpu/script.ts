/** A captured graph: its recipe, with everything in its place. */
import type { Block } from "./memory.ts";
import { bufferBytes, type Recipe } from "./recipe.ts";

/** A recipe with memory of its own for what comes and goes; two values share some where their lives do not overlap. */
export class Script {
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
