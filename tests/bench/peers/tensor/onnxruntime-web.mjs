import * as ort from "onnxruntime-web";
import { prepareWith } from "./onnx.mjs";

export const prepare = (task, threads) => {
  ort.env.wasm.numThreads = threads;
  return prepareWith(ort, task, { executionProviders: ["wasm"] });
};
