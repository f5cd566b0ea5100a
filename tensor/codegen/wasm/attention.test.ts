import { describe, expect, test } from "vitest";
import { attention as reference } from "../../device/reference/attention.ts";
import { attentionGrad as referenceGrad } from "../../device/reference/attention-grad.ts";
import type { Input } from "../../device/reference/array.ts";
import { Machine } from "../../device/wasm/machine.ts";
import { trial } from "../../device/wasm/tiers.ts";
import { writeAttention } from "./attention.ts";
import { writeAttentionGrad } from "./attention-grad.ts";
import { generator, launch, storeRowMajor } from "./fixtures/launch.ts";
import type { AttentionSpec, Strided4 } from "./scores.ts";
import { tiers } from "./tier.ts";

const here = tiers.filter((tier) => trial(tier) !== undefined).map((tier) => tier.name);

interface Problem extends AttentionSpec {
  readonly data: readonly (Float32Array | Uint8Array)[];
  /** Largest size of an element. */
  readonly spread: number;
}

type Sizes = Pick<AttentionSpec, "batch" | "heads" | "keyHeads" | "queries" | "keys" | "depth" | "width">;
interface Rules {
  readonly causal?: boolean;
  readonly window?: number;
  readonly mask?: "f32" | "bool" | "row";
  readonly spread?: number;
}

function problem(
  seed: number,
  sizes: Sizes,
  { causal = false, window = Infinity, mask, spread = 2 }: Rules,
): Problem {
  const random = generator(seed);
  const { batch, heads, keyHeads, queries, keys, depth, width } = sizes;
  const floats = (n: number): Float32Array =>
    Float32Array.from({ length: n }, () => (random() - 0.5) * 2 * spread);
  const q = floats(batch * heads * queries * depth);
  const k = floats(batch * keyHeads * keys * depth);
  const v = floats(batch * keyHeads * keys * width);
  const all = batch * heads * queries * keys;
  const masks = {
    f32: () => floats(all).map((x) => (random() < 0.2 ? -Infinity : x)),
    bool: () => Uint8Array.from({ length: all }, () => (random() < 0.6 ? 1 : 0)),
    row: () => floats(keys),
  };
  const maskData = mask === undefined ? [] : [masks[mask]()];
  const dense = (buffer: number, h: number, r: number, c: number): Strided4 => ({
    buffer,
    offset: 0,
    strides: [h * r * c, r * c, c, 1],
  });
  const maskView =
    mask === "row"
      ? { buffer: 3, offset: 0, strides: [0, 0, 0, 1] as const }
      : dense(3, heads, queries, keys);
  return {
    ...sizes,
    scale: 1 / Math.sqrt(depth),
    causal,
    window,
    q: dense(0, heads, queries, depth),
    k: dense(1, keyHeads, keys, depth),
    v: dense(2, keyHeads, keys, width),
    ...(mask === undefined
      ? {}
      : { mask: { ...maskView, dtype: mask === "bool" ? "bool" : "f32" } as const }),
    data: [q, k, v, ...maskData],
    spread,
  };
}

function attend(machine: Machine, p: Problem): Float32Array {
  const size = p.batch * p.heads * p.queries * p.width;
  return launch(machine, p.data, size, (module, { output, workspace }, library) =>
    writeAttention(
      module,
      machine.tier,
      "attention",
      p,
      workspace,
      library,
      storeRowMajor(output, p.queries, p.width),
    ),
  );
}

/** What the reference device is given: the mask in full. */
function inputsOf(p: Problem): readonly Input[] {
  const { batch, heads, keyHeads, queries, keys, depth, width } = p;
  const shapes = [
    [batch, heads, queries, depth],
    [batch, keyHeads, keys, depth],
    [batch, keyHeads, keys, width],
    [batch, heads, queries, keys],
  ];
  return p.data.map((data, i) => {
    const size = shapes[i].reduce((a, b) => a * b, 1);
    const whole =
      data.length === size ? data : Float32Array.from({ length: size }, (_, at) => data[at % keys]);
    return {
      shape: shapes[i],
      dtype: data instanceof Uint8Array ? "bool" : "f32",
      data: whole as Float32Array<ArrayBuffer>,
    };
  });
}

/** The reference device's answer: doubles, and the whole matrix of scores. */
function judge(p: Problem): Float32Array {
  const shape = [p.batch, p.heads, p.queries, p.width];
  return reference(inputsOf(p), p, { shape, dtype: "f32" }) as Float32Array;
}

/** Weights are right to about 1e-6 where scores are small, and results to that share of the values. Scores, and their rounding, grow as spread². */
function expectRight(machine: Machine, p: Problem, title: string): void {
  const [got, want] = [attend(machine, p), judge(p)];
  const bound = 2e-6 * p.spread * Math.max(1, p.spread ** 2 / 4);
  const worst = got.reduce((most, x, i) => Math.max(most, Math.abs(x - want[i])), 0);
  expect(worst, title).toBeLessThan(bound);
  expect(
    got.every((x) => !Number.isNaN(x)),
    title,
  ).toBe(true);
}

/** Gradients of all inputs against the reference device's. Sums over queries and keys: the bound grows with them. */
function expectGradientsRight(machine: Machine, p: Problem, title: string): void {
  const { batch, heads, keyHeads, queries, keys, depth, width, mask } = p;
  const random = generator(99);
  const size = batch * heads * queries * width;
  const g = Float32Array.from({ length: size }, () => random() - 0.5);
  const gView: Strided4 = {
    buffer: p.data.length,
    offset: 0,
    strides: [heads * queries * width, queries * width, width, 1],
  };
  const maskSize = mask?.dtype === "f32" ? batch * heads * queries * keys : 0;
  const total = batch * (heads * queries * depth + keyHeads * keys * (depth + width)) + maskSize;
  const got = launch(machine, [...p.data, g], total, (module, { output, workspace }, library) =>
    writeAttentionGrad(module, machine.tier, "grad", { ...p, g: gView }, output, workspace, library),
  );
  const gInput: Input = { shape: [batch, heads, queries, width], dtype: "f32", data: g };
  const want = referenceGrad([gInput, ...inputsOf(p)], p, total);
  const bound = 1e-6 * p.spread ** 2 * Math.max(1, p.spread ** 2 / 4) * Math.sqrt((width * heads) / keyHeads);
  const worst = got.reduce((most, x, i) => Math.max(most, Math.abs(x - want[i])), 0);
  expect(worst, title).toBeLessThan(bound);
  expect(
    got.some((x) => Number.isNaN(x)),
    title,
  ).toBe(false);
}

describe.each(here)("%s", (tier) => {
  const machine = new Machine(tier, 2);
  const gpt = { batch: 2, heads: 4, keyHeads: 4, queries: 64, keys: 64, depth: 32, width: 32 };

  test("whole, causal, windowed and masked, at a transformer's sizes", () => {
    expectRight(machine, problem(1, gpt, {}), "whole");
    expectRight(machine, problem(2, gpt, { causal: true }), "causal");
    expectRight(machine, problem(3, gpt, { causal: true, window: 9 }), "windowed");
    expectRight(machine, problem(4, gpt, { mask: "f32" }), "added mask");
    expectRight(machine, problem(5, gpt, { mask: "bool" }), "bool mask");
    expectRight(machine, problem(6, gpt, { mask: "row", causal: true }), "one row of mask for all");
  });

  test("long rows go block by block, and large scores do not overflow", () => {
    const long = { batch: 1, heads: 2, keyHeads: 1, queries: 150, keys: 333, depth: 16, width: 24 };
    expectRight(machine, problem(7, long, { causal: true, spread: 12 }), "causal");
    expectRight(machine, problem(8, long, { window: 70, causal: true }), "windowed");
    expectRight(machine, problem(9, long, { window: 70 }), "window without causal");
    expectRight(machine, problem(10, long, { mask: "f32" }), "masked");
  });

  test("one query and a cache of keys; more queries than keys; sizes of 1", () => {
    const sizes = (queries: number, keys: number, depth: number, width: number): Sizes => ({
      batch: 1,
      heads: 6,
      keyHeads: 2,
      queries,
      keys,
      depth,
      width,
    });
    expectRight(machine, problem(11, sizes(1, 100, 64, 64), { causal: true }), "decode");
    expectRight(machine, problem(12, sizes(40, 7, 5, 3), { causal: true }), "queries that see nothing");
    expectRight(machine, problem(13, sizes(1, 1, 1, 1), {}), "ones");
  });

  test("30 problems of random sizes and rules", () => {
    for (let seed = 100; seed < 130; seed++) {
      const random = generator(seed);
      const upTo = (n: number): number => 1 + Math.floor(random() ** 2 * n);
      const keyHeads = upTo(3);
      const sizes = {
        batch: upTo(3),
        heads: keyHeads * upTo(3),
        keyHeads,
        queries: upTo(90),
        keys: upTo(150),
        depth: upTo(40),
        width: upTo(40),
      };
      const mask = ([undefined, "f32", "bool", "row"] as const)[seed % 4];
      const rules = {
        causal: random() < 0.5,
        window: random() < 0.3 ? upTo(60) : Infinity,
        ...(mask ? { mask } : {}),
      };
      const p = problem(seed, sizes, rules);
      const title = `seed ${seed}: ${JSON.stringify([sizes, rules])}`;
      expectRight(machine, p, title);
      expectGradientsRight(machine, p, `gradients, ${title}`);
    }
  });

  test("gradients at a transformer's sizes, and where blocks of queries are cut", () => {
    expectGradientsRight(machine, problem(21, gpt, { causal: true }), "causal");
    expectGradientsRight(machine, problem(22, gpt, { mask: "f32" }), "added mask");
    expectGradientsRight(machine, problem(23, gpt, { mask: "bool", window: 20 }), "bool mask, windowed");
    const long = { batch: 1, heads: 2, keyHeads: 1, queries: 131, keys: 700, depth: 20, width: 12 };
    expectGradientsRight(machine, problem(24, long, { causal: true }), "long");
  });
});
