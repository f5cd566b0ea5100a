/**
 * Quantised weights times a vector: y[n] = Σ over blocks of 32 of scale[n, block]·d[block]·Σⱼ q[n, j]·xq[j] (see graph.ts, QMatVec).
 * First x is rounded to whole numbers, block by block as blocks.ts says; then the inner sums are exact integers.
 *
 * The 8-bit dot product of relaxed SIMD is used only where its second operand is 0 … 127: for the half bytes of q4, taken as 0 … 15,
 * with 8·Σ xq subtracted. On x64 it is wrong for negative second operands, so q8 multiplies in 16 bits.
 * Source of the formats: llama.cpp, ggml-quants (Q8_0, Q4_0).
 */
import { blockSize } from "../../blocks.ts";
import type { QuantFormat } from "../../graph.ts";
import type { FunctionWriter, Local, ModuleWriter } from "./encode.ts";
import { type Expr, f32, f32x4, i16x8, i32, i32x4, i8x16, multiplyAdd, v128 } from "./instructions.ts";
import { float, int, type Kit } from "./kit.ts";
import type { Library } from "./scores.ts";
import { bufferAt, type Place, type StoreTile, type TemplateLaunch, writePhase } from "./launch.ts";

export interface QMatVecSpec {
  readonly format: QuantFormat;
  readonly rows: number;
  /** A multiple of 32. */
  readonly columns: number;
  /** Each contiguous; offsets in elements. quants: i8 [rows, columns] or u8 [rows, columns/2]; scales: f16 [rows, columns/32]; x: f32. */
  readonly quants: { readonly buffer: number; readonly offset: number };
  readonly scales: { readonly buffer: number; readonly offset: number };
  readonly x: { readonly buffer: number; readonly offset: number };
}

/** The rounded x in the workspace, in bytes: its numbers in 8 or 16 bits, each block's scale, and for q4 −8·Σ xq, lane by lane. */
interface Plan {
  readonly spec: QMatVecSpec;
  readonly blocks: number;
  /** Whether products are the relaxed 8-bit ones. */
  readonly isRelaxed: boolean;
  readonly numberBytes: number;
  readonly scalesAt: number;
  readonly correctionsAt: number;
  readonly workspaceBytes: number;
}

/** Blocks whose scales are made together. */
const together = 4;
const rowsPerItem = 4;

/** The result is one row of `rows` columns. */
export function writeQMatVec(
  module: ModuleWriter,
  name: string,
  spec: QMatVecSpec,
  workspace: number,
  library: Library,
  store: StoreTile,
): TemplateLaunch {
  const plan = planOf(spec, library.fused);
  writeRound(module, `${name}.round`, plan, workspace);
  writeRows(module, `${name}.rows`, plan, workspace, library, store);
  const items = Math.ceil(spec.rows / rowsPerItem);
  const bytesPerItem = (rowsPerItem * spec.columns) / (spec.format === "q8" ? 1 : 2);
  return {
    phases: [
      { fn: `${name}.round`, items: plan.blocks, grain: 512 },
      { fn: `${name}.rows`, items, grain: Math.ceil(1e5 / bytesPerItem) },
    ],
    scratchBytes: 0,
    workspaceBytes: plan.workspaceBytes,
  };
}

function planOf(spec: QMatVecSpec, isRelaxedHere: boolean): Plan {
  const blocks = spec.columns / blockSize;
  const isRelaxed = isRelaxedHere && spec.format === "q4";
  const numberBytes = isRelaxed ? 1 : 2;
  const scalesAt = spec.columns * numberBytes;
  const correctionsAt = Math.ceil((scalesAt + blocks * 4) / 64) * 64;
  return {
    spec,
    blocks,
    isRelaxed,
    numberBytes,
    scalesAt,
    correctionsAt,
    workspaceBytes: correctionsAt + blocks * 16,
  };
}

/** Items: blocks of x. */
function writeRound(module: ModuleWriter, name: string, plan: Plan, workspace: number): void {
  const { spec, numberBytes } = plan;
  writePhase(module, name, (f, block, params) => {
    const from = f.let(
      i32.add(bufferAt(params, spec.x.buffer), i32.add(i32.mul(block, blockSize * 4), spec.x.offset * 4)),
    );
    const base = f.let(bufferAt(params, workspace));
    const to = f.let(i32.add(base, i32.mul(block, blockSize * numberBytes)));
    const word = f.let(i32.add(base, i32.mul(block, 4)));
    const x = Array.from({ length: 8 }, (_, i) => f.let(v128.load(from, i * 16)));
    const most = f.let(x.map((v): Expr<"v128"> => f32x4.abs(v)).reduce((a, b) => f32x4.max(a, b)));
    const lane = (i: number): Expr<"f32"> => f32x4.extract(most, i);
    const scale = f.let(f32.div(f32.max(f32.max(lane(0), lane(1)), f32.max(lane(2), lane(3))), 127));
    const inverse = f.let(f32.div(1, scale));
    // 1/0, and 1/x too large for an f32: nothing of the block is left.
    f.if(f32.eq(inverse, Infinity), () => f.set(inverse, f32.const(0)));
    f.do(f32.store(word, scale, plan.scalesAt));
    const factor = f.let(f32x4.splat(inverse));
    const whole = x.map((v) => f.let(i32x4.truncSatF32x4S(f32x4.nearest(f32x4.mul(v, factor)))));
    storeNumbers(f, plan, whole, to);
    if (spec.format === "q4") {
      const eights = i32x4.mul(laneSums(plan, to), i32x4.splat(-8));
      f.do(v128.store(i32.add(base, i32.mul(block, 16)), eights, plan.correctionsAt));
    }
  });
}

/** Σ xq of a stored block, in the lanes in which its products will be: so that lanes stay small, and their f32 sums exact for longer. */
function laneSums({ numberBytes }: Plan, at: Local<"i32">): Expr<"v128"> {
  const vector = (i: number): Expr<"v128"> => v128.load(at, i * 16);
  const pairs = (x: Expr<"v128">): Expr<"v128"> => i32x4.extaddPairwiseI16x8S(x);
  if (numberBytes === 1)
    return pairs(i16x8.add(i16x8.extaddPairwiseI8x16S(vector(0)), i16x8.extaddPairwiseI8x16S(vector(1))));
  return [1, 2, 3].reduce((sum, i) => i32x4.add(sum, pairs(vector(i))), pairs(vector(0)));
}

function storeNumbers(
  f: FunctionWriter,
  { numberBytes }: Plan,
  whole: readonly Local<"v128">[],
  to: Local<"i32">,
): void {
  const pairs = [0, 2, 4, 6].map((i) => i16x8.narrowI32x4S(whole[i], whole[i + 1]));
  if (numberBytes === 2) for (const [i, pair] of pairs.entries()) f.do(v128.store(to, pair, i * 16));
  else for (const i of [0, 2]) f.do(v128.store(to, i8x16.narrowI16x8S(pairs[i], pairs[i + 1]), i * 8));
}

/** Items: four rows each. */
function writeRows(
  module: ModuleWriter,
  name: string,
  plan: Plan,
  workspace: number,
  library: Library,
  store: StoreTile,
): void {
  const { spec } = plan;
  writePhase(module, name, (f, item, params) => {
    const kit = { ...library, f };
    const at: Place = { params, batch: f.local("i32"), row: f.local("i32"), column: f.local("i32") };
    const x = f.let(bufferAt(params, workspace));
    const [result, rowSum] = f.locals("v128", 2);
    const row = f.local("i32");
    const constants = constantsOf(kit);
    for (let lane = 0; lane < rowsPerItem; lane++) {
      f.set(row, i32.add(i32.mul(item, rowsPerItem), lane));
      f.if(i32.ltS(row, spec.rows), () => {
        f.set(rowSum, multiplyRow(plan, kit, constants, params, row, x));
        f.set(result, f32x4.replace(result, lane, sumOf(rowSum)));
      });
    }
    f.set(at.column, i32.mul(item, rowsPerItem));
    const rest = spec.rows % rowsPerItem;
    if (rest === 0) store(f, at, result, 4);
    else
      f.if(
        i32.leS(at.column, spec.rows - rowsPerItem),
        () => store(f, at, result, 4),
        () => store(f, at, result, f.let(i32.const(rest))),
      );
  });
}

function sumOf(x: Local<"v128">): Expr<"f32"> {
  const lane = (i: number): Expr<"f32"> => f32x4.extract(x, i);
  return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
}

/** Constants that every block needs, in locals: a load less each time round. */
interface Constants {
  readonly lowHalf: Local<"v128">;
  readonly ones: Local<"v128">;
  readonly size: Local<"v128">;
  readonly sign: Local<"v128">;
  readonly rebias: Local<"v128">;
}

function constantsOf(kit: Kit): Constants {
  const { f } = kit;
  return {
    lowHalf: f.let(int(kit, 0x0f0f0f0f)),
    ones: f.let(int(kit, 0x00010001)),
    size: f.let(int(kit, 0x7fff)),
    sign: f.let(int(kit, 0x8000)),
    rebias: f.let(float(kit, 2 ** 112)),
  };
}

/** Where a row's next block lies, and what of x it meets. */
interface Pointers {
  readonly quants: Local<"i32">;
  readonly scales: Local<"i32">;
  readonly numbers: Local<"i32">;
  readonly words: Local<"i32">;
  readonly corrections: Local<"i32">;
}

/** The row's products, spread over four lanes. */
function multiplyRow(
  plan: Plan,
  { f, fused }: Kit,
  constants: Constants,
  params: Local<"i32">,
  row: Local<"i32">,
  x: Local<"i32">,
): Expr<"v128"> {
  const { spec, blocks, numberBytes, scalesAt, correctionsAt } = plan;
  const bytes = spec.format === "q8" ? blockSize : blockSize / 2;
  const at = ({ buffer, offset }: QMatVecSpec["x"], rowBytes: number, size: number): Local<"i32"> =>
    f.let(i32.add(bufferAt(params, buffer), i32.add(i32.mul(row, rowBytes), offset * size)));
  const pointers: Pointers = {
    quants: at(spec.quants, blocks * bytes, 1),
    scales: at(spec.scales, blocks * 2, 2),
    numbers: f.let(x),
    words: f.let(i32.add(x, scalesAt)),
    corrections: f.let(i32.add(x, correctionsAt)),
  };
  const block = f.local("i32");
  const factors = f.local("v128");
  const sums = [f.let(f32x4.splat(0)), f.let(f32x4.splat(0))]; // two, so that one addition need not wait for the last
  const group = (count: number): void => {
    f.set(
      factors,
      f32x4.mul(widen(f, constants, v128.load64Zero(pointers.scales)), v128.load(pointers.words)),
    );
    for (let i = 0; i < count; i++) {
      const dot = f32x4.convertI32x4S(dotOf(plan, f, constants, pointers, i));
      const lanes = Array.from({ length: 16 }, (_, byte) => i * 4 + (byte % 4));
      f.set(sums[i % 2], multiplyAdd(fused, dot, i8x16.shuffle(factors, factors, lanes), sums[i % 2]));
    }
    f.add(pointers.quants, count * bytes);
    f.add(pointers.scales, count * 2);
    f.add(pointers.numbers, count * blockSize * numberBytes);
    f.add(pointers.words, count * 4);
    if (spec.format === "q4") f.add(pointers.corrections, count * 16);
  };
  f.for(block, 0, blocks - (blocks % together), together, () => group(together));
  if (blocks % together > 0) group(blocks % together);
  return f32x4.add(sums[0], sums[1]);
}

/** Four f16 in the low half as f32: their exponent is 112 too small once the bits are in place, which also rights the subnormals. */
function widen(f: FunctionWriter, { size, sign, rebias }: Constants, halves: Expr<"v128">): Expr<"v128"> {
  const h = f.let(i32x4.extendLowI16x8U(halves));
  return v128.or(f32x4.mul(i32x4.shl(v128.and(h, size), 13), rebias), i32x4.shl(v128.and(h, sign), 16));
}

/** Block i's Σ q·xq, exactly, spread over four lanes. */
function dotOf(
  plan: Plan,
  f: FunctionWriter,
  { lowHalf, ones }: Constants,
  p: Pointers,
  i: number,
): Expr<"v128"> {
  const x = (j: number): Expr<"v128"> => v128.load(p.numbers, (i * blockSize + j) * plan.numberBytes);
  if (plan.spec.format === "q8")
    return [0, 8, 16, 24]
      .map((j) => i32x4.dotI16x8S(v128.load8x8S(p.quants, i * blockSize + j), x(j)))
      .reduce((a, b) => i32x4.add(a, b));
  // Byte j holds elements j (its low half) and j + 16.
  const both = f.let(v128.load(p.quants, (i * blockSize) / 2));
  const low = v128.and(both, lowHalf);
  const high = v128.and(i16x8.shrU(both, 4), lowHalf); // x64 shifts no bytes
  const correction = v128.load(p.corrections, i * 16);
  if (plan.isRelaxed) {
    // Pairs' sums are at most 2·15·127 each: i16 holds them, and their sum.
    const pairs = i16x8.add(i16x8.relaxedDotI8x16I7x16(x(0), low), i16x8.relaxedDotI8x16I7x16(x(16), high));
    return i32x4.add(i32x4.dotI16x8S(pairs, ones), correction);
  }
  const dot = (half: Expr<"v128">, j: number): Expr<"v128"> => {
    const wide = f.let(half);
    const first = i32x4.dotI16x8S(i16x8.extendLowI8x16U(wide), x(j));
    return i32x4.add(first, i32x4.dotI16x8S(i16x8.extendHighI8x16U(wide), x(j + 8)));
  };
  return i32x4.add(i32x4.add(dot(low, 0), dot(high, 16)), correction);
}
