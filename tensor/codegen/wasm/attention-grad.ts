/**
 * Attention's gradients, given ḡ: v̄ = pᵀḡ, s̄ = p∘(ḡvᵀ − rowsum(p∘ḡvᵀ)), q̄ = scale·s̄k, k̄ = scale·s̄ᵀq (see graph.ts, AttentionGrad).
 * An item is one head of keys with the heads of queries that read it, so that k̄ and v̄ have one writer. The weights p are
 * computed again, for a block of queries at a time, whose rows of scores are whole.
 */
import type { FunctionWriter, Local, ModuleWriter } from "./encode.ts";
import { type Expr, f32, f32x4, i32, memory, v128 } from "./instructions.ts";
import { float, type Kit } from "./kit.ts";
import { bufferAt, type Phase, type TemplateLaunch, writePhase } from "./launch.ts";
import { packColumns } from "./pack.ts";
import {
  type AttentionSpec,
  headAt,
  horizontal,
  keysSeen,
  type Library,
  powers,
  scoreRow,
  type Strided4,
} from "./scores.ts";
import type { Tier } from "./tier.ts";
import { multiplyTile, type Tile, tileOf } from "./tile.ts";

export interface AttentionGradSpec extends AttentionSpec {
  /** The gradient of the loss with respect to attention's result; its column stride is 1. */
  readonly g: Strided4;
}

interface Plan {
  readonly spec: AttentionGradSpec;
  readonly tier: Tier;
  readonly columns: number;
  readonly queriesPerBlock: number;
  readonly keyPanels: number;
  /** What is packed of each head of keys, as B of a product: kᵀ, vᵀ, k; in bytes. */
  readonly transposedValuesAt: number;
  readonly keysAt: number;
  readonly packedBytes: number;
  /** Scratch: p and s̄ [queries, keys], q̄ [queries, depth], k̄ [keys, depth], v̄ [keys, width], rows padded to whole panels. */
  readonly scoreBytes: number;
  readonly depthBytes: number;
  readonly widthBytes: number;
  readonly sBarAt: number;
  readonly qBarAt: number;
  readonly kBarAt: number;
  readonly vBarAt: number;
  readonly scratchBytes: number;
}

const blockBytes = 2 ** 17;

/** Writes the flat vector q̄, k̄, v̄ and, where the mask is f32, s̄, to buffer `output`. */
export function writeAttentionGrad(
  module: ModuleWriter,
  tier: Tier,
  name: string,
  spec: AttentionGradSpec,
  output: number,
  workspace: number,
  library: Library,
): TemplateLaunch {
  const plan = planOf(spec, tier);
  const pack = writePack(module, `${name}.pack`, plan, workspace);
  writeHeads(module, `${name}.heads`, plan, output, workspace, library);
  const items = spec.batch * spec.keyHeads;
  return {
    phases: [pack, { fn: `${name}.heads`, items, grain: 1 }],
    scratchBytes: plan.scratchBytes,
    workspaceBytes: items * plan.packedBytes,
  };
}

function planOf(spec: AttentionGradSpec, tier: Tier): Plan {
  const { queries, keys, depth, width } = spec;
  const columns = tier.vectors * 4;
  const padded = (n: number): number => Math.ceil(n / columns) * columns * 4;
  const [scoreBytes, depthBytes, widthBytes] = [keys, depth, width].map(padded);
  const mostRows = Math.max(1, Math.floor(blockBytes / scoreBytes / tier.rows)) * tier.rows;
  const queriesPerBlock = Math.min(Math.ceil(queries / tier.rows) * tier.rows, mostRows, 16 * tier.rows);
  const keyRows = Math.ceil(keys / tier.rows) * tier.rows;
  const sBarAt = queriesPerBlock * scoreBytes + 64;
  const qBarAt = sBarAt + queriesPerBlock * scoreBytes + 64;
  const kBarAt = qBarAt + queriesPerBlock * depthBytes;
  const vBarAt = kBarAt + keyRows * depthBytes;
  const keysAt = scoreBytes * (depth + width);
  return {
    spec,
    tier,
    columns,
    queriesPerBlock,
    keyPanels: Math.ceil(keys / columns),
    transposedValuesAt: scoreBytes * depth,
    keysAt,
    packedBytes: keysAt + depthBytes * keys,
    scoreBytes,
    depthBytes,
    widthBytes,
    sBarAt,
    qBarAt,
    kBarAt,
    vBarAt,
    scratchBytes: vBarAt + keyRows * widthBytes,
  };
}

/** Items: the panels of every head: kᵀ's, vᵀ's, k's. */
function writePack(module: ModuleWriter, name: string, plan: Plan, workspace: number): Phase {
  const { spec, columns, keyPanels } = plan;
  const { keys, depth, width, k, v } = spec;
  const depthPanels = Math.ceil(depth / columns);
  const panels = 2 * keyPanels + depthPanels;
  writePhase(module, name, (f, item, params) => {
    const head = f.let(i32.divU(item, panels));
    const panel = f.let(i32.remU(item, panels));
    const to = f.let(i32.add(bufferAt(params, workspace), i32.mul(head, plan.packedBytes)));
    const [batch, keyHead] = [f.let(i32.divU(head, spec.keyHeads)), f.let(i32.remU(head, spec.keyHeads))];
    const pack = (x: Strided4, at: number, row: number, column: number, steps: number, n: number): void => {
      f.add(to, i32.add(i32.mul(panel, columns * steps * 4), at));
      const from = f.let(headAt(params, x, batch, keyHead));
      packColumns(f, { from, to, panel, view: { ...x, batch: [], row, column }, k: steps, n, columns });
    };
    f.if(
      i32.ltS(panel, keyPanels),
      () => pack(k, 0, 1, k.strides[2], depth, keys),
      () => {
        f.add(panel, -keyPanels);
        f.if(
          i32.ltS(panel, keyPanels),
          () => pack(v, plan.transposedValuesAt, 1, v.strides[2], width, keys),
          () => {
            f.add(panel, -keyPanels);
            pack(k, plan.keysAt, k.strides[2], 1, keys, depth);
          },
        );
      },
    );
  });
  return {
    fn: name,
    items: spec.batch * spec.keyHeads * panels,
    grain: Math.ceil(32768 / (columns * depth * 4)),
  };
}

/** The variables of one head of queries. */
interface Item {
  readonly kit: Kit;
  readonly tile: Tile;
  readonly params: Local<"i32">;
  readonly scratch: Local<"i32">;
  readonly packed: Local<"i32">;
  readonly batch: Local<"i32">;
  readonly head: Local<"i32">;
  /** The block's first query, and the one after its last. */
  readonly first: Local<"i32">;
  readonly end: Local<"i32">;
  /** Keys that any of the block's queries may see. */
  readonly seen: Local<"i32">;
  /** Always 0: rows of scores begin at the first key. */
  readonly key: Local<"i32">;
}

function writeHeads(
  module: ModuleWriter,
  name: string,
  plan: Plan,
  output: number,
  workspace: number,
  library: Library,
): void {
  const { spec, queriesPerBlock, packedBytes } = plan;
  const { heads, keyHeads, queries, keys } = spec;
  const group = heads / keyHeads;
  writePhase(module, name, (f, index, params, scratch) => {
    const [batch, head, first, end, seen, key, inGroup] = f.locals("i32", 7);
    const packed = f.let(i32.add(bufferAt(params, workspace), i32.mul(index, packedBytes)));
    const kit = { ...library, f };
    const item: Item = {
      kit,
      tile: tileOf(f, plan.tier),
      params,
      scratch,
      packed,
      batch,
      head,
      first,
      end,
      seen,
      key,
    };
    f.set(batch, i32.divU(index, keyHeads));
    f.do(memory.fill(i32.add(scratch, plan.kBarAt), 0, plan.scratchBytes - plan.kBarAt));
    f.for(inGroup, 0, group, 1, () => {
      f.set(head, i32.add(i32.mul(i32.remU(index, keyHeads), group), inGroup));
      f.for(first, 0, queries, queriesPerBlock, () => {
        f.set(end, i32.add(first, queriesPerBlock));
        f.if(i32.gtS(end, queries), () => f.set(end, queries));
        f.set(seen, keysSeen(f, spec, 0, end, keys));
        f.if(i32.ltS(seen, 0), () => f.set(seen, 0));
        weights(plan, item, output);
        queryGradients(plan, item, output);
        keyGradients(plan, item);
      });
    });
    const heads = { kBar: spec.batch * spec.heads * queries * spec.depth, vBar: 0 };
    heads.vBar = heads.kBar + spec.batch * keyHeads * keys * spec.depth;
    const write = (at: number, from: number, rowBytes: number, size: number): void => {
      const to = f.let(i32.add(bufferAt(params, output), i32.add(i32.mul(index, keys * size * 4), at * 4)));
      copyRows(f, f.let(i32.add(scratch, from)), rowBytes, to, size, keys);
    };
    write(heads.kBar, plan.kBarAt, plan.depthBytes, spec.depth);
    write(heads.vBar, plan.vBarAt, plan.widthBytes, spec.width);
  });
}

/** p and s̄ of the block's queries, tile by tile. */
function weights(plan: Plan, item: Item, output: number): void {
  const { spec, tier, scoreBytes, columns } = plan;
  const { tile, scratch, batch, head, first, end, packed } = item;
  const { f } = item.kit;
  const [query, s, p, sBar] = f.locals("i32", 4);
  const q = f.let(headAt(item.params, spec.q, batch, head));
  const g = f.let(headAt(item.params, spec.g, batch, head));
  const rest = spec.queries % tier.rows;
  f.for(query, first, end, tier.rows, () => {
    const count = keysSeen(f, spec, 0, i32.add(query, tier.rows), spec.keys);
    f.set(p, i32.add(scratch, i32.mul(i32.sub(query, first), scoreBytes)));
    f.set(sBar, i32.add(p, plan.sBarAt));
    const rows = (x: Strided4, from: Local<"i32">): Expr<"i32"> =>
      i32.add(from, i32.mul(query, x.strides[2] * 4));
    const scores = (count: number): void => {
      const shared = { rows: count, aStep: 4, bStep: columns * 4, cRow: scoreBytes, adds: false };
      const [qRow, gRow] = [spec.q.strides[2] * 4, spec.g.strides[2] * 4];
      const b = (steps: number, at: number): Expr<"i32"> =>
        i32.add(i32.add(packed, i32.mul(s, steps * 4)), at);
      multiplyTile(f, tile, {
        ...shared,
        a: rows(spec.q, q),
        aRow: qRow,
        b: b(spec.depth, 0),
        steps: spec.depth,
        c: p,
      });
      const values = b(spec.width, plan.transposedValuesAt);
      multiplyTile(f, tile, {
        ...shared,
        a: rows(spec.g, g),
        aRow: gRow,
        b: values,
        steps: spec.width,
        c: sBar,
      });
    };
    f.for(s, 0, count, columns, () => {
      // The last tile may have fewer queries; beyond them lies nothing that may be read.
      if (rest === 0) scores(tier.rows);
      else
        f.if(
          i32.leS(query, spec.queries - tier.rows),
          () => scores(tier.rows),
          () => scores(rest),
        );
      f.add(p, columns * 4);
      f.add(sBar, columns * 4);
    });
    const rowEnd = f.let(i32.add(query, tier.rows));
    f.if(i32.gtS(rowEnd, end), () => f.set(rowEnd, end));
    const t = f.local("i32");
    f.for(t, query, rowEnd, 1, () => weightRow(plan, item, output, t, count));
  });
}

/** One query: scores → p, ḡvᵀ → s̄·scale; both 0 for the keys it may not see. s̄ itself goes to `output` where a mask wants it. */
function weightRow(plan: Plan, item: Item, output: number, t: Local<"i32">, count: Local<"i32">): void {
  const { spec, scoreBytes, sBarAt } = plan;
  const { kit, scratch, first } = item;
  const { f } = kit;
  const row = f.let(i32.add(scratch, i32.mul(i32.sub(t, first), scoreBytes)));
  const largest = f.let(f32x4.splat(-Infinity));
  scoreRow(spec, item, t, row, count, largest);
  const most = f.let(horizontal(largest, f32.max));
  f.if(f32.eq(most, -Infinity), () => f.set(most, f32.const(0)));
  const total = f.let(f32x4.splat(0));
  powers(kit, row, count, f.let(f32x4.splat(most)), total);
  const sum = f.let(horizontal(total, f32.add));
  const share = f.let(f32x4.splat(f32.div(1, sum)));
  f.if(f32.eq(sum, 0), () => f.set(share, f32x4.splat(0)));
  const both = f.let(f32x4.splat(0));
  const [weight, grad] = f.locals("v128", 2);
  // Where p is 0 the other factor may be anything, even NaN.
  const seenOnly = (x: Expr<"v128">): Expr<"v128"> => v128.andnot(x, f32x4.eq(weight, f32x4.splat(0)));
  alongRow(f, row, count, (p) => {
    f.set(weight, f32x4.mul(v128.load(p), share));
    f.do(v128.store(p, weight));
    f.set(both, f32x4.add(both, seenOnly(f32x4.mul(weight, v128.load(p, sBarAt)))));
  });
  const mean = f.let(f32x4.splat(horizontal(both, f32.add)));
  const isMaskWanted = spec.mask?.dtype === "f32";
  const scale = f.let(float(kit, isMaskWanted ? 1 : spec.scale));
  alongRow(f, row, count, (p) => {
    f.set(weight, v128.load(p));
    f.set(grad, f32x4.mul(weight, f32x4.sub(v128.load(p, sBarAt), mean)));
    f.do(v128.store(p, f32x4.mul(seenOnly(grad), scale), sBarAt));
  });
  clearRest(f, row, count, scoreBytes, sBarAt);
  if (isMaskWanted) writeMaskRow(plan, item, output, t, row);
}

/** Calls `body` with the place of each vector of a row. */
function alongRow(
  f: FunctionWriter,
  row: Local<"i32">,
  count: Local<"i32">,
  body: (p: Local<"i32">) => void,
): void {
  const [s, p] = [f.local("i32"), f.let(row)];
  f.for(s, 0, count, 4, () => {
    body(p);
    f.add(p, 16);
  });
}

/** 0 in both rows from the first vector that was not computed. */
function clearRest(
  f: FunctionWriter,
  row: Local<"i32">,
  count: Local<"i32">,
  scoreBytes: number,
  sBarAt: number,
): void {
  const done = f.let(i32.and(i32.shl(i32.add(count, 3), 2), -16));
  f.if(i32.ltS(done, 0), () => f.set(done, 0));
  const left = f.let(i32.sub(scoreBytes, done));
  f.do(memory.fill(i32.add(row, done), 0, left));
  f.do(memory.fill(i32.add(i32.add(row, done), sBarAt), 0, left));
}

/** The mask's gradient is s̄ before the scale; then the row is scaled for q̄ and k̄. */
function writeMaskRow(plan: Plan, item: Item, output: number, t: Local<"i32">, row: Local<"i32">): void {
  const { spec } = plan;
  const { batch: batches, heads, keyHeads, queries, keys, depth, width } = spec;
  const { kit, batch, head, params } = item;
  const { f } = kit;
  const start = batches * (heads * queries * depth + keyHeads * keys * (depth + width));
  const index = i32.add(i32.mul(i32.add(i32.mul(batch, heads), head), queries), t);
  const to = f.let(i32.add(bufferAt(params, output), i32.add(i32.mul(index, keys * 4), start * 4)));
  const from = f.let(i32.add(row, plan.sBarAt));
  copyRows(f, from, 0, to, keys, 1);
  const scale = f.let(float(kit, spec.scale));
  const all = f.let(i32.const(keys));
  alongRow(f, row, all, (p) => f.do(v128.store(p, f32x4.mul(v128.load(p, plan.sBarAt), scale), plan.sBarAt)));
}

/** q̄ = s̄·k. */
function queryGradients(
  plan: Plan,
  { kit, tile, params, scratch, packed, batch, head, first, end, seen }: Item,
  output: number,
): void {
  const { spec, tier, columns, depthBytes, scoreBytes } = plan;
  const { f } = kit;
  const [query, c] = f.locals("i32", 2);
  f.set(c, i32.add(scratch, plan.qBarAt));
  f.for(query, first, end, tier.rows, () => {
    const a = f.let(i32.add(scratch, i32.add(i32.mul(i32.sub(query, first), scoreBytes), plan.sBarAt)));
    forPanels(f, spec.depth, columns, c, (panel) =>
      multiplyTile(f, tile, {
        rows: tier.rows,
        a,
        aRow: scoreBytes,
        aStep: 4,
        b: i32.add(packed, i32.add(i32.mul(panel, columns * spec.keys * 4), plan.keysAt)),
        bStep: columns * 4,
        steps: seen,
        c,
        cRow: depthBytes,
        adds: false,
      }),
    );
    f.add(c, tier.rows * depthBytes - panelsBytes(spec.depth, columns));
  });
  const index = i32.add(i32.mul(i32.add(i32.mul(batch, spec.heads), head), spec.queries), first);
  const to = f.let(i32.add(bufferAt(params, output), i32.mul(index, spec.depth * 4)));
  const from = f.let(i32.add(scratch, plan.qBarAt));
  copyRows(f, from, depthBytes, to, spec.depth, f.let(i32.sub(end, first)));
}

/** v̄ += pᵀ·ḡ and k̄ += s̄ᵀ·q, tile by tile of keys. */
function keyGradients(plan: Plan, { kit, tile, params, scratch, batch, head, first, end, seen }: Item): void {
  const { spec, tier, columns, scoreBytes } = plan;
  const { f } = kit;
  const queries = f.let(i32.sub(end, first));
  const add = (weightsAt: number, x: Strided4, size: number, at: number, rowBytes: number): void => {
    const b = f.let(i32.add(headAt(params, x, batch, head), i32.mul(first, x.strides[2] * 4)));
    const [s, c] = f.locals("i32", 2);
    f.set(c, i32.add(scratch, at));
    f.for(s, 0, seen, tier.rows, () => {
      forPanels(f, size, columns, c, (panel) =>
        multiplyTile(f, tile, {
          rows: tier.rows,
          a: i32.add(i32.add(scratch, i32.mul(s, 4)), weightsAt),
          aRow: 4,
          aStep: scoreBytes,
          b: i32.add(b, i32.mul(panel, columns * 4)),
          bStep: x.strides[2] * 4,
          steps: queries,
          c,
          cRow: rowBytes,
          adds: true,
        }),
      );
      f.add(c, tier.rows * rowBytes - panelsBytes(size, columns));
    });
  };
  add(0, spec.g, spec.width, plan.vBarAt, plan.widthBytes);
  add(plan.sBarAt, spec.q, spec.depth, plan.kBarAt, plan.depthBytes);
}

/** Calls `body` for each panel of columns, with c moving along. */
function forPanels(
  f: FunctionWriter,
  size: number,
  columns: number,
  c: Local<"i32">,
  body: (panel: Local<"i32">) => void,
): void {
  const panel = f.local("i32");
  f.for(panel, 0, Math.ceil(size / columns), 1, () => {
    body(panel);
    f.add(c, columns * 4);
  });
}

function panelsBytes(size: number, columns: number): number {
  return Math.ceil(size / columns) * columns * 4;
}

/** `rows` rows of `size` floats, from rows `rowBytes` apart to rows that touch. Moves `from` and `to`. */
function copyRows(
  f: FunctionWriter,
  from: Local<"i32">,
  rowBytes: number,
  to: Local<"i32">,
  size: number,
  rows: number | Local<"i32">,
): void {
  const i = f.local("i32");
  f.for(i, 0, rows, 1, () => {
    f.do(memory.copy(to, from, size * 4));
    f.add(from, rowBytes);
    f.add(to, size * 4);
  });
}
