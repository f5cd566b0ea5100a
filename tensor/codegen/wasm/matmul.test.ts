import { describe, expect, test } from "vitest";
import { Machine } from "../../device/wasm/machine.ts";
import { trial } from "../../device/wasm/tiers.ts";
import { generator, launch, storeRowMajor } from "./fixtures/launch.ts";
import { f32x4 } from "./instructions.ts";
import { product, type View } from "./launch.ts";
import { type MatmulSpec, writeMatmul } from "./matmul.ts";
import { type Tier, tiers } from "./tier.ts";

interface Problem extends MatmulSpec {
  readonly aData: Float32Array;
  readonly bData: Float32Array;
}

/** C = A·B on the machine. */
function multiply(machine: Machine, problem: Problem): Float32Array {
  const { m, n, batch, aData, bData } = problem;
  return launch(machine, [aData, bData], product(batch) * m * n, (module, { output, workspace }) =>
    writeMatmul(module, machine.tier, "product", problem, workspace, storeRowMajor(output, m, n)),
  );
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

/** `most`: largest m and n where they differ from k's. */
function problem(
  seed: number,
  largest: number,
  most: readonly [number, number] = [largest, largest],
): Problem {
  const random = generator(seed);
  const size = (largest: number): number => 1 + Math.floor(random() ** 2 * largest);
  const batch = Array.from({ length: Math.floor(random() * 3) }, () => 1 + Math.floor(random() * 3));
  const [m, n, k] = [size(most[0]), size(most[1]), size(largest)];
  const [a, b] = [operand(random, 0, batch, m, k), operand(random, 1, batch, k, n)];
  return { batch, m, n, k, a: a.view, b: b.view, aData: a.data, bData: b.data };
}

function machineOf(tier: Tier): Machine {
  return new Machine(tier.name, 2);
}

// Where the processor or the engine lacks a tier there is nothing to judge; "simd" is everywhere.
const here = tiers.filter((tier) => trial(tier) !== undefined);

// docs/measured.md has the figure of a run with BELOW_PRODUCTS=2000.
const products = Number(process.env["BELOW_PRODUCTS"] ?? 200);

describe.each(here.map((tier) => [tier.name, tier] as const))("%s", (_, tier) => {
  const machine = machineOf(tier);

  test(`${products} products of odd sizes and strides are within the bound of f32 sums`, () => {
    for (let seed = 1; seed <= products; seed++) {
      const p = problem(seed, seed % 10 === 0 ? 330 : 90);
      const { batch, m, k, n } = p;
      expect(wrong(multiply(machine, p), p), `seed ${seed}: [${batch.join()}] ${m}×${k}×${n}`).toBe(0);
    }
  });

  test("a few rows or columns, of every layout and rest", () => {
    for (let seed = 1; seed <= 120; seed++) {
      const p = problem(seed + 1000, 90, seed % 2 === 0 ? [1 + (seed % 4), 300] : [300, 1 + (seed % 4)]);
      expect(wrong(multiply(machine, p), p), `seed ${seed}: [${p.batch.join()}] ${p.m}×${p.k}×${p.n}`).toBe(
        0,
      );
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
  const view = (buffer: number) => ({ buffer, offset: 0, batch: [], row: 4, column: 1 });
  const spec = { batch: [], m: 4, n: 4, k: 4, a: view(0), b: view(0) };
  const data = Float32Array.of(2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
  const squares = launch(new Machine("simd", 1), [data], 16, (module, { output, workspace }) => {
    const write = storeRowMajor(output, 4, 4);
    return writeMatmul(module, tiers[2], "p", spec, workspace, (f, at, result, lanes) => {
      f.set(result, f32x4.mul(result, result));
      write(f, at, result, lanes);
    });
  });
  expect(Array.from(squares.slice(0, 6))).toEqual([16, 0, 0, 0, 0, 81]);
});
