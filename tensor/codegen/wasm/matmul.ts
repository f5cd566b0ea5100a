/**
 * Matrix products: C[i, j] = Σₖ A[i, k]·B[k, j], as GotoBLAS and BLIS do it (Goto & van de Geijn 2008; Van Zee & van de Geijn 2015).
 * A tile of C stays in registers while k runs; A and B are first copied into the order in which tiles read them.
 * Products with only a few rows or columns go another way (matvec.ts). Shapes and strides are constants of the code. Results go to `store`, which knows the rest of the program.
 */
import type { FunctionWriter, Local, ModuleWriter } from "./encode.ts";
import { type Expr, i32, v128 } from "./instructions.ts";
import {
  bufferAt,
  matrixAt,
  type Place,
  product,
  type StoreTile,
  type TemplateLaunch,
  type View,
  writePhase,
} from "./launch.ts";
import { thinOf, writeThin } from "./matvec.ts";
import { packColumns, packRows } from "./pack.ts";
import type { Tier } from "./tier.ts";
import { multiplyTile, tileOf } from "./tile.ts";

export interface MatmulSpec {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: View;
  readonly b: View;
}

/** How a product is cut up. All that is derived from the spec, so that the partition never depends on the threads. */
interface Plan {
  readonly spec: MatmulSpec;
  readonly tier: Tier;
  readonly rows: number;
  readonly columns: number;
  /** Items are blocks of C: rowsPerItem × columnsPerItem, whole tiles. */
  readonly rowsPerItem: number;
  readonly columnsPerItem: number;
  readonly rowItems: number;
  readonly columnItems: number;
  /** k is cut into blocks of kBlock (a multiple of 4; the last may be shorter), so that a tile's share of B stays in the first cache. */
  readonly kBlock: number;
  readonly kBlocks: number;
  /** Where packed A and B lie in the workspace, in bytes; matrices of each (1 if all batches share it). */
  readonly packedA: { readonly at: number; readonly panels: number; readonly matrices: number };
  readonly packedB: { readonly at: number; readonly panels: number; readonly matrices: number };
  readonly workspaceBytes: number;
}

const longestK = 384;
const mostRows = 96;
const mostColumns = 256;

export function writeMatmul(
  module: ModuleWriter,
  tier: Tier,
  name: string,
  spec: MatmulSpec,
  workspace: number,
  store: StoreTile,
): TemplateLaunch {
  const thin = thinOf(spec, tier);
  if (thin !== undefined) return writeThin(module, name, thin, workspace, store);
  const plan = planOf(spec, tier);
  const batches = product(spec.batch);
  const { packedA, packedB } = plan;
  const panels = packedB.panels * packedB.matrices + packedA.panels * packedA.matrices;
  writePack(module, `${name}.pack`, plan, workspace);
  writeTiles(module, `${name}.tiles`, plan, workspace, store);
  const items = batches * plan.rowItems * plan.columnItems;
  const flopsPerItem = 2 * plan.rowsPerItem * plan.columnsPerItem * spec.k;
  const bytesPerPanel = plan.columns * spec.k * 4;
  return {
    phases: [
      { fn: `${name}.pack`, items: panels, grain: Math.ceil(65536 / bytesPerPanel) },
      { fn: `${name}.tiles`, items, grain: Math.ceil(1e6 / flopsPerItem) },
    ],
    scratchBytes:
      plan.kBlocks === 1 ? plan.rows * plan.columns * 4 : plan.rowsPerItem * plan.columnsPerItem * 4,
    workspaceBytes: plan.workspaceBytes,
  };
}

function planOf(spec: MatmulSpec, tier: Tier): Plan {
  const { m, n, k, batch } = spec;
  const rows = tier.rows;
  const columns = tier.vectors * 4;
  const rowsPerItem = evenly(m, mostRows, rows);
  let columnsPerItem = evenly(n, mostColumns, columns);
  const items = (): number => product(batch) * Math.ceil(m / rowsPerItem) * Math.ceil(n / columnsPerItem);
  while (items() < 8 && columnsPerItem > 2 * columns)
    columnsPerItem = evenly(columnsPerItem, columnsPerItem / 2, columns);
  const kBlock = evenly(k, longestK, 4);
  const packedA = { at: 0, panels: Math.ceil(m / rows), matrices: matricesOf(spec.a, batch) };
  const bytesA = packedA.panels * packedA.matrices * rows * k * 4;
  const packedB = {
    at: Math.ceil(bytesA / 64) * 64,
    panels: Math.ceil(n / columns),
    matrices: matricesOf(spec.b, batch),
  };
  const workspaceBytes = packedB.at + packedB.panels * packedB.matrices * columns * k * 4;
  return {
    spec,
    tier,
    rows,
    columns,
    rowsPerItem,
    columnsPerItem,
    rowItems: Math.ceil(m / rowsPerItem),
    columnItems: Math.ceil(n / columnsPerItem),
    kBlock,
    kBlocks: Math.max(1, Math.ceil(k / kBlock)),
    packedA,
    packedB,
    workspaceBytes,
  };
}

/** The size, a multiple of `unit`, of nearly equal parts of n that are at most about `most`. */
function evenly(n: number, most: number, unit: number): number {
  const parts = Math.max(1, Math.ceil(n / most));
  return Math.max(unit, Math.ceil(n / parts / unit) * unit);
}

function matricesOf(view: View, batch: readonly number[]): number {
  return view.batch.every((stride, axis) => stride === 0 || batch[axis] === 1) ? 1 : product(batch);
}

/** Items: the panels of B, then those of A. */
function writePack(module: ModuleWriter, name: string, plan: Plan, workspace: number): void {
  const { spec, packedA, packedB, rows, columns } = plan;
  const panelsB = packedB.panels * packedB.matrices;
  writePhase(module, name, (f, item, params) => {
    const to = f.local("i32");
    const panel = f.local("i32");
    const matrix = f.local("i32");
    f.if(
      i32.ltS(item, panelsB),
      () => {
        f.set(
          to,
          i32.add(bufferAt(params, workspace), i32.add(i32.mul(item, columns * spec.k * 4), packedB.at)),
        );
        f.set(matrix, i32.divU(item, packedB.panels));
        f.set(panel, i32.remU(item, packedB.panels));
        const from = f.let(matrixAt(params, spec.b, spec.batch, matrix));
        packColumns(f, { from, to, panel, view: spec.b, k: spec.k, n: spec.n, columns });
      },
      () => {
        const index = f.let(i32.sub(item, panelsB));
        f.set(to, i32.add(bufferAt(params, workspace), i32.mul(index, rows * spec.k * 4)));
        f.set(matrix, i32.divU(index, packedA.panels));
        f.set(panel, i32.remU(index, packedA.panels));
        const from = f.let(matrixAt(params, spec.a, spec.batch, matrix));
        packRows(f, { from, to, panel, view: spec.a, k: spec.k, m: spec.m, rows });
      },
    );
  });
}

function writeTiles(
  module: ModuleWriter,
  name: string,
  plan: Plan,
  workspace: number,
  store: StoreTile,
): void {
  const { spec, rows, columns, rowsPerItem, columnsPerItem, rowItems, columnItems, kBlock, kBlocks } = plan;
  writePhase(module, name, (f, item, params, scratch) => {
    const tile = tileOf(f, plan.tier);
    const sums = f.local("i32");
    const at: Place = { params, batch: f.local("i32"), row: f.local("i32"), column: f.local("i32") };
    const [i, j, block, kHere] = f.locals("i32", 4);
    const inBatch = f.let(i32.remU(item, rowItems * columnItems));
    f.set(at.batch, i32.divU(item, rowItems * columnItems));
    const iStart = f.let(i32.mul(i32.divU(inBatch, columnItems), rowsPerItem));
    const jStart = f.let(i32.mul(i32.remU(inBatch, columnItems), columnsPerItem));
    const iEnd = f.let(atMost(i32.add(iStart, rowsPerItem), spec.m));
    const jEnd = f.let(atMost(i32.add(jStart, columnsPerItem), spec.n));
    const packed = f.let(bufferAt(params, workspace));
    const aMatrix = f.let(panelAt(packed, plan.packedA, at.batch, rows * spec.k * 4));
    const bMatrix = f.let(panelAt(packed, plan.packedB, at.batch, columns * spec.k * 4));
    f.for(block, 0, kBlocks, 1, () => {
      if (kBlocks > 1) f.set(kHere, atMost(i32.sub(spec.k, i32.mul(block, kBlock)), kBlock));
      if (kBlocks > 1) f.set(sums, scratch);
      f.for(j, jStart, jEnd, columns, () => {
        f.for(i, iStart, iEnd, rows, () => {
          if (kBlocks === 1) f.set(sums, scratch);
          // Panels hold whole k's: the one of row i begins at i·K, and in it the block of k at block·kBlock·rows.
          const inPanel = (start: Local<"i32">, width: number): Expr<"i32"> =>
            i32.mul(i32.add(i32.mul(start, spec.k), i32.mul(block, kBlock * width)), 4);
          multiplyTile(f, tile, {
            rows,
            a: i32.add(aMatrix, inPanel(i, rows)),
            aRow: 4,
            aStep: rows * 4,
            b: i32.add(bMatrix, inPanel(j, columns)),
            bStep: columns * 4,
            steps: kBlocks === 1 ? spec.k : kHere,
            c: sums,
            cRow: columns * 4,
            adds: kBlocks === 1 ? false : block,
          });
          f.if(i32.eq(block, kBlocks - 1), () => storeTile(f, plan, tile.aSplat, sums, at, i, j, store));
          if (kBlocks > 1) f.add(sums, rows * columns * 4);
        });
      });
    });
  });
}

function panelAt(
  packed: Local<"i32">,
  { at, panels, matrices }: Plan["packedA"],
  batch: Local<"i32">,
  panelBytes: number,
): Expr<"i32"> {
  const matrix = matrices === 1 ? i32.const(at) : i32.add(i32.mul(batch, panels * panelBytes), at);
  return i32.add(packed, matrix);
}

function atMost(x: Expr<"i32">, most: number): Expr<"i32"> {
  // select runs x twice; x is cheap.
  return { type: "i32", code: [...x.code, ...i32.const(most).code, ...i32.ltS(x, most).code, 0x1b] };
}

/** Hands the tile's valid part, rows × columns of it, to `store`. */
function storeTile(
  f: FunctionWriter,
  plan: Plan,
  result: Local<"v128">,
  sums: Local<"i32">,
  at: Place,
  i: Local<"i32">,
  j: Local<"i32">,
  store: StoreTile,
): void {
  const { rows, columns, spec } = plan;
  const from = f.let(sums);
  const rowEnd = f.let(atMost(i32.add(i, rows), spec.m));
  const lanes = f.local("i32");
  f.for(at.row, i, rowEnd, 1, () => {
    const wholeEnd = f.let(i32.sub(atMost(i32.add(j, columns), spec.n & ~3), 0));
    const p = f.let(from);
    f.for(at.column, j, wholeEnd, 4, () => {
      f.set(result, v128.load(p));
      store(f, at, result, 4);
      f.add(p, 16);
    });
    if (spec.n % 4 > 0)
      f.if(i32.geS(i32.add(j, columns), spec.n), () => {
        f.set(at.column, spec.n & ~3);
        f.set(lanes, spec.n % 4);
        f.set(result, v128.load(i32.add(from, i32.mul(i32.sub(at.column, j), 4))));
        store(f, at, result, lanes);
      });
    f.add(from, columns * 4);
  });
}
