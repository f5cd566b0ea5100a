/**
 * y[t] = Σₛ p[t, s]·v[s], p[t] = softmax over the keys t may see of scale·q[t]·k[s] + mask[t, s].
 * Source: Vaswani et al. (2017), §3.2.1; grouped queries: Ainslie et al. (2023).
 */
import { allocate, type Data } from "../../dtype.ts";
import type { Attention } from "../../graph.ts";
import { count, type Input, type Like, stored } from "./array.ts";

export type Rules = Pick<Attention, "scale" | "causal" | "window">;

export function attention(inputs: readonly Input[], rules: Rules, result: Like): Data {
  const [q, , v] = inputs;
  const [keys, width] = v.shape.slice(2);
  const out = allocate(result.dtype, count(result.shape));
  for (let row = 0; row < count(q.shape.slice(0, -1)); row++) {
    const { weights, group } = weightsOf(row, inputs, rules);
    for (let e = 0; e < width; e++) {
      const sum = weights.reduce(
        (acc, p, s) => (p === 0 ? acc : acc + p * v.data[(group * keys + s) * width + e]),
        0,
      );
      out[row * width + e] = stored(result.dtype, sum);
    }
  }
  return out;
}

/** How much query `row` (counted over batch, heads, queries) looks at each key, and which head of the keys (over batch) serves it. */
export function weightsOf(
  row: number,
  [q, k, , mask]: readonly Input[],
  rules: Rules,
): { readonly weights: readonly number[]; readonly group: number } {
  const [, heads, queries, depth] = q.shape;
  const [, keyHeads, keys] = k.shape;
  const t = row % queries;
  const head = Math.floor(row / queries); // over batch and heads
  const group = Math.floor(head / heads) * keyHeads + Math.floor(((head % heads) * keyHeads) / heads);
  const scores = Array.from({ length: keys }, (_, s) => {
    if (!visible(t, s, queries, keys, rules)) return -Infinity;
    return (
      rules.scale * dot(q.data, row * depth, k.data, (group * keys + s) * depth, depth) +
      bias(mask, row * keys + s)
    );
  });
  return { weights: softmax(scores), group };
}

/** The last query sees the last key, so that a cache of earlier keys needs no offset. */
function visible(t: number, s: number, queries: number, keys: number, { causal, window }: Rules): boolean {
  const last = t + keys - queries;
  return (!causal || s <= last) && s > last - window;
}

function bias(mask: Input | undefined, at: number): number {
  if (mask === undefined) return 0;
  if (mask.dtype === "bool") return mask.data[at] !== 0 ? 0 : -Infinity;
  return mask.data[at];
}

/** Zeros where there is nothing to see. */
function softmax(scores: readonly number[]): readonly number[] {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (most === -Infinity) return scores.map(() => 0);
  const powers = scores.map((s) => Math.exp(s - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

export function dot(a: Data, i: number, b: Data, j: number, length: number): number {
  let sum = 0;
  for (let d = 0; d < length; d++) sum += a[i + d] * b[j + d];
  return sum;
}
