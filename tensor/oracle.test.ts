/**
 * A device against NumPy: every operation, over sizes 0, 1 and primes, broadcasting, axes from both ends, special values.
 * Judge: oracle/*.json, which oracle/make.py computed with NumPy in float64.
 */
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import cases from "./oracle/ops.json" with { type: "json" };
import * as api from "./index.ts";
import { type AnyTensor, type DType, type Tensor, tensor } from "./index.ts";

interface Plain {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly inputs: readonly Plain[];
  readonly output: Plain;
}

type Call = (...args: unknown[]) => unknown;

/**
 * The reference rounds once, to f32: half of 2⁻²³. Operations made of several round at each, so they have more,
 * and so have those that another device adds up in f32.
 */
const tolerance = 1.2e-7;
const composed: Readonly<Record<string, number>> = {
  mean: 3e-7,
  var: 2e-6,
  std: 2e-6,
  einsum: 2e-6,
  cumsum: 1.2e-7,
  dequantize: 1.2e-7,
  qmatvec: 1e-6,
  attention: 1e-6,
  attentionVjp: 1e-6,
};

function toTensor(x: Plain): AnyTensor {
  return tensor(x.data.map(Number), { shape: x.shape, dtype: x.dtype as DType });
}

/** JSON has no undefined: a leading null argument is an axis left out. */
function run({ op, args, inputs }: Case): AnyTensor {
  const tensors = inputs.map(toTensor);
  const rest = args.map((a) => a ?? undefined);
  const free = api as unknown as Readonly<Record<string, Call>>;
  if (op === "einsum") return free.einsum(args[0], ...tensors) as AnyTensor;
  if (op === "concat" || op === "stack") return free[op](tensors, ...args) as AnyTensor;
  if (op === "split") return method(tensors[0], op, args.slice(0, -1)) as AnyTensor;
  if (op === "attention") return attention(tensors, args[0] as object);
  if (op === "attentionVjp") return attentionVjp(tensors, args[0] as object, args[1] as Gradient);
  if (op === "topk")
    return (method(tensors[0], op, args.slice(0, 2)) as api.Best<number[], DType>)[args[2] as "values"];
  if (quantizing.has(op)) return quantized(op, tensors, args);
  if (op in free && op !== "dim") return free[op](...tensors, ...rest) as AnyTensor;
  return method(tensors[0], op, [...tensors.slice(1), ...rest]) as AnyTensor;
}

function method(x: AnyTensor, name: string, args: readonly unknown[]): unknown {
  return (x as unknown as Readonly<Record<string, Call>>)[name](...args);
}

function attention([q, k, v, mask]: readonly AnyTensor[], options: object): AnyTensor {
  const call = api.scaledDotProductAttention as unknown as Call;
  return call(q, k, v, mask === undefined ? options : { ...options, mask }) as AnyTensor;
}

type Gradient = "q" | "k" | "v" | "mask";

function attentionVjp([g, q, k, v, mask]: readonly AnyTensor[], options: object, of: Gradient): AnyTensor {
  const call = api.scaledDotProductAttentionVjp as unknown as Call;
  const found = call(g, q, k, v, mask === undefined ? options : { ...options, mask });
  return (found as Readonly<Record<Gradient, AnyTensor>>)[of];
}

const quantizing = new Set(["quantize", "dequantize", "qmatvec"]);

function quantized(op: string, [w, x]: readonly AnyTensor[], args: readonly unknown[]): AnyTensor {
  const weights = api.quantize(w as unknown as Tensor<[number, number]>, args[0] as "q8" | "q4");
  if (op === "quantize") return weights[args[1] as "quants" | "scales"];
  return op === "dequantize" ? api.dequantize(weights) : api.qmatvec(weights, x.flatten());
}

async function check(c: Case): Promise<void> {
  const ran = run(c);
  const result = Array.isArray(ran) ? (ran[c.args.at(-1) as number] as AnyTensor) : ran;
  const name = `${c.op}(${JSON.stringify(c.args)}) of ${JSON.stringify(c.inputs.map((x) => x.shape))}`;
  assert.deepEqual([...result.shape], c.output.shape, `${name}: shape`);
  assert.equal(result.dtype, c.output.dtype, `${name}: dtype`);
  const got = await result.data();
  for (const [i, text] of c.output.data.entries()) assertNear(got[i], Number(text), c, `${name} at ${i}`);
}

function assertNear(got: number, exact: number, { op, output }: Case, name: string): void {
  const want = output.dtype === "f32" ? Math.fround(exact) : exact;
  const close =
    Math.abs(got - want) <=
    (composed[op] ?? tolerance) * Math.max(Math.abs(want), op in composed ? 1 : 1e-30);
  assert.ok(Object.is(got, want) || got === want || close, `${name}: want ${want}, got ${got}`);
}

const groups = Map.groupBy(cases, (c) => c.op);

describe("the device in use agrees with NumPy", () => {
  for (const [op, group] of groups)
    test(`${op} (${group.length} cases)`, async () => {
      for (const c of group) await check(c);
    });
});

test("the oracle asks about every method that computes", () => {
  const elsewhere = new Set([
    "constructor",
    "data",
    "item",
    "tolist",
    "dataSync",
    "itemSync",
    "tolistSync",
    "realize",
    "allclose",
  ]);
  for (const name of ["toString", "as", "assign", "ndim", "size", "T"]) elsewhere.add(name);
  const missing = methodNames().filter((name) => !elsewhere.has(name) && !groups.has(name));
  assert.deepEqual(missing, []);
});

function methodNames(): readonly string[] {
  const names: string[] = [];
  for (let p: object = api.Tensor.prototype; p !== Object.prototype; p = Object.getPrototypeOf(p) as object)
    names.push(...Object.getOwnPropertyNames(p));
  return names;
}
