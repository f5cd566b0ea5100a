/** Slices by tensors of indices. An index outside is an error, found here because only here the numbers are known. */
import type { Data } from "../../dtype.ts";
import type { Report } from "../../graph.ts";
import { allocate } from "../../dtype.ts";
import { count, type Input, type Like, stored } from "./array.ts";

export function gather(inputs: readonly Input[], axis: number, report: Report, result: Like): Data {
  const [x, index] = inputs;
  const out = allocate(result.dtype, count(result.shape));
  visit(x, index, axis, report, (whole, selected) => {
    out[selected] = x.data[whole];
  });
  return out;
}

export function scatterAdd(inputs: readonly Input[], axis: number, report: Report, result: Like): Data {
  const [x, index, updates] = inputs;
  // In doubles until the end: many updates of one place are rounded once.
  const sums = Float64Array.from(x.data);
  visit(x, index, axis, report, (whole, selected) => {
    sums[whole] += updates.data[selected];
  });
  const out = allocate(result.dtype, sums.length);
  for (let i = 0; i < out.length; i++) out[i] = stored(result.dtype, sums[i]);
  return out;
}

/** Calls with each selected element's place in x, and its place among the selected. */
function visit(
  x: Input,
  index: Input,
  axis: number,
  report: Report,
  each: (whole: number, selected: number) => void,
): void {
  const outer = count(x.shape.slice(0, axis));
  const inner = count(x.shape.slice(axis + 1));
  const n = x.shape[axis];
  for (const i of index.data) if (i < 0 || i >= n) throw outside(i, report);
  const rows = index.data.length;
  for (let o = 0; o < outer; o++)
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < inner; i++)
        each((o * n + index.data[row]) * inner + i, (o * rows + row) * inner + i);
}

// gather marks what is outside with −1, since its own index is into the flattened tensor.
function outside(index: number, { who, size }: Report): RangeError {
  const got = who === "gather" ? "one outside" : String(index);
  return new RangeError(`${who}: want every index in 0 … ${size - 1}, got ${got}`);
}
