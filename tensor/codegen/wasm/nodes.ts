/** Programs of nodes that are no loops over independent elements: running sums, and additions to places that indices name. */
import { bytesEach, type DType } from "../../dtype.ts";
import { loadFour, packed, settled, storeFour, storeLane, toWord } from "./convert.ts";
import type { Local, ModuleWriter } from "./encode.ts";
import { reduced } from "./functions.ts";
import { type Expr as Code, f32, f64, i32, memory } from "./instructions.ts";
import type { Kit } from "./kit.ts";
import type { Parts } from "../../schedule/size.ts";
import type { Printed } from "./print.ts";

type Params = readonly ["i32", "i32", "i32", "i32"];
const signature: Params = ["i32", "i32", "i32", "i32"];

/** Buffers: x, result; f32 (summed in f64) or a 32-bit integer. An item is a line. */
export function printCumsum(
  module: ModuleWriter,
  name: string,
  dtype: DType,
  { outer, size, inner }: Parts,
): Printed {
  module.fn(name, signature, "void", (f, [start, end, params]) => {
    const [line, i, at] = f.locals("i32", 3);
    const [x, y] = [0, 4].map((word) => f.let(i32.load(params, word)));
    const float = dtype === "f32";
    const total = float ? f.local("f64") : f.local("i32");
    f.for(line, start, end, 1, () => {
      const first = i32.add(i32.mul(i32.divU(line, inner), size * inner), i32.remU(line, inner));
      f.set(at, i32.shl(first, 2));
      f.set(total as Local<"f64">, float ? f64.const(0) : (i32.const(0) as never));
      f.for(i, 0, size, 1, () => {
        if (float) {
          const sum = total as Local<"f64">;
          f.set(sum, f64.add(sum, f64.promoteF32(f32.load(i32.add(x, at)))));
          f.do(f32.store(i32.add(y, at), f32.demoteF64(sum)));
        } else {
          const sum = total as Local<"i32">;
          f.set(sum, i32.add(sum, i32.load(i32.add(x, at))));
          f.do(i32.store(i32.add(y, at), sum));
        }
        f.add(at, inner * 4);
      });
    });
  });
  return {
    items: outer * inner,
    grain: Math.max(1, Math.ceil(2 ** 13 / Math.max(1, size))),
    scratchBytes: 0,
  };
}

const columnBlock = 64;

/**
 * Buffers: x, index, updates, result. An item is a block of columns, for which all rows are gone through in their order:
 * the sums are the same whatever the number of threads. A bad index is reported in the words after the buffers.
 */
export function printScatterAdd(
  module: ModuleWriter,
  name: string,
  kit: Omit<Kit, "f">,
  dtype: DType,
  parts: Parts,
  rows: number,
): Printed {
  const { outer, size, inner } = parts;
  const blocks = Math.max(1, Math.ceil(inner / columnBlock));
  const bytes = bytesEach[dtype];
  module.fn(name, signature, "void", (f, [start, end, params]) => {
    const [item, row, first, last, o] = f.locals("i32", 5);
    const [x, index, updates, out] = [0, 4, 8, 12].map((word) => f.let(i32.load(params, word)));
    f.for(item, start, end, 1, () => {
      f.set(o, i32.divU(item, blocks));
      f.set(first, i32.mul(i32.remU(item, blocks), columnBlock));
      f.set(last, i32.add(first, columnBlock));
      f.if(i32.gtS(last, inner), () => f.set(last, inner));
      const rowAt = (base: Code<"i32">, place: Code<"i32">): Code<"i32"> =>
        i32.add(base, i32.mul(i32.add(i32.mul(place, inner), first), bytes));
      const width = f.let(i32.mul(i32.sub(last, first), bytes));
      f.for(row, 0, size, 1, () => {
        const place = f.let(i32.add(i32.mul(o, size), row));
        f.do(memory.copy(rowAt(out, place), rowAt(x, place), width));
      });
      f.for(row, 0, rows, 1, () => {
        const to = f.let(i32.load(i32.add(index, i32.shl(row, 2))));
        f.if(
          i32.geU(to, size),
          () => f.do(i32.store(params, to, 20), i32.store(params, 1, 16)),
          () => {
            const [target, source] = [
              rowAt(out, i32.add(i32.mul(o, size), to)),
              rowAt(updates, i32.add(i32.mul(o, rows), row)),
            ];
            addRow({ ...kit, f }, dtype, f.let(target), f.let(source), f.let(i32.sub(last, first)));
          },
        );
      });
    });
  });
  return {
    items: outer * blocks,
    grain: Math.max(1, Math.ceil(2 ** 12 / Math.max(1, rows))),
    scratchBytes: 0,
  };
}

/** target[i] += source[i], four at a time; of the last few only as many as there are. */
function addRow(
  kit: Kit,
  dtype: DType,
  target: Local<"i32">,
  source: Local<"i32">,
  count: Local<"i32">,
): void {
  const { f } = kit;
  const bytes = bytesEach[dtype];
  f.while(i32.gtS(count, 0), () => {
    const sum = f.let(
      settled(
        kit,
        dtype,
        reduced("sum", dtype, loadFour(kit, dtype, target, 0), loadFour(kit, dtype, source, 0)),
      ),
    );
    const words = f.let(packed(dtype, f.let(toWord(kit, dtype, sum))));
    f.if(
      i32.geS(count, 4),
      () => f.do(storeFour(dtype, target, words, 0)),
      () => {
        for (let j = 0; j < 3; j++)
          f.if(i32.gtS(count, j), () => f.do(storeLane(dtype, target, words, j, j * bytes)));
      },
    );
    f.add(target, 4 * bytes);
    f.add(source, 4 * bytes);
    f.add(count, -4);
  });
}
