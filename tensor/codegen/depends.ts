/** Which axes a formula of a loop program depends on. Pure. */
import type { Index } from "./index-math.ts";
import { type Expr, indicesOf, inputsOf, type LoopProgram, reachable } from "./ir.ts";

/** By how much the index grows with one step of the axis. */
export function factorOf(index: Index, axis: number): number {
  return index.terms.find((t) => t.atom.kind === "axis" && t.atom.axis === axis)?.factor ?? 0;
}

/** Which axes each expression depends on, as bits. A reduction depends on every parallel axis. */
export function dependencies(program: LoopProgram, rank: number): ReadonlyMap<Expr, number> {
  const depends = new Map<Expr, number>();
  let parallel = 0;
  for (let i = 0; i < rank; i++) if (program.axes[i]?.role !== "reduce") parallel |= 1 << i;
  for (const e of reachable(program.stores.map((s) => s.value))) {
    if (e.kind === "reduce") depends.set(e, parallel);
    else {
      let bits = e.kind === "tile" ? (1 << rank) - 1 : 0;
      for (const x of inputsOf(e)) bits |= depends.get(x)!;
      for (const index of indicesOf(e)) bits |= dependsOn(index, depends);
      depends.set(e, bits);
    }
  }
  return depends;
}

export function dependsOn(index: Index, depends: ReadonlyMap<Expr, number>): number {
  let bits = 0;
  for (const { atom } of index.terms) {
    if (atom.kind === "axis") bits |= 1 << atom.axis;
    else if (atom.kind === "value") bits |= depends.get(atom.value)!;
    else bits |= dependsOn(atom.of, depends);
  }
  return bits;
}
