/**
 * Selecting by tensors of indices, and by position: take, gather, scatterAdd, triangles and diagonals.
 */
import { positionOf } from "../shape/axes.ts";
import { broadcast } from "../shape/broadcast.ts";
import { show } from "../shape/error.ts";
import { product } from "../shape/reshape.ts";
import { type Range, slicePlan } from "../shape/slice.ts";
import { type DType, isFloat, promote } from "../dtype.ts";
import { cast, type Report, valueOf, type Value } from "../graph.ts";
import { binary, full, where } from "./elementwise.ts";
import { along } from "./reduce.ts";
import { broadcastTo, flatten, reshape, sameSizes, unsqueeze } from "./view.ts";

/** Whole slices of x along an axis. */
export function take(x: Value, index: Value, axis: number): Value {
  const at = positionOf("take", axis, x.shape);
  return takeAt(x, indices("take", index), at, { who: "take", size: x.shape[at] });
}

/** One element each. As a take from the flattened tensor, where the index along `axis` is the given one and the others are their own. */
export function gather(x: Value, index: Value, axis: number): Value {
  const at = positionOf("gather", axis, x.shape);
  const fits =
    index.shape.length === x.shape.length && index.shape.every((n, i) => i === at || n === x.shape[i]);
  if (!fits)
    throw new RangeError(
      `gather: want an index shaped like x but for axis ${axis}, got ${show(index.shape)} for ${show(x.shape)}; try take`,
    );
  const given = indices("gather", index);
  const size = x.shape[at];
  const inside = binary("logicalAnd", binary("greaterEqual", given, 0), binary("less", given, size));
  const flat = where(inside, flatIndex(given, at, x.shape), -1); // out of range must not become another row's element
  return takeAt(flatten(x), flat, 0, { who: "gather", size });
}

function flatIndex(given: Value, at: number, shape: readonly number[]): Value {
  const strideOf = (axis: number) => product(shape.slice(axis + 1));
  return shape
    .map((_, axis) => binary("mul", axis === at ? given : along(axis, given.shape), strideOf(axis)))
    .reduce((a, b) => binary("add", a, b));
}

function takeAt(x: Value, index: Value, axis: number, report: Report): Value {
  const shape = x.shape.toSpliced(axis, 1, ...index.shape);
  return valueOf({ op: "gather", inputs: [x, index], axis, report }, shape, x.dtype);
}

/** x with `value`, repeated as it needs, at the places slice(...ranges) reads. */
export function setSlice(x: Value, value: Value | number, ranges: readonly Range[]): Value {
  const plan = slicePlan(ranges, x.shape, "setSlice");
  const seen = plan.filter((s) => !s.drop).map((s) => s.size);
  const given = typeof value === "number" ? full("setSlice", value, [], x.dtype) : value;
  checkHeld("setSlice", "a value", x.dtype, given.dtype);
  if (!sameSizes(broadcast("setSlice", given.shape, seen), seen))
    throw new RangeError(`setSlice: want a value that repeats into ${show(seen)}, got ${show(given.shape)}`);
  const region = plan.map((s) => s.size);
  return valueOf(
    {
      op: "setSlice",
      inputs: [x, reshape(broadcastTo(cast(given, x.dtype), seen), region)],
      start: plan.map((s) => s.start),
      step: plan.map((s) => s.step),
    },
    x.shape,
    x.dtype,
  );
}

// Nothing is narrowed unasked.
function checkHeld(who: string, what: string, dtype: DType, given: DType): void {
  if (promote(who, dtype, given) !== dtype)
    throw new TypeError(`${who}: want ${what} that ${dtype} can hold, got ${given}; try .cast("${dtype}")`);
}

export function scatterAdd(x: Value, index: Value, updates: Value, axis: number): Value {
  const at = positionOf("scatterAdd", axis, x.shape);
  const wanted = x.shape.toSpliced(at, 1, ...index.shape);
  if (!sameSizes(wanted, updates.shape))
    throw new RangeError(
      `scatterAdd: want updates ${show(wanted)} (${show(x.shape)} with axis ${axis} replaced by ${show(index.shape)}), got ${show(updates.shape)}`,
    );
  if (x.dtype === "bool") throw new TypeError('scatterAdd: want numbers, got bool; try .cast("i32")');
  checkHeld("scatterAdd", "updates", x.dtype, updates.dtype);
  const inputs = [x, indices("scatterAdd", index), cast(updates, x.dtype)];
  const report = { who: "scatterAdd", size: x.shape[at] };
  return valueOf({ op: "scatterAdd", inputs, axis: at, report }, x.shape, x.dtype);
}

/** Elements on and below (tril) or on and above (triu) the k-th diagonal of the last two axes; 0 elsewhere. */
export function triangle(who: "tril" | "triu", x: Value, k: number): Value {
  const [rows, columns] = matrixAxes(who, x);
  const offset = binary("sub", along(columns, x.shape), along(rows, x.shape));
  const inside = who === "tril" ? binary("lessEqual", offset, k) : binary("greaterEqual", offset, k);
  return where(inside, x, full(who, 0, [], x.dtype));
}

/** [..., N, N] → [..., N]: every (N + 1)-th element of the flattened square. */
export function diagonal(x: Value): Value {
  const [rows, columns] = matrixAxes("diagonal", x);
  const n = x.shape[rows];
  if (n !== x.shape[columns]) throw new RangeError(`diagonal: want a square [...,N,N], got ${show(x.shape)}`);
  const lead = x.shape.slice(0, rows);
  const index = binary("mul", along(0, [n]), n + 1);
  return takeAt(reshape(x, [...lead, n * n]), index, lead.length, { who: "diagonal", size: n * n });
}

/** Ones (in the dtype) where column = row. */
export function eye(n: number, m: number, dtype: DType): Value {
  return cast(binary("equal", along(0, [n, m]), along(1, [n, m])), dtype);
}

/** [N] → [N, N] with the vector on the diagonal. */
export function diag(v: Value): Value {
  if (v.shape.length !== 1)
    throw new RangeError(`diag: want a vector [N], got ${show(v.shape)}; try diagonal() to read one`);
  const n = v.shape[0];
  return where(eye(n, n, "bool"), broadcastTo(unsqueeze(v, 0), [n, n]), full("diag", 0, [], v.dtype));
}

function matrixAxes(who: string, x: Value): readonly [number, number] {
  const rank = x.shape.length;
  if (rank < 2) throw new RangeError(`${who}: want at least a matrix [...,M,N], got ${show(x.shape)}`);
  return [rank - 2, rank - 1];
}

function indices(who: string, index: Value): Value {
  if (isFloat(index.dtype) || index.dtype === "bool")
    throw new TypeError(`${who}: want whole-number indices, got ${index.dtype}; try .cast("i32")`);
  return cast(index, "i32");
}
