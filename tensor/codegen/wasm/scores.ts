/**
 * What attention's forward and backward programs share: sizes and places, and one query's row of scores on its way to powers.
 */
import type { FunctionWriter, Local } from "./encode.ts";
import { type Expr, f32, f32x4, i32, i32x4, type Operand, v128 } from "./instructions.ts";
import { float, int, type Kit } from "./kit.ts";
import { bufferAt } from "./launch.ts";
import { exp } from "./math.ts";

/** A tensor [batch, head, row, column] in a buffer; offset and strides in elements. Strides are never negative. */
export interface Strided4 {
  readonly buffer: number;
  readonly offset: number;
  readonly strides: readonly [batch: number, head: number, row: number, column: number];
}

export interface AttentionSpec {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  readonly keys: number;
  /** Of q and k. */
  readonly depth: number;
  /** Of v and the result. */
  readonly width: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly window: number;
  /** Their column stride is 1. */
  readonly q: Strided4;
  readonly k: Strided4;
  readonly v: Strided4;
  /** Added to the scores (f32), or true where a query may look (bool, one byte each). */
  readonly mask?: Strided4 & { readonly dtype: "f32" | "bool" };
}

/** What code of the program shares: constants in memory, functions that are called. */
export type Library = Omit<Kit, "f">;

/** Address of a head's first row. */
export function headAt(
  params: Local<"i32">,
  { buffer, offset, strides }: Strided4,
  batch: Local<"i32">,
  head: Local<"i32">,
): Expr<"i32"> {
  const element = i32.add(i32.mul(batch, strides[0]), i32.mul(head, strides[1]));
  return i32.add(bufferAt(params, buffer), i32.mul(i32.add(element, offset), 4));
}

/** How many of the keys from `key` on some query before `queryEnd` may see; at most `most`. */
export function keysSeen(
  f: FunctionWriter,
  spec: AttentionSpec,
  key: Operand<"i32">,
  queryEnd: Expr<"i32">,
  most: number,
): Local<"i32"> {
  const count = f.let(i32.sub(spec.keys, key));
  if (spec.causal) {
    const seen = f.let(i32.sub(i32.add(queryEnd, spec.keys - spec.queries), key));
    f.if(i32.ltS(seen, count), () => f.set(count, seen));
  }
  f.if(i32.gtS(count, most), () => f.set(count, most));
  return count;
}

/** Whose row it is: a head's, of which the scores from key `key` on are at hand. */
interface Query {
  readonly kit: Kit;
  readonly params: Local<"i32">;
  readonly batch: Local<"i32">;
  readonly head: Local<"i32">;
  readonly key: Local<"i32">;
}

/** Scales `count` raw scores of query t, adds the mask, hides what it may not see, and takes their largest into `largest`. */
export function scoreRow(
  spec: AttentionSpec,
  { kit, params, batch, head, key }: Query,
  t: Local<"i32">,
  row: Local<"i32">,
  count: Local<"i32">,
  largest: Local<"v128">,
): void {
  const { f } = kit;
  const { causal, window, queries, keys, mask } = spec;
  const s = f.local("i32");
  const p = f.let(row);
  const x = f.local("v128");
  const hidden = f.let(float(kit, -Infinity));
  const scale = f.let(float(kit, spec.scale));
  // Lanes of keys, and the keys a query may see: low ≤ s < high.
  const at = f.let(
    i32x4.add(
      i32x4.splat(key),
      i32x4.replace(i32x4.replace(i32x4.replace(i32x4.splat(0), 1, 1), 2, 2), 3, 3),
    ),
  );
  const last = i32.add(t, keys - queries);
  const high = f.let(i32x4.splat(i32.const(keys)));
  if (causal) f.set(high, i32x4.minS(high, i32x4.splat(i32.add(last, 1))));
  const low = f.let(i32x4.splat(window < keys + queries ? i32.sub(last, window - 1) : i32.const(-1)));
  const maskRow = mask === undefined ? undefined : f.let(maskRowAt(params, mask, batch, head, t, key));
  f.for(s, 0, count, 4, () => {
    f.set(x, f32x4.mul(v128.load(p), scale));
    if (mask !== undefined) addMask(kit, mask, maskRow!, f.let(i32.sub(i32.sub(keys, key), s)), x, hidden);
    const isSeen = v128.and(i32x4.geS(at, low), i32x4.ltS(at, high));
    f.set(x, v128.bitselect(x, hidden, isSeen));
    f.do(v128.store(p, x));
    f.set(largest, f32x4.max(largest, x));
    f.set(at, i32x4.add(at, int(kit, 4)));
    f.add(p, 16);
  });
}

function maskRowAt(
  params: Local<"i32">,
  mask: NonNullable<AttentionSpec["mask"]>,
  batch: Local<"i32">,
  head: Local<"i32">,
  t: Local<"i32">,
  key: Local<"i32">,
): Expr<"i32"> {
  const [b, h, r, c] = mask.strides;
  const rows = i32.add(i32.add(i32.mul(batch, b), i32.mul(head, h)), i32.mul(t, r));
  const element = i32.add(i32.add(rows, i32.mul(key, c)), mask.offset);
  return i32.add(bufferAt(params, mask.buffer), i32.mul(element, mask.dtype === "f32" ? 4 : 1));
}

/** Four elements of the mask's row, whose pointer moves on. `left`: how many keys there still are. */
function addMask(
  kit: Kit,
  mask: NonNullable<AttentionSpec["mask"]>,
  p: Local<"i32">,
  left: Local<"i32">,
  x: Local<"v128">,
  hidden: Local<"v128">,
): void {
  const { f } = kit;
  const size = mask.dtype === "f32" ? 4 : 1;
  const stride = mask.strides[3] * size;
  const values = f.local("v128");
  for (let lane = 0; lane < 4; lane++)
    f.if(i32.gtS(left, lane), () => {
      if (mask.dtype === "f32") f.set(values, f32x4.replace(values, lane, f32.load(p, lane * stride)));
      else f.set(values, i32x4.replace(values, lane, i32.load8U(p, lane * stride)));
    });
  if (mask.dtype === "f32") f.set(x, f32x4.add(x, values));
  else f.set(x, v128.bitselect(hidden, x, i32x4.eq(values, int(kit, 0))));
  f.add(p, 4 * stride);
}

/** Each of `count` scores becomes e^(score − most); their sums go into `total`, lane by lane. */
export function powers(
  kit: Kit,
  row: Local<"i32">,
  count: Local<"i32">,
  most: Local<"v128">,
  total: Local<"v128">,
): void {
  const { f } = kit;
  const [p, s] = [f.let(row), f.local("i32")];
  const x = f.local("v128");
  f.for(s, 0, count, 4, () => {
    f.set(x, f32x4.sub(v128.load(p), most));
    f.set(x, powerOf(kit, x));
    f.do(v128.store(p, x));
    f.set(total, f32x4.add(total, x));
    f.add(p, 16);
  });
}

/** eˣ for x ≤ 0, exactly 0 below −87: what is hidden must not meet its value at all. NaN stays. */
export function powerOf(kit: Kit, x: Local<"v128">): Expr<"v128"> {
  return v128.andnot(exp(kit, x), f32x4.le(x, float(kit, -87)));
}

export function horizontal(
  x: Local<"v128">,
  fn: (a: Expr<"f32">, b: Expr<"f32">) => Expr<"f32">,
): Expr<"f32"> {
  const lane = (i: number): Expr<"f32"> => f32x4.extract(x, i);
  return fn(fn(lane(0), lane(1)), fn(lane(2), lane(3)));
}
