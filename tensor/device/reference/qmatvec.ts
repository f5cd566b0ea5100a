/** y[n] = Σ over blocks of scale[n, block]·d[block]·Σⱼ q[n, j]·xq[j]: the inner sums are whole numbers, the outer one is in doubles. */
import { allocate, type Data } from "../../dtype.ts";
import type { QuantFormat } from "../../graph.ts";
import { blockSize, roundBlock } from "../../blocks.ts";
import type { Input } from "./array.ts";

export function qmatvec(inputs: readonly Input[], format: QuantFormat): Data {
  const [quants, scales, x] = inputs;
  const [rows, blocks] = scales.shape;
  const rounded = Array.from({ length: blocks }, (_, b) => roundBlock(x.data, b * blockSize));
  const out = allocate("f32", rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let b = 0; b < blocks; b++) {
      const at = row * blocks + b;
      const whole = rounded[b].quants.reduce((acc, q, j) => acc + q * weight(quants.data, at, j, format), 0);
      sum += scales.data[at] * rounded[b].scale * whole;
    }
    out[row] = sum;
  }
  return out;
}

/** The j-th whole number of a block. */
function weight(quants: Data, block: number, j: number, format: QuantFormat): number {
  if (format === "q8") return quants[block * blockSize + j];
  const byte = quants[(block * blockSize) / 2 + (j % 16)];
  return (j < 16 ? byte & 15 : byte >> 4) - 8;
}
