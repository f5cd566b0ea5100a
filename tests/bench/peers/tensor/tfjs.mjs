/** TensorFlow.js on its WebAssembly backend. In Node it has SIMD but no threads. */
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { indices, numbers, sampled } from "./numbers.mjs";

const packageFile = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
setWasmPaths(`${join(dirname(packageFile), "dist")}/`);
await tf.setBackend("wasm");
await tf.ready();

function make(task) {
  const floats = (shape, salt) => tf.tensor(numbers(shape.reduce((a, b) => a * b, 1), salt), shape);
  switch (task.kind) {
    case "matmul": {
      const [a, b] = [floats([task.n, task.n], 1), floats([task.n, task.n], 2)];
      return () => tf.matMul(a, b);
    }
    case "softmax": {
      const x = floats([task.rows, task.columns], 1);
      return () => tf.softmax(x);
    }
    case "layernorm": {
      const [x, scale, shift] = [floats([task.rows, task.columns], 1), floats([task.columns], 2), floats([task.columns], 3)];
      return () => {
        const off = tf.sub(x, tf.mean(x, 1, true));
        const spread = tf.rsqrt(tf.add(tf.mean(tf.mul(off, off), 1, true), 1e-5));
        return tf.add(tf.mul(tf.mul(off, spread), scale), shift);
      };
    }
    case "gelu": {
      const x = floats([task.n], 1);
      return () => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    }
    case "gather": {
      const x = floats([task.rows, task.columns], 1);
      const index = tf.tensor1d(indices(task.n, 2, task.rows), "int32");
      return () => tf.gather(x, index);
    }
    default:
      throw new Error(`${task.kind} is not asked of TensorFlow.js`);
  }
}

export async function prepare(task) {
  const kept = tf.engine();
  kept.startScope();
  const f = make(task);
  return {
    run: () => tf.tidy(() => void f()),
    sample: () => tf.tidy(() => sampled(f().dataSync())),
    dispose: () => kept.endScope(),
  };
}
