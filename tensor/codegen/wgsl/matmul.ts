/**
 * Products of f32 matrices as WGSL, whose elements a loop program ends (its "tile"). Each invocation computes a tile of tm × tn elements in
 * its variables, and reads operands either from memory itself ("invocation": for a processor that plays a GPU, where waiting for one another
 * is dear), or from tiles that its workgroup brought together ("workgroup": each element is read from memory once a workgroup).
 */
import { type LoopProgram, reachable } from "../ir.ts";
import type { MatmulSpec, View } from "../../schedule/plan.ts";
import { Evaluator } from "./evaluate.ts";
import { writerOf } from "./print.ts";
import type { Shader, ShaderWriter } from "./shader.ts";
import { workgroupsFor } from "./shader.ts";

/** What is fastest differs from GPU to GPU. */
export interface Tile {
  readonly by: "invocation" | "workgroup";
  /** Invocations of a workgroup along columns and along rows. */
  readonly x: number;
  readonly y: number;
  /** Rows and columns of one invocation. */
  readonly rows: number;
  readonly columns: number;
  /** Depth of a workgroup's tiles. */
  readonly depth: number;
}

/** Without barriers. */
export const plainTile: Tile = { by: "invocation", x: 8, y: 8, rows: 4, columns: 4, depth: 1 };

/** Settings to choose from on a GPU; the first is the choice of one that nobody has measured. All within WebGPU's least limits (256 invocations, 16 KiB). */
export const tiles: readonly Tile[] = [
  { by: "workgroup", x: 16, y: 16, rows: 4, columns: 4, depth: 16 },
  { by: "workgroup", x: 16, y: 8, rows: 8, columns: 4, depth: 16 },
  { by: "workgroup", x: 16, y: 16, rows: 8, columns: 4, depth: 16 },
  { by: "workgroup", x: 16, y: 16, rows: 8, columns: 8, depth: 8 },
  { by: "workgroup", x: 8, y: 8, rows: 4, columns: 4, depth: 16 },
  plainTile,
];

/** The product's text. The program's axes are the product's: batch axes, row, column. */
export function printMatmul(program: LoopProgram, spec: MatmulSpec, wanted: Tile, most: number): Shader {
  const tile = fitted(wanted, spec);
  const w = writerOf(program, most);
  const [height, width] = [tile.rows * tile.y, tile.columns * tile.x];
  const [down, across] = [Math.ceil(spec.m / height), Math.ceil(spec.n / width)];
  const batches = spec.batch.reduce((n, size) => n * size, 1);
  const groups = down * across * batches;
  const workgroups = workgroupsFor(groups);
  writeFinish(w, program);
  const id = w.let(`i32(group.y * ${workgroups[0]}u + group.x)`);
  w.line(`if (${id} >= ${groups}) { return; }`);
  w.line("let x = i32(local.x);");
  w.line("let y = i32(local.y);");
  const batch = decoded(w, `${id} / ${down * across}`, spec.batch);
  const place: Place = {
    top: w.let(`${id} / ${across} % ${down} * ${height}`),
    left: w.let(`${id} % ${across} * ${width}`),
    batch,
  };
  const sums = grid(tile).map(([i, j]) => (w.line(`var c${i}_${j} = 0f;`), [i, j] as const));
  if (tile.by === "workgroup") writeShared(w, spec, tile, place);
  else writePlain(w, spec, tile, place);
  for (const [i, j] of sums) {
    const row = `${place.top} + ${i * tile.y} + y`;
    const column = `${place.left} + ${j * tile.x} + x`;
    w.line(`finish(${[...batch, row, column, `c${i}_${j}`].join(", ")});`);
  }
  return w.finish(workgroups, [tile.x, tile.y]);
}

interface Place {
  readonly top: string;
  readonly left: string;
  readonly batch: readonly string[];
}

/** Elements of a product from which on an invocation does more than one. */
const many = 2 ** 12;

/** Less of a tile where there is less to do: a vector is one row, or one column. */
function fitted(tile: Tile, { m, n, batch }: MatmulSpec): Tile {
  if (batch.reduce((size, each) => size * each, m * n) < many)
    return {
      by: "invocation",
      x: m === 1 ? 64 : n === 1 ? 1 : 8,
      y: m === 1 ? 1 : n === 1 ? 64 : 8,
      rows: 1,
      columns: 1,
      depth: 1,
    };
  const small = Math.min(m, n) <= 8 ? { ...tile, by: "invocation" as const, depth: 1 } : tile;
  const [rows, columns] = [Math.min(small.rows, m), Math.min(small.columns, n)];
  if (m === 1) return { ...small, rows, columns: 1, x: small.x * small.y, y: 1 };
  if (n === 1) return { ...small, rows: 1, columns, x: 1, y: small.x * small.y };
  return { ...small, rows, columns };
}

function grid({ rows, columns }: Tile): readonly (readonly [number, number])[] {
  return Array.from({ length: rows * columns }, (_, e) => [Math.floor(e / columns), e % columns] as const);
}

/** What is done with an element, as a function: it is called for each of a tile. */
function writeFinish(w: ShaderWriter, program: LoopProgram): void {
  const axes = program.axes.map((_, i) => `a${i}`);
  const [m, n] = program.axes.slice(-2);
  const [row, column] = axes.slice(-2);
  const parameters = [...axes.map((a) => `${a}: i32`), "sum: f32"];
  w.function(`fn finish(${parameters.join(", ")})`, () => {
    w.line(`if (${row} >= ${m.size} || ${column} >= ${n.size}) { return; }`);
    const evaluator = new Evaluator(w, { axes, hasReports: program.reports.length > 0 });
    for (const e of reachable(program.stores.map((s) => s.value)))
      if (e.kind === "tile") evaluator.know(e, "sum");
    for (const s of program.stores)
      evaluator.store(s.buffer, s.index, program.buffers[s.buffer].dtype, evaluator.value(s.value));
  });
}

/** A number of a batch as its coordinates. */
function decoded(w: ShaderWriter, item: string, sizes: readonly number[]): readonly string[] {
  let step = 1;
  const names = sizes.toReversed().map((size) => {
    const name = w.let(step === 1 ? `${item} % ${size}` : `${item} / ${step} % ${size}`);
    step *= size;
    return name;
  });
  return names.toReversed();
}

/** Where a batch's matrix begins. */
function base(w: ShaderWriter, { offset, batch }: View, at: readonly string[]): string {
  return w.let([String(offset), ...at.map((name, i) => `${name} * ${batch[i]}`)].join(" + "));
}

/** Operands from memory. A place beyond the end is the last one: what comes of it is not stored. */
function writePlain(w: ShaderWriter, { m, n, k, a, b }: MatmulSpec, tile: Tile, place: Place): void {
  const [aBase, bBase] = [base(w, a, place.batch), base(w, b, place.batch)];
  const rows = Array.from({ length: tile.rows }, (_, i) =>
    w.let(`${aBase} + min(${place.top} + ${i * tile.y} + y, ${m - 1}) * ${a.row}`),
  );
  const columns = Array.from({ length: tile.columns }, (_, j) =>
    w.let(`${bBase} + min(${place.left} + ${j * tile.x} + x, ${n - 1}) * ${b.column}`),
  );
  w.block(`for (var k = 0; k < ${k}; k++)`, () => {
    const left = rows.map((at) => w.let(w.load(a.buffer, `${at} + k * ${a.column}`)));
    const right = columns.map((at) => w.let(w.load(b.buffer, `${at} + k * ${b.row}`)));
    for (const [i, j] of grid(tile)) w.line(`c${i}_${j} += ${left[i]} * ${right[j]};`);
  });
}

/** Tiles of both operands in the workgroup's memory; beyond the end of k they hold 0. */
function writeShared(w: ShaderWriter, { m, n, k, a, b }: MatmulSpec, tile: Tile, place: Place): void {
  const { depth } = tile;
  const [height, width] = [tile.rows * tile.y, tile.columns * tile.x];
  // One more, so that neighbours in k lie in different banks.
  const [aPitch, bPitch] = [height + 1, width + 1];
  w.declare(`var<workgroup> left: array<f32, ${depth * aPitch}>;`);
  w.declare(`var<workgroup> right: array<f32, ${depth * bPitch}>;`);
  const [aBase, bBase] = [base(w, a, place.batch), base(w, b, place.batch)];
  const own = w.let(`y * ${tile.x} + x`);
  const bring = (
    to: string,
    pitch: number,
    size: number,
    sideBySide: boolean,
    element: (kk: string, at: string) => string,
  ): void => {
    w.block(`for (var e = ${own}; e < ${size * depth}; e += ${tile.x * tile.y})`, () => {
      const [kk, at] = sideBySide
        ? [w.let(`e % ${depth}`), w.let(`e / ${depth}`)]
        : [w.let(`e / ${size}`), w.let(`e % ${size}`)];
      const value = w.variable("0f");
      w.line(`if (start + ${kk} < ${k}) { ${value} = ${element(kk, at)}; }`);
      w.line(`${to}[${kk} * ${pitch} + ${at}] = ${value};`);
    });
  };
  w.block(`for (var start = 0; start < ${k}; start += ${depth})`, () => {
    bring("left", aPitch, height, a.column === 1, (kk, at) =>
      w.load(
        a.buffer,
        `${aBase} + min(${place.top} + ${at}, ${m - 1}) * ${a.row} + (start + ${kk}) * ${a.column}`,
      ),
    );
    bring("right", bPitch, width, b.row === 1 && b.column !== 1, (kk, at) =>
      w.load(
        b.buffer,
        `${bBase} + min(${place.left} + ${at}, ${n - 1}) * ${b.column} + (start + ${kk}) * ${b.row}`,
      ),
    );
    w.line("workgroupBarrier();");
    w.block(`for (var kk = 0; kk < ${depth}; kk++)`, () => {
      const rows = Array.from({ length: tile.rows }, (_, i) =>
        w.let(`left[kk * ${aPitch} + ${i * tile.y} + y]`),
      );
      const columns = Array.from({ length: tile.columns }, (_, j) =>
        w.let(`right[kk * ${bPitch} + ${j * tile.x} + x]`),
      );
      for (const [i, j] of grid(tile)) w.line(`c${i}_${j} += ${rows[i]} * ${columns[j]};`);
    });
    w.line("workgroupBarrier();");
  });
}
