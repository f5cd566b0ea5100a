/**
 * The reference device: every primitive as its definition says, one element at a time, in doubles, rounded once when stored.
 * Slow and obvious on purpose: it is the judge of the devices that are neither.
 */
import { allocate, type Data } from "../../dtype.ts";
import { type Node, type Storage, storageOf, type Value } from "../../graph.ts";
import { bytesOf, flopsOf } from "../../cost.ts";
import { show } from "../../shape/error.ts";
import type { Device, Observer } from "../device.ts";
import { argsort } from "../../argsort.ts";
import { attention } from "./attention.ts";
import { attentionGrad } from "./attention-grad.ts";
import { cast, map } from "./map.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { loop } from "./loop.ts";
import { matmul } from "./matmul.ts";
import { qmatvec } from "./qmatvec.ts";
import { random } from "./random.ts";
import { cumsum, reduce } from "./reduce.ts";
import { concat, expand, pad, permute, setSlice, slice } from "./view.ts";

interface ReferenceStorage extends Storage {
  readonly own: Data;
}

let observer: Observer | undefined;

export const reference: Device = {
  name: "reference",
  realize(values, computed) {
    for (const value of inOrder(values)) {
      value.storage = stored(observed(nodeOf(value), value));
      computed(value);
    }
  },
  read: async (value) => dataOf(value).slice(),
  readSync: (value) => dataOf(value).slice(),
  observe(next) {
    observer = next;
  },
};

/** Each node is a program of its own here. */
function observed(node: Node, value: Value): Data {
  if (observer === undefined) return evaluate(node, value);
  const startMs = performance.now();
  const data = evaluate(node, value);
  const program = "fn" in node ? `${node.op} ${node.fn}` : node.op === "custom" ? node.name : node.op;
  const bytes = [value, ...node.inputs].reduce((sum, each) => sum + bytesOf(each), 0);
  observer({
    program: `${program} ${show(value.shape)}`,
    startMs,
    ms: performance.now() - startMs,
    flops: flopsOf(node, value.shape),
    bytes,
  });
  return data;
}

/** What must be computed for the values, inputs before what needs them. A stack of its own: a graph may be deeper than the call stack. */
function inOrder(values: readonly Value[]): readonly Value[] {
  const order = new Set<Value>();
  const stack = [...values];
  while (stack.length > 0) {
    const value = stack.at(-1)!;
    const missing = order.has(value)
      ? []
      : inputsOf(value).filter((v) => storageOf(v) === undefined && !order.has(v));
    stack.push(...missing);
    if (missing.length > 0) continue;
    stack.pop();
    if (storageOf(value) === undefined) order.add(value);
  }
  return [...order];
}

function inputsOf(value: Value): readonly Value[] {
  return storageOf(value) === undefined ? nodeOf(value).inputs : [];
}

function evaluate(node: Node, value: Value): Data {
  const inputs = node.inputs.map((input) => ({
    shape: input.shape,
    dtype: input.dtype,
    data: dataOf(input),
  }));
  const [x] = inputs;
  const result = { shape: value.shape, dtype: value.dtype };
  const size = value.shape.reduce((a, b) => a * b, 1);
  switch (node.op) {
    case "const":
      return node.data;
    case "full":
      return allocate(value.dtype, size).fill(node.value);
    case "iota":
      return allocate(value.dtype, size).map((_, i) => i);
    case "random":
      return random(node.distribution, x.data, size);
    case "map":
      return map(node.fn, inputs, result);
    case "cast":
      return cast(x, result);
    case "reduce":
      return reduce(node.fn, x, node.axes, result);
    case "cumsum":
      return cumsum(x, node.axis, result);
    case "reshape":
      return x.data;
    case "permute":
      return permute(x, node.axes, result);
    case "expand":
      return expand(x, result);
    case "pad":
      return pad(x, node.before, node.value, result);
    case "slice":
      return slice(x, node.start, node.step, result);
    case "concat":
      return concat(inputs, node.axis, result);
    case "gather":
      return gather(inputs, node.axis, node.report, result);
    case "scatterAdd":
      return scatterAdd(inputs, node.axis, node.report, result);
    case "matmul":
      return matmul(inputs, result);
    case "attention":
      return attention(inputs, node, result);
    case "attentionGrad":
      return attentionGrad(inputs, node, size);
    case "argsort":
      return argsort(x.data, x.shape, node.axis, node.descending);
    case "setSlice":
      return setSlice(inputs, node.start, node.step);
    case "custom":
      return loop(
        node.program,
        inputs.map(({ data }) => data),
      );
    case "qmatvec":
      return qmatvec(inputs, node.format);
    case "wgsl":
      throw new RangeError(
        `${node.name}: want a device that runs WGSL, got reference; try await device("webgpu")`,
      );
  }
}

function nodeOf(value: Value): Node {
  if (value.node === undefined) throw new Error("bug: a value with neither a node nor storage");
  return value.node;
}

function stored(own: Data): ReferenceStorage {
  return { device: "reference", own, data: () => own.slice() };
}

/** What another device has computed is copied from there. */
function dataOf(value: Value): Data {
  const storage = storageOf(value);
  if (storage === undefined)
    throw new Error("bug: the reference device was asked for a value it has not computed");
  if (storage.device !== "reference") value.storage = stored(storage.data());
  return (value.storage as ReferenceStorage).own;
}
