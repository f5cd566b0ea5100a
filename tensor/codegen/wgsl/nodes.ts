/** Programs of nodes that are no loops over independent elements: running sums, additions to places that indices name, order. */
import type { DType } from "../../dtype.ts";
import { isFloat } from "../../dtype.ts";
import type { Parts } from "../../schedule/size.ts";
import { constant, loaded, settled, stored } from "./element.ts";
import { reported } from "./evaluate.ts";
import { invocations, itemOf, type Shader, ShaderWriter, workgroupsFor } from "./shader.ts";

/** Buffers: x, result. An invocation for each line. */
export function printCumsum(dtype: DType, { outer, size, inner }: Parts): Shader {
  const w = new ShaderWriter({
    buffers: [
      { dtype, size: 0, isWritten: false },
      { dtype, size: 0, isWritten: true },
    ],
    hasReports: false,
    scalars: 0,
  });
  const lines = outer * inner;
  const workgroups = workgroupsFor(Math.ceil(lines / invocations));
  const line = itemOf(w, lines, workgroups);
  const first = w.let(`${line} / ${inner} * ${size * inner} + ${line} % ${inner}`);
  const sum = w.variable(constant(w.use, dtype, 0));
  w.block(`for (var i = 0; i < ${size}; i++)`, () => {
    const at = w.let(`${first} + i * ${inner}`);
    w.line(`${sum} = ${settled(w.use, dtype, `(${sum} + ${loaded(w.use, dtype, "b0", at)})`)};`);
    w.line(stored(w.use, dtype, "b1", at, sum));
  });
  return w.finish(workgroups);
}

/**
 * Buffers: x, index, updates, result. An invocation for each column, for which all rows are gone through in their order: the sums are the
 * same in every run.
 */
export function printScatterAdd(dtype: DType, { outer, size, inner }: Parts, rows: number): Shader {
  const read = { isWritten: false, size: 0 };
  const w = new ShaderWriter({
    buffers: [
      { dtype, ...read },
      { dtype: "i32", ...read },
      { dtype, ...read },
      { dtype, size: 0, isWritten: true },
    ],
    hasReports: true,
    scalars: 1,
  });
  const columns = outer * inner;
  const workgroups = workgroupsFor(Math.ceil(columns / invocations));
  const column = itemOf(w, columns, workgroups);
  const place = (row: string, rowsThere: number): string =>
    `(${column} / ${inner} * ${rowsThere} + ${row}) * ${inner} + ${column} % ${inner}`;
  w.block(`for (var row = 0; row < ${size}; row++)`, () => {
    const at = w.let(place("row", size));
    w.line(stored(w.use, dtype, "b3", at, w.let(loaded(w.use, dtype, "b0", at))));
  });
  w.block(`for (var row = 0; row < ${rows}; row++)`, () => {
    const to = w.let("b1[row]");
    w.line(`if (bitcast<u32>(${to}) >= ${size}u) { ${reported(0, to)} continue; }`);
    const at = w.let(place(to, size));
    const sum = `(${loaded(w.use, dtype, "b3", at, true)} + ${loaded(w.use, dtype, "b2", place("row", rows))})`;
    w.line(stored(w.use, dtype, "b3", at, w.let(settled(w.use, dtype, sum))));
  });
  return w.finish(workgroups);
}

/**
 * Buffers: x, result (i32). Each element counts the elements of its block of the line that come before it: its rank, where its position is
 * written. NaN comes last in either direction; equals keep their order.
 */
export function printArgsort(dtype: DType, parts: Parts, descending: boolean, block = parts.size): Shader {
  const { outer, size, inner } = parts;
  const w = new ShaderWriter({
    buffers: [
      { dtype, size: 0, isWritten: false },
      { dtype: "i32", size: 0, isWritten: true },
    ],
    hasReports: false,
    scalars: 0,
  });
  const items = outer * size * inner;
  const workgroups = workgroupsFor(Math.ceil(items / invocations));
  const item = itemOf(w, items, workgroups);
  const { first, own } = lineOf(w, item, parts);
  const key = keyAt(w, dtype, first, inner, descending);
  const mine = w.let(key(own));
  const start = w.let(`${own} / ${block} * ${block}`);
  const rank = w.variable(start);
  w.block(`for (var i = ${start}; i < min(${start} + ${block}, ${size}); i++)`, () => {
    const other = w.let(key("i"));
    w.line(`${rank} += select(0, 1, ${other} < ${mine} || (${other} == ${mine} && i < ${own}));`);
  });
  w.line(`b1[${first} + ${rank} * ${inner}] = ${own};`);
  return w.finish(workgroups);
}

/**
 * Buffers: x, order, result (i32). Runs of `run` positions that are in order, merged two by two: an element's new place is its rank in its own
 * run plus the number of elements of the other that come before it, found by halving. Those of the left run come before their equals.
 */
export function printMerge(dtype: DType, parts: Parts, descending: boolean, run: number): Shader {
  const { outer, size, inner } = parts;
  const w = new ShaderWriter({
    buffers: [
      { dtype, size: 0, isWritten: false },
      { dtype: "i32", size: 0, isWritten: false },
      { dtype: "i32", size: 0, isWritten: true },
    ],
    hasReports: false,
    scalars: 0,
  });
  const items = outer * size * inner;
  const workgroups = workgroupsFor(Math.ceil(items / invocations));
  const item = itemOf(w, items, workgroups);
  const { first, own } = lineOf(w, item, parts);
  const key = keyAt(w, dtype, first, inner, descending);
  const at = (place: string): string => `b1[${first} + ${place} * ${inner}]`;
  const element = w.let(at(own));
  const mine = w.let(key(element));
  const isLeft = w.let(`${own} / ${run} % 2 == 0`);
  const pair = w.let(`${own} / ${2 * run} * ${2 * run}`);
  const other = w.let(`min(select(${pair}, ${pair} + ${run}, ${isLeft}), ${size})`);
  const low = w.variable(other);
  const high = w.variable(`min(${other} + ${run}, ${size})`);
  w.block(`while (${low} < ${high})`, () => {
    const middle = w.let(`(${low} + ${high}) / 2`);
    const theirs = w.let(key(at(middle)));
    w.line(`if (${theirs} < ${mine} || (${theirs} == ${mine} && !${isLeft})) { ${low} = ${middle} + 1; }`);
    w.line(`else { ${high} = ${middle}; }`);
  });
  w.line(`b2[${first} + (${pair} + ${own} % ${run} + ${low} - ${other}) * ${inner}] = ${element};`);
  return w.finish(workgroups);
}

/** Where an element's line begins, and the element's place in it. */
function lineOf(
  w: ShaderWriter,
  item: string,
  { size, inner }: Parts,
): { readonly first: string; readonly own: string } {
  const first = w.let(`${item} / ${size * inner} * ${size * inner} + ${item} % ${inner}`);
  return { first, own: w.let(`${item} / ${inner} % ${size}`) };
}

/** The order of the element at a place of the line. */
function keyAt(
  w: ShaderWriter,
  dtype: DType,
  first: string,
  inner: number,
  descending: boolean,
): (place: string) => string {
  return (place) =>
    orderOf(w, dtype, loaded(w.use, dtype, "b0", `(${first} + ${place} * ${inner})`), descending);
}

/** A whole number that is smaller the earlier the element comes. */
function orderOf(w: ShaderWriter, dtype: DType, x: string, descending: boolean): string {
  if (isFloat(dtype)) {
    const order = w.let(`${w.use("order_of")}(${x})`);
    // −order of the least f32 is there too; NaN has the largest i32 of all.
    return `select(${descending ? `-${order}` : order}, 2147483647, ${w.use("is_nan")}(${w.let(x)}))`;
  }
  if (dtype === "bool") return `select(${descending ? "1, 0" : "0, 1"}, ${x})`;
  return descending ? `~${x}` : x;
}
