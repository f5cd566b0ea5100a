/**
 * How often a row is gone through: a reduction that needs another one's result waits for it, and so does what is stored of it. Pure.
 */
import {
  type Expr,
  indicesOf,
  inputsOf,
  type LoopProgram,
  reachable,
  type ReduceExpr,
  type Store,
  valuesIn,
} from "./ir.ts";

/** What one pass over a row is for. */
export interface PassWork {
  readonly reduces: readonly ReduceExpr[];
  readonly stores: readonly Store[];
}

/** Reductions and stores by the pass in which what they need is there. `inPass`: the stores to be done in passes. */
export function workOf(program: LoopProgram, inPass: (s: Store) => boolean): readonly PassWork[] {
  const all = reachable(program.stores.map((s) => s.value));
  const waits = new Map<Expr, number>();
  const after = (e: Expr): number => waits.get(e)! + (e.kind === "reduce" ? 1 : 0);
  for (const e of all) waits.set(e, Math.max(0, ...sourcesOf(e).map(after)));
  const reduces = all.filter((e) => e.kind === "reduce");
  const stores = program.stores.filter(inPass);
  const count = 1 + Math.max(-1, ...reduces.map((r) => waits.get(r)!), ...stores.map((s) => after(s.value)));
  return Array.from({ length: count }, (_, p) => ({
    reduces: reduces.filter((r) => waits.get(r) === p),
    stores: stores.filter((s) => after(s.value) === p),
  }));
}

function sourcesOf(e: Expr): readonly Expr[] {
  return [...inputsOf(e), ...indicesOf(e).flatMap(valuesIn)];
}

/** What the roots are made of, down to reductions and to what has been made before. */
export function neededBy(roots: readonly Expr[], made: ReadonlySet<Expr> = new Set()): readonly Expr[] {
  const seen = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.kind !== "reduce" && !made.has(e)) sourcesOf(e).forEach(visit);
  };
  roots.forEach(visit);
  return [...seen].toSorted((a, b) => a.id - b.id);
}
