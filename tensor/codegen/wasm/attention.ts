/**
 * Attention with online softmax (Milakov & Gimelshein 2018; Dao et al. 2022): y[t] = Σₛ p[t, s]·v[s], p = softmax of scale·q·k + mask.
 * An item is one head's block of queries. It walks the keys in blocks and keeps, for each query, the largest score so far, the sum
 * of powers and the weighted sum of values, and scales the last two when the largest grows. No [T, S] matrix is ever whole.
 */
import type { Local, ModuleWriter } from "./encode.ts";
import { f32, f32x4, i32, memory, v128 } from "./instructions.ts";
import type { Kit } from "./kit.ts";
import {
  bufferAt,
  type Phase,
  type Place,
  type StoreTile,
  type TemplateLaunch,
  writePhase,
} from "./launch.ts";
import { packColumns } from "./pack.ts";
import {
  type AttentionSpec,
  headAt,
  horizontal,
  keysSeen,
  type Library,
  powerOf,
  powers,
  scoreRow,
  type Strided4,
} from "./scores.ts";
import type { Tier } from "./tier.ts";
import { multiplyTile, type Tile, tileOf } from "./tile.ts";

/** Keys of a block: whole panels of every tier. */
const keyBlock = 64;
const queryBlock = 48;

/** Sizes of the code's loops and memories. */
interface Plan {
  readonly spec: AttentionSpec;
  readonly tier: Tier;
  readonly columns: number;
  readonly queryBlocks: number;
  readonly queriesPerItem: number;
  readonly keyPanels: number;
  readonly widthPanels: number;
  /** Bytes of one head's packed keys; its values follow at `valuesAt`. */
  readonly packedBytes: number;
  readonly valuesAt: number;
  /** Rows of scratch: scores [queries, keyBlock], sums [queries, width], and per query its largest score and its sum. */
  readonly scoreRow: number;
  readonly sumRow: number;
  readonly sumsAt: number;
  readonly largestAt: number;
  readonly totalsAt: number;
  readonly scratchBytes: number;
}

export function writeAttention(
  module: ModuleWriter,
  tier: Tier,
  name: string,
  spec: AttentionSpec,
  workspace: number,
  library: Library,
  store: StoreTile,
): TemplateLaunch {
  const plan = planOf(spec, tier);
  const pack = writePackHeads(module, `${name}.pack`, plan, workspace);
  writeHeads(module, `${name}.heads`, plan, workspace, library, store);
  const items = spec.batch * spec.heads * plan.queryBlocks;
  const flops = 2 * plan.queriesPerItem * spec.keys * (spec.depth + spec.width);
  return {
    phases: [pack, { fn: `${name}.heads`, items, grain: Math.ceil(5e5 / flops) }],
    scratchBytes: plan.scratchBytes,
    workspaceBytes: spec.batch * spec.keyHeads * plan.packedBytes,
  };
}

function planOf(spec: AttentionSpec, tier: Tier): Plan {
  const columns = tier.vectors * 4;
  const blocks = Math.ceil(
    spec.queries / (spec.queries <= keyBlock + tier.rows ? 2 * queryBlock : queryBlock),
  );
  const queriesPerItem = Math.ceil(Math.ceil(spec.queries / blocks) / tier.rows) * tier.rows;
  const keyPanels = Math.ceil(spec.keys / columns);
  const widthPanels = Math.ceil(spec.width / columns);
  const valuesAt = keyPanels * columns * spec.depth * 4;
  const [scoreRow, sumRow] = [keyBlock * 4, widthPanels * columns * 4];
  const sumsAt = queriesPerItem * scoreRow;
  const largestAt = sumsAt + queriesPerItem * sumRow;
  const totalsAt = largestAt + queriesPerItem * 4;
  return {
    spec,
    tier,
    columns,
    queryBlocks: Math.ceil(spec.queries / queriesPerItem),
    queriesPerItem,
    keyPanels,
    widthPanels,
    packedBytes: valuesAt + widthPanels * columns * spec.keys * 4,
    valuesAt,
    scoreRow,
    sumRow,
    sumsAt,
    largestAt,
    totalsAt,
    scratchBytes: totalsAt + queriesPerItem * 4,
  };
}

/** Keys, transposed, and values of every head as panels of a product's B. Items: the panels. */
function writePackHeads(module: ModuleWriter, name: string, plan: Plan, workspace: number): Phase {
  const { spec, columns, keyPanels, widthPanels, packedBytes, valuesAt } = plan;
  const panels = keyPanels + widthPanels;
  writePhase(module, name, (f, item, params) => {
    const head = f.let(i32.divU(item, panels));
    const index = f.let(i32.remU(item, panels));
    const to = f.let(i32.add(bufferAt(params, workspace), i32.mul(head, packedBytes)));
    const [batch, keyHead] = [f.let(i32.divU(head, spec.keyHeads)), f.let(i32.remU(head, spec.keyHeads))];
    const view = (x: Strided4, row: number, column: number) => ({ ...x, batch: [], row, column });
    f.if(
      i32.ltS(index, keyPanels),
      () => {
        f.add(to, i32.mul(index, columns * spec.depth * 4));
        const from = f.let(headAt(params, spec.k, batch, keyHead));
        const [, , row, column] = spec.k.strides;
        packColumns(f, {
          from,
          to,
          panel: index,
          view: view(spec.k, column, row),
          k: spec.depth,
          n: spec.keys,
          columns,
        });
      },
      () => {
        f.add(index, -keyPanels);
        f.add(to, i32.add(i32.mul(index, columns * spec.keys * 4), valuesAt));
        const from = f.let(headAt(params, spec.v, batch, keyHead));
        const [, , row, column] = spec.v.strides;
        packColumns(f, {
          from,
          to,
          panel: index,
          view: view(spec.v, row, column),
          k: spec.keys,
          n: spec.width,
          columns,
        });
      },
    );
  });
  const items = spec.batch * spec.keyHeads * panels;
  return { fn: name, items, grain: Math.ceil(32768 / (columns * Math.min(spec.depth, spec.keys) * 4)) };
}

/** The variables of one item. */
interface Item {
  readonly kit: Kit;
  readonly tile: Tile;
  readonly params: Local<"i32">;
  readonly scratch: Local<"i32">;
  readonly batch: Local<"i32">;
  readonly head: Local<"i32">;
  /** The first query, and the one after the last. */
  readonly first: Local<"i32">;
  readonly end: Local<"i32">;
  /** The block's first key. */
  readonly key: Local<"i32">;
  /** Keys of the block that the tile's queries may see at all: 0 … keyBlock. */
  readonly count: Local<"i32">;
}

function writeHeads(
  module: ModuleWriter,
  name: string,
  plan: Plan,
  workspace: number,
  library: Library,
  store: StoreTile,
): void {
  const { spec, queriesPerItem, queryBlocks, packedBytes } = plan;
  const { heads, keyHeads, queries, keys, window, causal } = spec;
  writePhase(module, name, (f, index, params, scratch) => {
    const kit: Kit = { ...library, f };
    const [batch, head, first, end, key, count] = f.locals("i32", 6);
    const item: Item = {
      kit,
      tile: tileOf(f, plan.tier),
      params,
      scratch,
      batch,
      head,
      first,
      end,
      key,
      count,
    };
    const row = f.let(i32.divU(index, queryBlocks)); // over batch and heads
    f.set(first, i32.mul(i32.remU(index, queryBlocks), queriesPerItem));
    f.set(end, i32.add(first, queriesPerItem));
    f.if(i32.gtS(end, queries), () => f.set(end, queries));
    f.set(batch, i32.divU(row, heads));
    f.set(head, i32.remU(row, heads));
    // Head h of q reads head ⌊h·keyHeads/heads⌋ of k and v.
    const keyHead = i32.divU(i32.mul(head, keyHeads), heads);
    const packed = f.let(
      i32.add(bufferAt(params, workspace), i32.mul(i32.add(i32.mul(batch, keyHeads), keyHead), packedBytes)),
    );
    const q = f.let(i32.add(headAt(params, spec.q, batch, head), i32.mul(first, spec.q.strides[2] * 4)));
    const lastKey = f.let(i32.const(keys));
    if (causal) {
      f.set(lastKey, i32.add(end, keys - queries));
      f.if(i32.gtS(lastKey, keys), () => f.set(lastKey, keys));
    }
    const firstKey = f.local("i32");
    if (window < keys) {
      f.set(firstKey, i32.add(first, keys - queries - window + 1));
      f.if(i32.ltS(firstKey, 0), () => f.set(firstKey, 0));
      f.set(firstKey, i32.and(firstKey, -keyBlock));
    }
    clear(plan, item);
    f.for(key, firstKey, lastKey, keyBlock, () => addBlock(plan, item, q, packed));
    finish(plan, item, store);
  });
}

/** Nothing seen yet: the largest score is −∞, the sums are 0. */
function clear(plan: Plan, { kit: { f }, scratch }: Item): void {
  const { queriesPerItem, sumsAt, sumRow, totalsAt, largestAt } = plan;
  f.do(memory.fill(i32.add(scratch, sumsAt), 0, queriesPerItem * sumRow));
  f.do(memory.fill(i32.add(scratch, totalsAt), 0, queriesPerItem * 4));
  const t = f.local("i32");
  f.for(t, 0, queriesPerItem, 1, () =>
    f.do(f32.store(i32.add(scratch, i32.shl(t, 2)), -Infinity, largestAt)),
  );
}

/** One block of keys, for each tile of queries. */
function addBlock(plan: Plan, item: Item, q: Local<"i32">, packed: Local<"i32">): void {
  const { spec, tier } = plan;
  const { f } = item.kit;
  const { first, end, key, count } = item;
  const rest = spec.queries % tier.rows;
  const query = f.local("i32");
  f.for(query, first, end, tier.rows, () => {
    f.set(count, keysSeen(f, spec, key, i32.add(query, tier.rows), keyBlock));
    f.if(i32.gtS(count, 0), () => {
      const inItem = f.let(i32.sub(query, first));
      const scores = f.let(i32.add(item.scratch, i32.mul(inItem, plan.scoreRow)));
      const a = f.let(i32.add(q, i32.mul(inItem, spec.q.strides[2] * 4)));
      // The last tile may have fewer queries; beyond them lies nothing that may be read.
      if (rest === 0) multiplyKeys(plan, item, a, scores, packed, tier.rows);
      else
        f.if(
          i32.leS(query, spec.queries - tier.rows),
          () => multiplyKeys(plan, item, a, scores, packed, tier.rows),
          () => multiplyKeys(plan, item, a, scores, packed, rest),
        );
      const rowEnd = f.let(i32.add(query, tier.rows));
      f.if(i32.gtS(rowEnd, end), () => f.set(rowEnd, end));
      const t = f.local("i32");
      f.for(t, query, rowEnd, 1, () => softmaxRow(plan, item, t));
      multiplyValues(plan, item, inItem, packed);
    });
  });
}

/** scores = q·kᵀ, panel by panel of keys. */
function multiplyKeys(
  { spec, columns, scoreRow }: Plan,
  { kit: { f }, tile, key, count }: Item,
  q: Local<"i32">,
  scores: Local<"i32">,
  packed: Local<"i32">,
  rows: number,
): void {
  const [s, c] = f.locals("i32", 2);
  f.set(c, scores);
  f.for(s, 0, count, columns, () => {
    multiplyTile(f, tile, {
      rows,
      a: q,
      aRow: spec.q.strides[2] * 4,
      aStep: 4,
      b: i32.add(packed, i32.mul(i32.add(key, s), spec.depth * 4)),
      bStep: columns * 4,
      steps: spec.depth,
      c,
      cRow: scoreRow,
      adds: false,
    });
    f.add(c, columns * 4);
  });
}

/** Turns query t's scores into powers, and brings what it has summed up so far to their scale. */
function softmaxRow(plan: Plan, item: Item, t: Local<"i32">): void {
  const { kit, first, count, scratch } = item;
  const { f } = kit;
  const inItem = f.let(i32.sub(t, first));
  const row = f.let(i32.add(scratch, i32.mul(inItem, plan.scoreRow)));
  const state = f.let(i32.add(scratch, i32.mul(inItem, 4)));
  const before = f.let(f32.load(state, plan.largestAt));
  const largest = f.let(f32x4.splat(before));
  scoreRow(plan.spec, item, t, row, count, largest);
  const most = f.let(horizontal(largest, f32.max));
  f.do(f32.store(state, most, plan.largestAt));
  // Where nothing has been seen yet the largest is −∞; powers are then taken from 0, and all of them are 0.
  f.if(f32.eq(most, -Infinity), () => f.set(most, f32.const(0)));
  const total = f.let(f32x4.splat(0));
  powers(kit, row, count, f.let(f32x4.splat(most)), total);
  const sum = f.let(horizontal(total, f32.add));
  f.if(i32.and(f32.ne(before, most), f32.ne(before, -Infinity)), () => {
    const shift = f.let(f32x4.splat(f32.sub(before, most)));
    const factor = f.let(powerOf(kit, shift));
    f.do(f32.store(state, f32.mul(f32.load(state, plan.totalsAt), f32x4.extract(factor, 0)), plan.totalsAt));
    const p = f.let(i32.add(i32.add(scratch, plan.sumsAt), i32.mul(inItem, plan.sumRow)));
    for (let at = 0; at < plan.sumRow; at += 16) f.do(v128.store(p, f32x4.mul(v128.load(p, at), factor), at));
  });
  f.do(f32.store(state, f32.add(f32.load(state, plan.totalsAt), sum), plan.totalsAt));
}

/** sums += powers·v, for one tile of queries. */
function multiplyValues(
  plan: Plan,
  { kit: { f }, tile, scratch, key, count }: Item,
  inItem: Local<"i32">,
  packed: Local<"i32">,
): void {
  const { spec, tier, columns } = plan;
  const [panel, c, b] = f.locals("i32", 3);
  f.set(c, i32.add(i32.add(scratch, plan.sumsAt), i32.mul(inItem, plan.sumRow)));
  f.set(b, i32.add(packed, i32.add(i32.mul(key, columns * 4), plan.valuesAt)));
  f.for(panel, 0, plan.widthPanels, 1, () => {
    multiplyTile(f, tile, {
      rows: tier.rows,
      a: i32.add(scratch, i32.mul(inItem, plan.scoreRow)),
      aRow: plan.scoreRow,
      aStep: 4,
      b,
      bStep: columns * 4,
      steps: count,
      c,
      cRow: plan.sumRow,
      adds: true,
    });
    f.add(c, columns * 4);
    f.add(b, columns * spec.keys * 4);
  });
}

/** The sums divided by the sums of powers; where no key was seen, 0. */
function finish(
  plan: Plan,
  { kit: { f }, params, scratch, batch, head, first, end }: Item,
  store: StoreTile,
): void {
  const { spec } = plan;
  const at: Place = { params, batch: f.local("i32"), row: f.local("i32"), column: f.local("i32") };
  f.set(at.batch, i32.add(i32.mul(batch, spec.heads), head));
  const [result, factor] = f.locals("v128", 2);
  const total = f.local("f32");
  const lanes = f.let(i32.const(spec.width % 4));
  f.for(at.row, first, end, 1, () => {
    const inItem = f.let(i32.sub(at.row, first));
    f.set(total, f32.load(i32.add(scratch, i32.mul(inItem, 4)), plan.totalsAt));
    f.set(factor, f32x4.splat(f32.div(1, total)));
    f.if(f32.eq(total, 0), () => f.set(factor, f32x4.splat(0)));
    const p = f.let(i32.add(i32.add(scratch, plan.sumsAt), i32.mul(inItem, plan.sumRow)));
    const write = (count: 4 | Local<"i32">): void => {
      f.set(result, f32x4.mul(v128.load(p), factor));
      store(f, at, result, count);
      f.add(p, 16);
    };
    f.for(at.column, 0, spec.width & ~3, 4, () => write(4));
    if (spec.width % 4 > 0) {
      f.set(at.column, spec.width & ~3);
      write(lanes);
    }
  });
}
