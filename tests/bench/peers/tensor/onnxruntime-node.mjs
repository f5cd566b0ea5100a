import ort from "onnxruntime-node";
import { prepareWith } from "./onnx.mjs";

export const prepare = (task, threads) =>
  prepareWith(ort, task, { executionProviders: ["cpu"], intraOpNumThreads: threads, interOpNumThreads: 1 });
