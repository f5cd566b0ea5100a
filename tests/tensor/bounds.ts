/**
 * How far off each element of a graph may be on a device that computes in f32: errors are followed through the graph, step by step, on the
 * reference device. In: a plan and its tensors there. Out: one tensor of bounds a node, or undefined where every bit must agree.
 * An infinite bound says nothing can be asked of an element (a rounding may decide its branch); compare.ts counts those.
 */
import { type AnyTensor, dequantize, ones, quantize, type Tensor, where, zeros } from "../../tensor/index.ts";
import { isFloat } from "./grow.ts";
import { apply, isLeaf, type Plan, type Step } from "./plan.ts";

/** What a device states about its arithmetic. */
export interface Accuracy {
  /** One rounding, relative, with some room: a fused multiply-add rounds less often, x·(1/y) once more than x/y. */
  readonly rounding: number;
  /** Error of a function relative to its result, in units of 2⁻²³, half a unit for the reference's rounding included. */
  readonly ulps: Readonly<Record<string, number>>;
  /** What is smaller may be 0; elsewhere subnormals are kept. */
  readonly least: (op: string) => number;
  /** Operations that, alone, round right. */
  readonly roundsRight: ReadonlySet<string>;
}

/** As tensor/codegen/wasm states it. Functions at 1.5 are computed in doubles. */
const wasmUlps = {
  exp: 2.5,
  tanh: 2.5,
  erf: 3.5,
  expm1: 1.5,
  log: 1.5,
  log1p: 1.5,
  sqrt: 1.5,
  sin: 1.5,
  cos: 1.5,
  pow: 1.5,
  mod: 1.5,
  normal: 2,
};

export const inDoubles: Accuracy = {
  rounding: 3 * 2 ** -24,
  ulps: wasmUlps,
  least: (op) => (op === "exp" ? 2 ** -125 : 2 ** -148),
  roundsRight: new Set(["add", "sub", "mul", "div", "sqrt", "square", "reciprocal"]),
};

/** As tensor/codegen/wgsl states it. WGSL §15.7.4: x/y within 2.5 ulp, and numbers below 2⁻¹²⁶ may be 0, going in and coming out. */
export const inSingles: Accuracy = {
  rounding: 6 * 2 ** -24,
  ulps: {
    exp: 3,
    tanh: 4,
    erf: 4.5,
    expm1: 4,
    log: 3,
    log1p: 4,
    sqrt: 3.5,
    sin: 4,
    cos: 4,
    pow: 5,
    mod: 1.5,
    normal: 5,
  },
  least: () => 2 ** -125,
  roundsRight: new Set(["add", "sub", "mul", "square"]),
};

type F = Tensor;
/** undefined: the same bits. */
type Bound = F | undefined;

interface Operand {
  readonly value: F;
  readonly bound: Bound;
}

export interface Context {
  readonly step: Step;
  readonly operands: readonly Operand[];
  /** The step's inputs as they are, and its result. */
  readonly inputs: readonly AnyTensor[];
  readonly result: AnyTensor;
  /** A graph of one step: an operation that rounds once must round right. */
  readonly alone: boolean;
  readonly accuracy: Accuracy;
}

const wide = (x: AnyTensor): F => (x as F).cast("f32");
const boundOf = ({ value, bound }: Operand): F => bound ?? zeros([...value.shape]);
/** Bounds are never negative, so NaN (∞ − ∞, 0·∞) can be told apart: such an element is judged by its kind, see compare.ts. */
const rerun = (step: Step, inputs: readonly F[]): F => wide(apply(step, inputs));

/** Bounds of every node. */
export function boundsOf(
  plan: Plan,
  tensors: readonly AnyTensor[],
  accuracy: Accuracy = inDoubles,
): readonly Bound[] {
  const bounds: Bound[] = [];
  const alone = plan.nodes.filter((node) => !isLeaf(node)).length === 1;
  for (const [at, node] of plan.nodes.entries()) {
    if (isLeaf(node)) bounds.push(undefined);
    else {
      const inputs = node.inputs.map((i) => tensors[i]);
      const operands = node.inputs.map((i) => ({ value: wide(tensors[i]), bound: bounds[i] }));
      bounds.push(stepBound({ step: node, operands, inputs, result: tensors[at], alone, accuracy }));
    }
  }
  return bounds;
}

function stepBound(context: Context): Bound {
  const { step, operands, result } = context;
  if (!isFloat(result.dtype)) return undefined; // integers and bools: grow.ts makes them of exact values only
  if (result.size === 0) return undefined;
  const rule = rules[step.op];
  if (rule === undefined) throw new Error(`bug: no error bound is stated for ${step.op}`);
  const bound = rule(
    context,
    operands.every((each) => each.bound === undefined),
  );
  return bound === undefined ? undefined : stored(bound, result);
}

/** f16 and bf16 round when stored, and a value near a tie may go either way. */
function stored(bound: F, result: AnyTensor): F {
  if (result.dtype === "f32") return bound;
  const unit = result.dtype === "f16" ? 2 ** -10 : 2 ** -7;
  return bound.add(wide(result).abs().mul(unit)).add(2 ** -24);
}

/** What the device states for the function, of the result. */
function ownError({ step, result, accuracy }: Context): F {
  const stated = accuracy.ulps[step.op];
  return wide(result)
    .abs()
    .mul(stated === undefined ? accuracy.rounding : stated * 2 ** -23);
}

type Rule = (context: Context, exact: boolean) => Bound;

/** Moves elements: the bounds move the same way. */
const move: Rule = ({ step, operands }, exact) => (exact ? undefined : rerun(step, operands.map(boundOf)));

const padding: Rule = ({ step, operands }, exact) =>
  exact ? undefined : rerun({ ...step, args: [step.args[0], 0] }, operands.map(boundOf));

const choose: Rule = ({ inputs, operands }, exact) =>
  exact
    ? undefined
    : where(
        inputs[0] as Tensor<[], "bool">,
        boundOf(operands[1]) as Tensor<[]>,
        boundOf(operands[2]) as Tensor<[]>,
      );

/** No steeper than x itself. */
const lipschitz: Rule = ({ operands }, exact) =>
  exact ? undefined : operands.map(boundOf).reduce((a, b) => a.maximum(b));

/** A function of one or two inputs within what the device states for it, and what the inputs' errors make of it. */
function rounded(spread: (context: Context) => F): Rule {
  return (context, exact) => {
    const { step, result, alone, accuracy } = context;
    if (alone && accuracy.roundsRight.has(step.op) && result.dtype === "f32") return undefined;
    const own = ownError(context).add(accuracy.least(step.op));
    return exact ? own : own.add(spread(context));
  };
}

const sumOfBounds = ({ operands }: Context): F => operands.map(boundOf).reduce((a, b) => a.add(b));

const second = ({ operands, step, result }: Context): Operand =>
  operands[1] ?? { value: zeros([...result.shape]).add(step.args[0] as number), bound: undefined };

function productSpread(context: Context): F {
  const [a, b] = [context.operands[0], context.step.op === "square" ? context.operands[0] : second(context)];
  const [ea, eb] = [boundOf(a), boundOf(b)];
  return a.value.abs().mul(eb).add(b.value.abs().mul(ea)).add(ea.mul(eb));
}

/** |a/b| changes by (ea + |a/b|·eb)/(|b| − eb), without limit once b may be 0. */
function quotientSpread(context: Context): F {
  const { step, operands, result } = context;
  const [a, b] =
    step.op === "reciprocal"
      ? [{ value: onesLike(result), bound: undefined }, operands[0]]
      : [operands[0], second(context)];
  const room = b.value.abs().sub(boundOf(b));
  const spread = boundOf(a)
    .add(wide(result).abs().mul(boundOf(b)))
    .div(room);
  return where(room.greater(0) as Tensor<[], "bool">, spread as Tensor<[]>, Infinity);
}

function onesLike(x: AnyTensor): F {
  return ones([...x.shape]);
}

/** The function at either end of x ± e: enough for one that only rises or only falls. Outside its domain (NaN) nothing is known. */
function monotoneSpread({ step, operands }: Context): F {
  const [x, e] = [operands[0].value, boundOf(operands[0])];
  const at = (y: F): F => rerun(step, [y]);
  const off = at(x.add(e))
    .sub(at(x))
    .abs()
    .maximum(at(x.sub(e)).sub(at(x)).abs());
  const known = off.isnan().logicalNot().logicalOr(e.equal(0)) as Tensor<[], "bool">;
  return where(known, where(e.equal(0) as Tensor<[], "bool">, 0, off as Tensor<[]>), Infinity);
}

/** No steeper than x, and never further apart than 2. */
function circularSpread({ operands }: Context): F {
  return boundOf(operands[0]).minimum(2);
}

/** Rounding of a sum of n terms in some order: statistically √n roundings of the terms' size, not n. */
const ofTerms = (n: number): number => (16 + 2 * Math.sqrt(n)) * 2 ** -24;

const additive: Rule = ({ step, operands, result, accuracy }, exact) => {
  const [x] = operands;
  const n =
    step.op === "cumsum"
      ? x.value.shape.at(step.args[0] as number)!
      : x.value.size / Math.max(1, result.size);
  const own = rerun(step, [x.value.abs()])
    .mul(ofTerms(n))
    .add(n * accuracy.least(step.op));
  return exact ? own : own.add(rerun(step, [boundOf(x)]));
};

const extreme: Rule = ({ step, operands }, exact) =>
  exact ? undefined : rerun({ ...step, op: "max" }, [boundOf(operands[0])]);

/** Exact inputs only: relative to the product of magnitudes, and where a part of it is subnormal, that rounding times the other factors. */
const product: Rule = ({ step, operands, result, accuracy }) => {
  const [size, n] = [operands[0].value.abs(), operands[0].value.size / Math.max(1, result.size)];
  const subnormal = rerun(step, [size.maximum(1)]).mul(n * accuracy.least(step.op));
  return rerun(step, [size]).mul(ofTerms(n)).add(subnormal);
};
/** Relative to the mean square. */
const variance: Rule = ({ step, operands, result, accuracy }) => {
  const [x] = operands;
  const n = x.value.size / Math.max(1, result.size);
  const square = rerun({ ...step, op: "mean" }, [x.value.square()]).mul(4 * ofTerms(n));
  if (step.op === "var") return square;
  const root = square.div(wide(result).maximum(1e-30)).minimum(square.sqrt());
  return root.add(wide(result).abs().mul(accuracy.rounding));
};

function bilinear(length: (context: Context) => number): Rule {
  return (context, exact) => {
    const { step, operands, accuracy } = context;
    const magnitudes = operands.map(({ value }) => value.abs());
    const terms = length(context);
    const own = rerun(step, magnitudes)
      .mul(ofTerms(terms))
      .add(terms * accuracy.least(step.op));
    if (exact) return own;
    const spreads = operands.map((operand, i) =>
      rerun(
        step,
        magnitudes.map((m, j) => (i === j ? boundOf(operand) : m.add(boundOf(operands[j])))),
      ),
    );
    return spreads.reduce((a, b) => a.add(b), own);
  };
}

const innerLength = ({ operands }: Context): number => operands[0].value.shape.at(-1) ?? 1;
const termsOf = ({ operands, result }: Context): number =>
  operands.reduce((n, { value }) => n * Math.max(1, value.size), 1) / Math.max(1, result.size);

const scatter: Rule = ({ step, operands, inputs }, exact) => {
  const [x, , u] = operands;
  const run = (a: F, b: F): F => wide(apply(step, [a, inputs[1], b]));
  const own = run(x.value.abs(), u.value.abs()).mul(ofTerms(inputs[1].size));
  return exact ? own : own.add(run(boundOf(x), boundOf(u)));
};

const picking: Rule = ({ step, operands, inputs }, exact) =>
  exact ? undefined : wide(apply(step, [boundOf(operands[0]), inputs[1]]));

/** Scores off by δ make each weight off by 2δ of itself. Inputs are exact. */
const attention: Rule = ({ operands, result, step }) => {
  const backwards = step.op === "attentionVjp";
  const [q, k, v] = operands.slice(backwards ? 1 : 0).map(({ value }) => value);
  const size = (x: F): number => x.abs().max().itemSync();
  const [depth, keys, width] = [q.shape[3], k.shape[2], v.shape[3]];
  const score = (Math.sqrt(depth) * size(q) * size(k) * ofTerms(depth) + 8 * 2 ** -23) * 2;
  const relative = score + ofTerms(keys) + ofTerms(width) + ofTerms(q.shape[2] * (q.shape[1] / k.shape[1]));
  if (!backwards) return onesLike(result).mul(relative * size(v));
  const g = operands[0].value;
  const look = width * size(g) * size(v);
  const rows = q.shape[2] * (q.shape[1] / k.shape[1]);
  const scale = { q: look * size(k), k: rows * look * size(q), v: rows * size(g) }[step.args[1] as "q"];
  return onesLike(result).mul(2 * relative * scale);
};

const quantised: Rule = ({ inputs, step }) => {
  const weights = quantize(inputs[0] as Tensor<[1, 32]>, step.args[0] as "q8");
  const [w, x] = [dequantize(weights).abs() as F, wide(inputs[1]).abs()];
  return w
    .matmul(x)
    .mul(ofTerms(x.size))
    .add(
      w
        .sum(1)
        .mul(x.max())
        .mul(2 ** -20),
    );
};

/** Exact inputs; in doubles on every device, as long as the quotient has whole places left there. */
const remainder: Rule = (context) => {
  const ratio = context.operands[0].value.div(second(context).value).abs();
  return where(ratio.lessEqual(2 ** 28) as Tensor<[], "bool">, ownError(context) as Tensor<[]>, Infinity);
};

/** f32 from i32 rounds to nearest on every device; narrower floats round what may differ. */
const casting: Rule = ({ operands }, exact) => (exact ? undefined : boundOf(operands[0]));

const none: Rule = () => undefined;
/** Where the cosine is 0, doubles give some 1e-16. */
const gaussian: Rule = (context) => ownError(context).add(2 ** -50);

const same = (names: string, rule: Rule): Readonly<Record<string, Rule>> =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));
const monotone = (name: string): Readonly<Record<string, Rule>> => ({
  [name]: rounded(monotoneSpread),
});

const rules: Readonly<Record<string, Rule>> = {
  ...same(
    "reshape permute transpose broadcastTo flip slice squeeze unsqueeze concat stack tril triu diagonal setSlice T flatten",
    move,
  ),
  ...same("arange full uniform bits floorDivide floor ceil round trunc sign sort topk", none),
  ...same("maximum minimum clip neg abs", (context, exact) => lipschitzOrNumber(context, exact)),
  ...same("add sub", rounded(sumOfBounds)),
  ...same("mul square", rounded(productSpread)),
  ...same("div reciprocal", rounded(quotientSpread)),
  ...["exp", "expm1", "log", "log1p", "sqrt", "tanh", "erf"].map(monotone).reduce((a, b) => ({ ...a, ...b })),
  ...same("sin cos", rounded(circularSpread)),
  ...same("sum mean cumsum blur", additive),
  ...same("max min", extreme),
  ...same("var std", variance),
  prod: product,
  matmul: bilinear(innerLength),
  einsum: bilinear(termsOf),
  scatterAdd: scatter,
  ...same("take gather", picking),
  ...same("attention attentionVjp", attention),
  qmatvec: quantised,
  dequantize: rounded(sumOfBounds),
  mod: remainder,
  pow: rounded(sumOfBounds),
  pad: padding,
  where: choose,
  cast: casting,
  normal: gaussian,
};

function lipschitzOrNumber(context: Context, exact: boolean): Bound {
  const bound = lipschitz(context, exact);
  return bound === undefined ? undefined : bound.broadcastTo([...context.result.shape]);
}
