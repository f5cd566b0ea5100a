/**
 * Gradients of attention, query by query: with p the weights and ḡ the result's gradient,
 * v̄ = pᵀḡ, s̄ = p∘(ḡvᵀ − rowsum(p∘ḡvᵀ)), q̄ = scale·s̄k, k̄ = scale·s̄ᵀq. Source: Dao et al. (2022), appendix B.
 */
import type { Data } from "../../dtype.ts";
import type { Input } from "./array.ts";
import { dot, type Rules, weightsOf } from "./attention.ts";

/** q̄, k̄, v̄ and s̄, one after another; s̄ only where `size` has room for it. */
export function attentionGrad([g, ...inputs]: readonly Input[], rules: Rules, size: number): Data {
  const [q, k, v] = inputs;
  const [depth, width, keys] = [q.shape[3], v.shape[3], k.shape[2]];
  const out = new Float64Array(size);
  const [atK, atV] = [q.data.length, q.data.length + k.data.length];
  const atS = atV + v.data.length;
  for (let row = 0; row < q.data.length / Math.max(1, depth); row++) {
    const { weights, group } = weightsOf(row, inputs, rules);
    const looks = weights.map((_, s) => dot(g.data, row * width, v.data, (group * keys + s) * width, width));
    const mean = weights.reduce((sum, p, s) => (p === 0 ? sum : sum + p * looks[s]), 0);
    for (const [s, p] of weights.entries()) {
      if (p === 0) continue;
      const score = p * (looks[s] - mean);
      const key = group * keys + s;
      addScaled(out, row * depth, k.data, key * depth, rules.scale * score, depth);
      addScaled(out, atK + key * depth, q.data, row * depth, rules.scale * score, depth);
      addScaled(out, atV + key * width, g.data, row * width, p, width);
      if (atS < size) out[atS + row * keys + s] = score;
    }
  }
  return Float32Array.from(out);
}

function addScaled(to: Float64Array, at: number, x: Data, from: number, by: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] += by * x[from + i];
}
