import { describe, expect, test } from "vitest";
import { Machine } from "../../device/wasm/machine.ts";
import { trial } from "../../device/wasm/tiers.ts";
import { ModuleWriter } from "./encode.ts";
import { f32x4, i32, v128 } from "./instructions.ts";
import { product, type StoreTile, type View } from "./launch.ts";
import { type MatmulSpec, writeMatmul } from "./matmul.ts";
import { type Tier, tiers } from "./tier.ts";

/** Numbers in [0, 1), the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** C row-major in buffer 2, batch after batch. */
function storeTo({ m, n }: MatmulSpec): StoreTile {
  return (f, at, result, lanes) => {
    const row = i32.add(i32.mul(at.batch, m), at.row);
    const p = f.let(i32.add(i32.load(at.params, 8), i32.mul(i32.add(i32.mul(row, n), at.column), 4)));
    if (lanes === 4) f.do(v128.store(p, result));
    else
      for (let lane = 0; lane < 3; lane++)
        f.if(i32.gtS(lanes, lane), () => f.do(v128.store32Lane(p, result, lane, lane * 4)));
  };
}

interface Problem extends MatmulSpec {
  readonly aData: Float32Array;
  readonly bData: Float32Array;
}

/** C = A·B on the machine. What lies around C is checked to be untouched. */
function multiply(machine: Machine, problem: Problem): Float32Array {
  const { m, n, batch, aData, bData } = problem;
  const module = new ModuleWriter({ shared: machine.shared });
  const launch = writeMatmul(module, machine.tier, "product", problem, 3, storeTo(problem));
  const id = machine.load(module.bytes(), true);
  machine.needScratch(launch.scratchBytes);
  const size = product(batch) * m * n;
  const [a, b] = [aData, bData].map((data) => {
    const address = machine.allocate(data.byteLength);
    new Float32Array(machine.memory.buffer, address, data.length).set(data);
    return address;
  });
  const c = machine.allocate(size * 4 + 128);
  const workspace = machine.allocate(launch.workspaceBytes);
  const params = machine.allocate(16);
  const around = new Float32Array(machine.memory.buffer, c, size + 32).fill(7);
  new Int32Array(machine.memory.buffer, params, 4).set([a, b, c + 64, workspace]);
  for (const { fn, items, grain } of launch.phases) machine.launch(id, fn, items, grain, params);
  const result = around.slice(16, 16 + size);
  const edges = new Set([...around.subarray(0, 16), ...around.subarray(16 + size)]);
  [a, b, c, workspace, params].forEach((address) => machine.free(address));
  machine.unload(id);
  expect(edges, "the neighbourhood of C").toEqual(new Set([7]));
  return result;
}

/** Elements beyond (k + 8)·2⁻²⁴·Σ|a·b|, which no order of f32 sums of k products exceeds. */
function wrong(c: Float32Array, { batch, m, n, k, a, b, aData, bData }: Problem): number {
  let count = 0;
  for (let matrix = 0; matrix < product(batch); matrix++) {
    const [aAt, bAt] = [a, b].map((view) => start(view, batch, matrix));
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let [sum, size] = [0, 0];
        for (let s = 0; s < k; s++) {
          const term = aData[aAt + i * a.row + s * a.column] * bData[bAt + s * b.row + j * b.column];
          sum += term;
          size += Math.abs(term);
        }
        const error = Math.abs(c[(matrix * m + i) * n + j] - sum);
        if (!(error <= (k + 8) * 2 ** -24 * size)) count++;
      }
  }
  return count;
}

function start(view: View, batch: readonly number[], matrix: number): number {
  let at = view.offset;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    at += (matrix % batch[axis]) * view.batch[axis];
    matrix = Math.floor(matrix / batch[axis]);
  }
  return at;
}

/** An operand [batch…, rows, columns] laid out at random: transposed or not, with gaps, an offset, some batch axes repeated. */
function operand(
  random: () => number,
  buffer: number,
  batch: readonly number[],
  rows: number,
  columns: number,
) {
  const pick = (n: number): number => Math.floor(random() * n);
  const isTransposed = random() < 0.5;
  const gap = 1 + (random() < 0.2 ? pick(3) : 0);
  const inner = (isTransposed ? rows : columns) * gap + pick(4);
  const strides: number[] = [];
  let size = inner * (isTransposed ? columns : rows);
  for (const axis of batch.toReversed()) {
    const repeats = random() < 0.3;
    strides.unshift(repeats ? 0 : size);
    if (!repeats) size *= axis;
  }
  const offset = pick(5);
  const scale = 10 ** (pick(8) - 4);
  const data = Float32Array.from({ length: offset + size }, () => (random() - 0.5) * scale);
  const [row, column] = isTransposed ? [gap, inner] : [inner, gap];
  return { view: { buffer, offset, batch: strides, row, column }, data };
}

function problem(seed: number, largest: number): Problem {
  const random = generator(seed);
  const size = (): number => 1 + Math.floor(random() ** 2 * largest);
  const batch = Array.from({ length: Math.floor(random() * 3) }, () => 1 + Math.floor(random() * 3));
  const [m, n, k] = [size(), size(), size()];
  const [a, b] = [operand(random, 0, batch, m, k), operand(random, 1, batch, k, n)];
  return { batch, m, n, k, a: a.view, b: b.view, aData: a.data, bData: b.data };
}

function machineOf(tier: Tier): Machine {
  return new Machine(tier.name, 2);
}

// Where the processor or the engine lacks a tier there is nothing to judge; "simd" is everywhere.
const here = tiers.filter((tier) => trial(tier) !== undefined);

describe.each(here.map((tier) => [tier.name, tier] as const))("%s", (_, tier) => {
  const machine = machineOf(tier);

  test("200 products of odd sizes and strides are within the bound of f32 sums", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const p = problem(seed, seed % 10 === 0 ? 330 : 90);
      const { batch, m, k, n } = p;
      expect(wrong(multiply(machine, p), p), `seed ${seed}: [${batch.join()}] ${m}×${k}×${n}`).toBe(0);
    }
  });

  test("sizes just around tiles and blocks of k", () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [6, 384, 16],
      [7, 385, 17],
      [5, 383, 15],
      [97, 769, 257],
      [96, 768, 256],
      [1, 2000, 3],
    ]) {
      const [a, b] = [operand(() => 0.7, 0, [], m, k), operand(() => 0.7, 1, [], k, n)];
      const random = generator(m + k + n);
      const fill = (data: Float32Array): Float32Array => data.map(() => random() - 0.5);
      const p = { batch: [], m, n, k, a: a.view, b: b.view, aData: fill(a.data), bData: fill(b.data) };
      expect(wrong(multiply(machine, p), p), `${m}×${k}×${n}`).toBe(0);
    }
  });

  test("what lies beyond an operand's edge may be NaN", () => {
    const random = generator(3);
    const data = (n: number): Float32Array => Float32Array.from({ length: n }, () => random());
    // Rows of 7 in rows of 9, the rest NaN: a vector that reads over the edge reads NaN.
    const withGaps = (rows: number): Float32Array => data(rows * 9).map((x, i) => (i % 9 < 7 ? x : NaN));
    const view = (buffer: number) => ({ buffer, offset: 0, batch: [], row: 9, column: 1 });
    const p = { batch: [], m: 7, n: 7, k: 7, a: view(0), b: view(1), aData: withGaps(7), bData: withGaps(7) };
    expect(wrong(multiply(machine, p), p)).toBe(0);
  });
});

test("the best tier is one that computes rightly", () => {
  expect(here.map((tier) => tier.name)).toContain(new Machine(undefined, 1).tier.name);
  expect(here.map((tier) => tier.name)).toContain("simd");
});

test("a store may compute with the result", () => {
  const machine = new Machine("simd", 1);
  const module = new ModuleWriter({ shared: false });
  const view = (buffer: number) => ({ buffer, offset: 0, batch: [], row: 4, column: 1 });
  const spec = { batch: [], m: 4, n: 4, k: 4, a: view(0), b: view(1) };
  const launch = writeMatmul(module, machine.tier, "p", spec, 3, (f, at, result) => {
    f.set(result, f32x4.mul(result, result));
    f.do(v128.store(i32.add(i32.load(at.params, 8), i32.mul(at.row, 16)), result));
  });
  const id = machine.load(module.bytes(), true);
  machine.needScratch(launch.scratchBytes);
  const params = machine.allocate(16);
  const [a, c, w] = [64, 64, launch.workspaceBytes].map((bytes) => machine.allocate(bytes));
  new Int32Array(machine.memory.buffer, params, 4).set([a, a, c, w]);
  new Float32Array(machine.memory.buffer, a, 16).set([2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  for (const { fn, items, grain } of launch.phases) machine.launch(id, fn, items, grain, params);
  expect([...new Float32Array(machine.memory.buffer, c, 6)]).toEqual([16, 0, 0, 0, 0, 81]);
});
