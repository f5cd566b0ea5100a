/**
 * Numbers in blocks of 32 that share a scale, so that each needs only 8 bits: how an f32 vector is rounded before it meets quantised weights.
 * Written in f32 steps, so that every device gets the same whole numbers. Source: llama.cpp, ggml-quants.c, quantize_row_q8_0.
 */
import type { Data } from "./dtype.ts";

/** Elements that share a scale. */
export const blockSize = 32;

/** x ≈ scale·quants, quants whole in −127 … 127. */
export interface Block {
  readonly scale: number;
  readonly quants: Int8Array;
}

/** The block of x that starts at `start`. Halves go to the even neighbour; a block of zeros has scale 0. */
export function roundBlock(x: Data, start: number): Block {
  const block = x.subarray(start, start + blockSize);
  const scale = Math.fround(largest(block) / 127);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  const quants = Int8Array.from(block, (each) => nearestEven(Math.fround(each * inverse)));
  return { scale, quants };
}

function largest(block: Data): number {
  let most = 0;
  for (const x of block) most = Math.max(most, Math.abs(x));
  return most;
}

function nearestEven(x: number): number {
  const near = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
