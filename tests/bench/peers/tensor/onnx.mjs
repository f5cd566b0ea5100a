/**
 * ONNX models of one node, written as protobuf by hand. Source: onnx.proto3 (ModelProto 1, 7, 8; GraphProto 1, 2, 11, 12; NodeProto 1, 2, 4, 5;
 * AttributeProto 1, 2, 3, 20; ValueInfoProto 1, 2; OperatorSetIdProto 2).
 */
import { indices, numbers, sampled } from "./numbers.mjs";

const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
const field = (number, bytes) => [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
const whole = (number, n) => [...varint(number * 8), ...varint(n)];
const text = (number, s) => field(number, [...new TextEncoder().encode(s)]);

const float = 1;
const int32 = 6;

function valueInfo(number, name, type, shape) {
  const dims = shape.flatMap((n) => field(1, whole(1, n)));
  return field(number, [...text(1, name), ...field(2, field(1, [...whole(1, type), ...field(2, dims)]))]);
}

function attribute(name, { int, real }) {
  if (int !== undefined) return field(5, [...text(1, name), ...whole(3, int), ...whole(20, 2)]);
  const bytes = [...new Uint8Array(Float32Array.of(real).buffer)];
  return field(5, [...text(1, name), ...varint(2 * 8 + 5), ...bytes, ...whole(20, 1)]);
}

function model(op, inputs, output, attributes = {}) {
  const names = inputs.map((_, i) => `x${i}`);
  const node = [
    ...names.flatMap((name) => text(1, name)),
    ...text(2, "y"),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => attribute(name, value)),
  ];
  const graph = [
    ...field(1, node),
    ...text(2, op),
    ...inputs.flatMap(({ type, shape }, i) => valueInfo(11, names[i], type, shape)),
    ...valueInfo(12, "y", float, output),
  ];
  return Uint8Array.from([...whole(1, 9), ...field(7, graph), ...field(8, whole(2, 20))]);
}

const floats = (shape, salt) => ({ type: float, shape, data: numbers(shape.reduce((a, b) => a * b, 1), salt) });

/** The node, its inputs and the shape of its output. */
function nodeFor(task) {
  switch (task.kind) {
    case "matmul": {
      const shape = [task.n, task.n];
      return ["MatMul", [floats(shape, 1), floats(shape, 2)], shape];
    }
    case "softmax":
      return ["Softmax", [floats([task.rows, task.columns], 1)], [task.rows, task.columns], { axis: { int: 1 } }];
    case "layernorm": {
      const inputs = [floats([task.rows, task.columns], 1), floats([task.columns], 2), floats([task.columns], 3)];
      return ["LayerNormalization", inputs, inputs[0].shape, { axis: { int: 1 }, epsilon: { real: 1e-5 } }];
    }
    case "gelu":
      return ["Gelu", [floats([task.n], 1)], [task.n]];
    case "gather": {
      const index = { type: int32, shape: [task.n], data: indices(task.n, 2, task.rows) };
      return ["Gather", [floats([task.rows, task.columns], 1), index], [task.n, task.columns], { axis: { int: 0 } }];
    }
    default:
      throw new Error(`${task.kind} is not asked of ONNX Runtime`);
  }
}

/** ort: onnxruntime-node or onnxruntime-web, which have one API. */
export async function prepareWith(ort, task, options) {
  const [op, inputs, output, attributes] = nodeFor(task);
  const session = await ort.InferenceSession.create(model(op, inputs, output, attributes), options);
  const feeds = Object.fromEntries(
    inputs.map(({ type, shape, data }, i) => [`x${i}`, new ort.Tensor(type === float ? "float32" : "int32", data, shape)]),
  );
  return {
    run: async () => void (await session.run(feeds)),
    sample: async () => sampled((await session.run(feeds)).y.data),
    dispose: () => void session.release(),
  };
}
