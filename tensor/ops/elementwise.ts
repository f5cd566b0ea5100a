/**
 * Elementwise operations: brings operands to one dtype and one shape, then records a map node.
 * Which dtypes an operation wants and gives is its `domain` in the tables below.
 */
import { broadcast } from "../shape/broadcast.ts";
import { convert, type DType, integerRange, isFloat, promote } from "../dtype.ts";
import { cast, type MapFunction, valueOf, type Value } from "../graph.ts";
import { broadcastTo } from "./view.ts";

/**
 * arithmetic: any number, bools count in f32. float: integers become f32. comparison: any → bool.
 * logical: bools → bool. bits: integers.
 */
type Domain = "arithmetic" | "float" | "comparison" | "logical" | "bits";

const unaryDomains = {
  neg: "arithmetic",
  abs: "arithmetic",
  sign: "arithmetic",
  floor: "arithmetic",
  ceil: "arithmetic",
  round: "arithmetic",
  trunc: "arithmetic",
  exp: "float",
  expm1: "float",
  log: "float",
  log1p: "float",
  sqrt: "float",
  sin: "float",
  cos: "float",
  tanh: "float",
  erf: "float",
} as const satisfies Partial<Record<MapFunction, Domain>>;

const binaries = {
  add: ["add", "arithmetic"],
  sub: ["sub", "arithmetic"],
  mul: ["mul", "arithmetic"],
  floorDivide: ["floorDivide", "arithmetic"],
  mod: ["mod", "arithmetic"],
  maximum: ["maximum", "arithmetic"],
  minimum: ["minimum", "arithmetic"],
  div: ["div", "float"],
  pow: ["pow", "float"],
  equal: ["equal", "comparison"],
  notEqual: ["equal", "comparison"],
  less: ["less", "comparison"],
  lessEqual: ["lessEqual", "comparison"],
  greater: ["less", "comparison"],
  greaterEqual: ["lessEqual", "comparison"],
  logicalAnd: ["and", "logical"],
  logicalOr: ["or", "logical"],
  logicalXor: ["xor", "logical"],
  bitwiseAnd: ["and", "bits"],
  bitwiseOr: ["or", "bits"],
  bitwiseXor: ["xor", "bits"],
  leftShift: ["shiftLeft", "bits"],
  rightShift: ["shiftRight", "bits"],
} as const satisfies Record<string, readonly [MapFunction, Domain]>;

export type Unary = keyof typeof unaryDomains;
export type Binary = keyof typeof binaries;

export function unary(fn: Unary, x: Value): Value {
  const input = cast(x, within(fn, unaryDomains[fn], x.dtype));
  return valueOf({ op: "map", fn, inputs: [input] }, x.shape, input.dtype);
}

export function logicalNot(x: Value): Value {
  within("logicalNot", "logical", x.dtype);
  return valueOf({ op: "map", fn: "not", inputs: [x] }, x.shape, "bool");
}

export function binary(who: Binary, a: Value, b: Value | number): Value {
  const [fn, domain] = binaries[who];
  const dtype = within(
    who,
    domain,
    typeof b === "number" ? beside(a.dtype, domain) : promote(who, a.dtype, b.dtype),
  );
  const shape = typeof b === "number" ? a.shape : broadcast(who, a.shape, b.shape);
  const x = broadcastTo(cast(a, dtype), shape);
  const y = typeof b === "number" ? full(who, b, shape, dtype) : broadcastTo(cast(b, dtype), shape);
  const inputs = who === "greater" || who === "greaterEqual" ? [y, x] : [x, y];
  const result = valueOf({ op: "map", fn, inputs }, shape, domain === "comparison" ? "bool" : dtype);
  return who === "notEqual" ? logicalNot(result) : result;
}

export function where(condition: Value, a: Value | number, b: Value | number): Value {
  if (condition.dtype !== "bool")
    throw new TypeError(`where: want a bool condition, got ${condition.dtype}; try .notEqual(0)`);
  const dtype = branchDtype(a, b);
  const shapes = [condition, a, b].map((v) => (typeof v === "number" ? [] : v.shape));
  const shape = shapes.reduce((s, t) => broadcast("where", s, t));
  const branch = (v: Value | number) =>
    typeof v === "number" ? full("where", v, shape, dtype) : broadcastTo(cast(v, dtype), shape);
  return valueOf(
    { op: "map", fn: "where", inputs: [broadcastTo(condition, shape), branch(a), branch(b)] },
    shape,
    dtype,
  );
}

function branchDtype(a: Value | number, b: Value | number): DType {
  if (typeof a === "number") return typeof b === "number" ? "f32" : beside(b.dtype, "arithmetic");
  return typeof b === "number" ? beside(a.dtype, "arithmetic") : promote("where", a.dtype, b.dtype);
}

/** One number everywhere. */
export function full(who: string, value: number, shape: readonly number[], dtype: DType): Value {
  return valueOf({ op: "full", inputs: [], value: checkNumber(who, value, dtype) }, shape, dtype);
}

/** The number as the dtype holds it. Throws where an integer dtype cannot: nothing is rounded to a whole number unasked. */
export function checkNumber(who: string, value: number, dtype: DType): number {
  if (dtype !== "bool" && !isFloat(dtype)) {
    if (!Number.isInteger(value))
      throw new TypeError(`${who}: want a whole number beside ${dtype}, got ${value}; try .cast("f32")`);
    const [low, high] = integerRange(dtype);
    if (value < low || value > high)
      throw new RangeError(
        `${who}: want a number in ${low} … ${high} for ${dtype}, got ${value}; try .cast("f32")`,
      );
  }
  return convert(dtype, value);
}

export function clip(x: Value, min: number | null, max: number | null): Value {
  const above = min === null ? x : binary("maximum", x, min);
  return max === null ? above : binary("minimum", above, max);
}

export function reciprocal(x: Value): Value {
  const dtype = isFloat(x.dtype) ? x.dtype : "f32";
  return binary("div", full("reciprocal", 1, x.shape, dtype), cast(x, dtype));
}

/** |a − b| ≤ atol + rtol·|b|, or both the same infinity, or both NaN where that counts. */
export function close(a: Value, b: Value | number, rtol: number, atol: number, equalNan: boolean): Value {
  const other = typeof b === "number" ? full("allclose", b, [], a.dtype) : b;
  const bound = binary("add", binary("mul", unary("abs", other), rtol), atol);
  const near = binary("lessEqual", unary("abs", binary("sub", a, other)), bound);
  // ∞ − 1 ≤ atol + rtol·∞ would hold, though nothing is near to infinity but itself.
  const finite = binary("logicalAnd", near, binary("logicalAnd", isfinite(a), isfinite(other)));
  const same = binary("logicalOr", finite, binary("equal", a, other));
  return equalNan ? binary("logicalOr", same, binary("logicalAnd", isnan(a), isnan(other))) : same;
}

/** Not equal to itself: NaN alone. */
export function isnan(x: Value): Value {
  return binary("notEqual", x, x);
}

/** Neither NaN nor ±∞: of magnitude less than ∞. */
export function isfinite(x: Value): Value {
  return binary("less", unary("abs", cast(x, isFloat(x.dtype) ? x.dtype : "f32")), Infinity);
}

// A plain number takes the tensor's dtype; beside a bool it is a number all the same.
function beside(dtype: DType, domain: Domain): DType {
  return dtype === "bool" && domain !== "logical" ? "f32" : dtype;
}

/** The dtype an operation of this domain computes in. Throws TypeError where it has none. */
function within(who: string, domain: Domain, dtype: DType): DType {
  if (domain === "float") return isFloat(dtype) ? dtype : "f32";
  if (domain === "arithmetic") return dtype === "bool" ? "f32" : dtype;
  if (domain === "logical" && dtype !== "bool")
    throw new TypeError(`${who}: want bool, got ${dtype}; try .notEqual(0)`);
  if (domain === "bits" && (dtype === "bool" || isFloat(dtype)))
    throw new TypeError(`${who}: want integers, got ${dtype}; try .cast("i32")`);
  return dtype;
}
