/**
 * The one hot loop of all products: a tile of C, rows × vectors, stays in registers while k runs.
 * Each step loads one row of B and spreads one number of A over a vector for each of the tile's rows.
 */
import type { FunctionWriter, Local } from "./encode.ts";
import { type Expr, f32x4, i32, multiplyAdd, type Operand, v128 } from "./instructions.ts";
import type { Tier } from "./tier.ts";

/** The registers of a tile; one set serves all tiles of a function. */
export interface Tile {
  readonly tier: Tier;
  readonly columns: number;
  readonly sums: readonly (readonly Local<"v128">[])[];
  readonly bRow: readonly Local<"v128">[];
  readonly aSplat: Local<"v128">;
  readonly a: Local<"i32">;
  readonly b: Local<"i32">;
  readonly k: Local<"i32">;
}

export function tileOf(f: FunctionWriter, tier: Tier): Tile {
  return {
    tier,
    columns: tier.vectors * 4,
    sums: Array.from({ length: tier.rows }, () => f.locals("v128", tier.vectors)),
    bRow: f.locals("v128", tier.vectors),
    aSplat: f.local("v128"),
    a: f.local("i32"),
    b: f.local("i32"),
    k: f.local("i32"),
  };
}

/** Operands and result of one tile: addresses, and distances in bytes. All distances are constants and none is negative. */
export interface TileProduct {
  readonly rows: number;
  readonly a: Expr<"i32">;
  readonly aRow: number;
  readonly aStep: number;
  readonly b: Expr<"i32">;
  readonly bStep: number;
  /** How many k. */
  readonly steps: number | Local<"i32">;
  readonly c: Local<"i32">;
  readonly cRow: number;
  /** Whether the sums are added to what is at c: never, or where the condition says so. */
  readonly adds: boolean | Expr<"i32">;
}

export function multiplyTile(f: FunctionWriter, tile: Tile, product: TileProduct): void {
  const zero = f32x4.const(0);
  for (const row of tile.sums.slice(0, product.rows)) for (const sum of row) f.set(sum, zero);
  f.set(tile.a, product.a);
  f.set(tile.b, product.b);
  runSteps(f, tile, product);
  if (typeof product.adds === "boolean") storeSums(f, tile, product, product.adds);
  else
    f.if(
      product.adds,
      () => storeSums(f, tile, product, true),
      () => storeSums(f, tile, product, false),
    );
}

/** Several steps are written out where the tier likes it; what is left over goes one by one. */
function runSteps(f: FunctionWriter, tile: Tile, product: TileProduct): void {
  const { steps } = product;
  const { unroll } = tile.tier;
  const write = (count: number): void => {
    for (let u = 0; u < count; u++) step(f, tile, product, u);
    f.add(tile.a, count * product.aStep);
    f.add(tile.b, count * product.bStep);
  };
  const whole: Operand<"i32"> =
    typeof steps === "number"
      ? steps - (steps % unroll)
      : unroll === 1
        ? steps
        : f.let(i32.and(steps, -unroll));
  f.for(tile.k, 0, whole, unroll, () => write(unroll));
  if (unroll === 1) return;
  if (typeof steps === "number") write(steps % unroll);
  else f.for(tile.k, whole, steps, 1, () => write(1));
}

function step(f: FunctionWriter, tile: Tile, { rows, aRow, aStep, bStep }: TileProduct, u: number): void {
  for (const [v, bv] of tile.bRow.entries()) f.set(bv, v128.load(tile.b, u * bStep + v * 16));
  for (let r = 0; r < rows; r++) {
    f.set(tile.aSplat, v128.load32Splat(tile.a, u * aStep + r * aRow));
    for (const [v, sum] of tile.sums[r].entries())
      f.set(sum, multiplyAdd(tile.tier.fused, tile.aSplat, tile.bRow[v], sum));
  }
}

/** Stores stand together, neighbours in pairs, with no load between them: there V8 begins to look for pairs. */
function storeSums(f: FunctionWriter, tile: Tile, { rows, c, cRow }: TileProduct, adds: boolean): void {
  const places = tile.sums
    .slice(0, rows)
    .flatMap((row, r) => row.map((sum, v) => ({ sum, offset: r * cRow + v * 16 })));
  if (adds) for (const { sum, offset } of places) f.set(sum, f32x4.add(v128.load(c, offset), sum));
  for (const { sum, offset } of places) f.do(v128.store(c, sum, offset));
}
