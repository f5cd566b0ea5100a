import { describe, expect, test } from "vitest";
import { qmatvec as reference } from "../../device/reference/qmatvec.ts";
import { Machine } from "../../device/wasm/machine.ts";
import { trial } from "../../device/wasm/tiers.ts";
import type { QuantFormat } from "../../graph.ts";
import { generator, launch, storeRowMajor } from "./fixtures/launch.ts";
import { writeQMatVec } from "./qmatvec.ts";
import { tiers } from "./tier.ts";

const here = tiers.filter((tier) => trial(tier) !== undefined).map((tier) => tier.name);

interface Problem {
  readonly format: QuantFormat;
  readonly rows: number;
  readonly columns: number;
  readonly quants: Int8Array | Uint8Array;
  /** As f16 in 16 bits, and what they mean. */
  readonly scaleBits: Uint16Array;
  readonly scales: Float32Array<ArrayBuffer>;
  readonly x: Float32Array<ArrayBuffer>;
}

/** Every byte that can be is among the quants, −128 too; scales have both signs, and one is subnormal. */
function problem(seed: number, format: QuantFormat, rows: number, blocks: number): Problem {
  const random = generator(seed);
  const columns = blocks * 32;
  const byte = (): number => Math.floor(random() * 256) - (format === "q8" ? 128 : 0);
  const length = format === "q8" ? rows * columns : (rows * columns) / 2;
  const bytes = Array.from({ length }, byte);
  const quants = format === "q8" ? Int8Array.from(bytes) : Uint8Array.from(bytes);
  const halves = new Float16Array(rows * blocks).map((_, i) => (i === 1 ? 3e-7 : (random() - 0.5) / 50));
  const scaleBits = new Uint16Array(halves.buffer);
  const x = Float32Array.from({ length: columns }, (_, i) =>
    i < 32 && seed % 3 === 0 ? 0 : (random() - 0.5) * 8,
  );
  return { format, rows, columns, quants, scaleBits, scales: Float32Array.from(halves), x };
}

function multiply(machine: Machine, p: Problem): Float32Array {
  const at = (buffer: number) => ({ buffer, offset: 0 });
  const spec = { ...p, quants: at(0), scales: at(1), x: at(2) };
  return launch(machine, [p.quants, p.scaleBits, p.x], p.rows, (module, { output, workspace }, library) =>
    writeQMatVec(module, "q", spec, workspace, library, storeRowMajor(output, 1, p.rows)),
  );
}

function expectRight(machine: Machine, p: Problem): void {
  const { rows, columns, format } = p;
  const blocks = columns / 32;
  const inputs = [
    { shape: [rows, p.quants.length / rows], dtype: format === "q8" ? "i8" : "u8", data: p.quants },
    { shape: [rows, blocks], dtype: "f16", data: p.scales },
    { shape: [columns], dtype: "f32", data: p.x },
  ] as Parameters<typeof reference>[0];
  const want = reference(inputs, format);
  const got = multiply(machine, p);
  // Sums of blocks in f32: 2⁻²⁴ of each block's size for each addition. A block is at most 32·128·127 times its scales.
  const largest = p.x.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / 127;
  const bound = (blocks + 8) * 2 ** -24 * blocks * 0.01 * largest * 32 * 128 * 127;
  for (let row = 0; row < rows; row++)
    expect(Math.abs(got[row] - want[row]), `row ${row} of ${rows}×${columns}`).toBeLessThan(bound);
}

describe.each(here)("%s", (tier) => {
  const machine = new Machine(tier, 2);

  test.each(["q8", "q4"] as const)(
    "%s is the reference device's answer, whatever the rows and blocks",
    (format) => {
      for (const [rows, blocks] of [
        [1, 1],
        [4, 4],
        [3, 5],
        [7, 2],
        [64, 12],
        [129, 33],
      ])
        expectRight(machine, problem(rows + blocks, format, rows, blocks));
    },
  );

  test.each(["q8", "q4"] as const)(
    "%s is exact where scales are powers of two and sums are small",
    (format) => {
      const p = problem(5, format, 9, 3);
      const one = { ...p, x: p.x.map((_, i) => (i % 32 === 0 ? 127 : (i % 5) - 2)) };
      const halves = new Float16Array(p.scales.length).fill(0.25);
      const exact = { ...one, scales: Float32Array.from(halves), scaleBits: new Uint16Array(halves.buffer) };
      const want = Array.from({ length: 9 }, (_, row) =>
        exact.x.reduce((sum, x, i) => sum + 0.25 * x * weight(exact, row, i), 0),
      );
      expect([...multiply(machine, exact)]).toEqual(want);
    },
  );

  test("a NaN in x reaches every result, and a vector of zeros gives zeros", () => {
    const p = problem(1, "q4", 6, 2);
    expect([...multiply(machine, { ...p, x: p.x.map((x, i) => (i === 40 ? NaN : x)) })]).toEqual(
      Array(6).fill(NaN),
    );
    expect([...multiply(machine, { ...p, x: p.x.fill(0) })].map(Math.abs)).toEqual(Array(6).fill(0));
  });
});

/** Element [row, i] of the weights before scaling. */
function weight({ format, columns, quants }: Problem, row: number, i: number): number {
  if (format === "q8") return quants[row * columns + i];
  const byte = quants[(row * columns + i - (i % 32)) / 2 + (i % 16)];
  return (i % 32 < 16 ? byte & 15 : byte >> 4) - 8;
}
