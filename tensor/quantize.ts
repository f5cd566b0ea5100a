/**
 * Matrices with 8 or 4 bits an element, for decoding, where reading the weights is what takes the time.
 */
import type { Dim, Shape } from "./shape/dim.ts";
import type { Check, NoShape, Same, Show } from "./shape/error.ts";
import type { DType } from "./dtype.ts";
import type { QuantFormat } from "./graph.ts";
import * as ops from "./ops/quantize.ts";
import { unwrap, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

/** A matrix [N, K] in blocks of 32 along K that share a scale. Plain tensors, so that safetensors can hold it. */
export interface Quantized<N extends Dim = Dim, K extends Dim = Dim> {
  /** q8: whole numbers −127 … 127; q4: −8 … 7, two in a byte. */
  readonly format: QuantFormat;
  /** q8: i8 [N, K]. q4: u8 [N, K/2]; byte j of a block holds elements j (low half) and j + 16, each plus 8. */
  readonly quants: Tensor<[N, number], "i8" | "u8">;
  /** [N, K/32]: an element is scale · its whole number. */
  readonly scales: Tensor<[N, number], "f16">;
  /** Where only the type knows it: the number of columns. */
  readonly columns?: K;
}

/** Shape of weights [N, K] times a vector [K]. */
export type QMatVec<N extends Dim, K extends Dim, X extends Shape> = number extends X["length"]
  ? [N]
  : X extends readonly [infer K2 extends Dim]
    ? Same<K, K2> extends true
      ? [N]
      : NoShape<`qmatvec: inner dims differ: [${N},${K}] @ ${Show<X>}; want a vector [${K}]`>
    : NoShape<`qmatvec: inner dims differ: [${N},${K}] @ ${Show<X>}; want a vector [${K}]`>;

/**
 * w [N, K] rounded to `format`: "q8" within |largest of its block|/254 an element (and the f16 rounding of the scale, 2⁻¹¹), "q4" within 1/8 of it.
 * Throws RangeError unless K is a multiple of 32. Source: llama.cpp's Q8_0 and Q4_0.
 */
export function quantize<N extends Dim, K extends Dim>(
  w: Tensor<[N, K], DType>,
  format: QuantFormat,
): Quantized<N, K> {
  const { quants, scales } = ops.quantize(unwrap(w, "quantize"), format);
  return { format, quants: wrap(quants), scales: wrap(scales) };
}

/** The matrix that the blocks stand for, f32 [N, K]. */
export function dequantize<N extends Dim, K extends Dim>(weights: Quantized<N, K>): Tensor<[N, K]> {
  return wrap(ops.dequantize(values(weights, "dequantize")));
}

/**
 * weights [N, K] · x [K] → [N], f32. x is rounded to 8 bits a block of 32 too (within |largest of the block|/254), so that the products are
 * exact whole numbers; sums are in f32. For x as it is: `dequantize(weights).matmul(x)`, which reads four to eight times as much.
 */
export function qmatvec<N extends Dim, K extends Dim, X extends Shape>(
  weights: Quantized<N, K>,
  x: Tensor<X, DType> & Check<QMatVec<N, K, X>>,
): Tensor<QMatVec<N, K, X>> {
  return wrap(ops.qmatvec(values(weights, "qmatvec"), unwrap(x, "qmatvec")));
}

/** Throws TypeError for what quantize did not make (or a file did not hold). */
function values({ format, quants, scales }: Quantized, who: string): ops.QuantizedValue {
  const held = { format, quants: unwrap(quants, who), scales: unwrap(scales, who) };
  const dtype = { q8: "i8", q4: "u8" }[format];
  const [n, width] = held.quants.shape;
  const fits = held.scales.shape[0] === n && held.scales.shape[1] * { q8: 32, q4: 16 }[format] === width;
  if (held.quants.dtype !== dtype || held.scales.dtype !== "f16" || !fits)
    throw new TypeError(
      `${who}: want ${format} weights as quantize makes them, got quants ${quants.toString()} and scales ${scales.toString()}`,
    );
  return held;
}
