/**
 * Shape of scaled dot-product attention: queries, keys, values → one value per query.
 */
import type { Dim, Shape } from "./dim.ts";
import { type NoShape, type Same, show, type Show } from "./error.ts";

/** [..., T, E] for q [..., T, D], k [..., S, D], v [..., S, E]. Heads are compared at run time. */
export type Attended<Q extends Shape, K extends Shape, V extends Shape> = number extends
  Q["length"] | K["length"] | V["length"]
  ? Shape
  : [Q, K, V] extends [
        readonly [...infer P extends Shape, infer T extends Dim, infer D extends Dim],
        readonly [...Shape, infer S extends Dim, infer D2 extends Dim],
        readonly [...Shape, infer S2 extends Dim, infer E extends Dim],
      ]
    ? [Same<D, D2>, Same<S, S2>] extends [true, true]
      ? [...P, T, E]
      : NoShape<`${Who}: want q [...,T,D], k [...,S,D], v [...,S,E], got ${Show<Q>}, ${Show<K>}, ${Show<V>}`>
    : NoShape<`${Who}: want q [...,T,D], k [...,S,D], v [...,S,E], got ${Show<Q>}, ${Show<K>}, ${Show<V>}`>;

type Who = "scaledDotProductAttention";

/** Sizes of an attention: `batch` are q's axes before the heads. `groups` queries' heads share one of the keys'. */
export interface AttentionSizes {
  readonly batch: readonly number[];
  readonly heads: number;
  readonly groups: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
}

/** Sizes of q, k, v (no heads axis counts as one head). Throws RangeError where they do not fit. */
export function attentionSizes(
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
): AttentionSizes {
  const [heads, keyHeads, valueHeads] = [q, k, v].map((s) => s.at(-3) ?? 1) as [number, number, number];
  const batch = q.slice(0, -3);
  const sameBatch = [k, v].every((s) => s.length === q.length && batch.every((n, i) => n === s[i]));
  const sameSizes = q.at(-1) === k.at(-1) && k.at(-2) === v.at(-2) && keyHeads === valueHeads;
  if (q.length < 2 || !sameBatch || !sameSizes || keyHeads === 0 || heads % keyHeads !== 0)
    throw new RangeError(
      `scaledDotProductAttention: want q [...,H,T,D], k [...,Hk,S,D], v [...,Hk,S,E] with H a multiple of Hk, got ${show(q)}, ${show(k)}, ${show(v)}`,
    );
  return {
    batch,
    heads,
    groups: heads / keyHeads,
    queries: q.at(-2)!,
    keys: k.at(-2)!,
    depth: q.at(-1)!,
    width: v.at(-1)!,
  };
}
