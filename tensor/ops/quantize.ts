/**
 * Weights in blocks of 32 whole numbers that share an f16 scale: made, unmade, and multiplied.
 * Formats as in GGUF (Q8_0, Q4_0), but with quants and scales apart. Source: llama.cpp, ggml-quants.c.
 */
import { blockSize } from "../blocks.ts";
import { cast, type QuantFormat, valueOf, type Value } from "../graph.ts";
import { show } from "../shape/error.ts";
import { binary, full, unary, where } from "./elementwise.ts";
import { max } from "./reduce.ts";
import { concat, reshape, slice, unsqueeze } from "./view.ts";

/** Quants and scales [N, K/32] of a matrix [N, K]. */
export interface QuantizedValue {
  readonly format: QuantFormat;
  readonly quants: Value;
  readonly scales: Value;
}

const half = blockSize / 2;
const last = { axis: -1, keepdims: true } as const;

export function quantize(w: Value, format: QuantFormat): QuantizedValue {
  const [n, k] = w.shape;
  if (w.shape.length !== 2 || k % blockSize !== 0)
    throw new RangeError(`quantize: want [N, K] with K a multiple of ${blockSize}, got ${show(w.shape)}`);
  if (format !== "q8" && format !== "q4")
    throw new RangeError(`quantize: want "q8" or "q4", got "${String(format)}"`);
  const blocks = reshape(cast(w, "f32"), [n, k / blockSize, blockSize]);
  const scales = cast(format === "q8" ? binary("div", largest(blocks), 127) : q4Scale(blocks), "f16");
  const wide = cast(scales, "f32");
  // A block of zeros, or one whose scale f16 rounds to 0, is all zeros.
  const inverse = where(
    binary("equal", wide, 0),
    0,
    binary("div", full("quantize", 1, wide.shape, "f32"), wide),
  );
  const scaled = binary("mul", blocks, inverse);
  const quants = format === "q8" ? q8Quants(scaled) : q4Quants(scaled);
  return {
    format,
    quants: reshape(quants, [n, format === "q8" ? k : k / 2]),
    scales: reshape(scales, [n, k / blockSize]),
  };
}

function largest(blocks: Value): Value {
  return max(unary("abs", blocks), last);
}

function q8Quants(scaled: Value): Value {
  return cast(unary("round", scaled), "i8");
}

/** The element of largest magnitude becomes −8: the side on which there is one whole number more. */
function q4Scale(blocks: Value): Value {
  const [high, low] = [max(blocks, last), unary("neg", max(unary("neg", blocks), last))];
  const extreme = where(binary("greater", high, unary("neg", low)), high, low);
  return binary("add", binary("div", extreme, -8), 0); // + 0: a block of zeros must not become −0
}

function q4Quants(scaled: Value): Value {
  const whole = binary("minimum", unary("floor", binary("add", scaled, 8.5)), 15);
  const bytes = cast(whole, "u8");
  const [low, high] = [slice(bytes, [":", ":", [0, half]]), slice(bytes, [":", ":", [half, null]])];
  return binary("bitwiseOr", low, binary("leftShift", high, 4));
}

export function dequantize({ format, quants, scales }: QuantizedValue): Value {
  const [n, blocks] = scales.shape;
  const whole = format === "q8" ? reshape(quants, [n, blocks, blockSize]) : nibbles(quants, n, blocks);
  const wide = binary("mul", cast(whole, "f32"), unsqueeze(cast(scales, "f32"), 2));
  return reshape(wide, [n, blocks * blockSize]);
}

function nibbles(quants: Value, n: number, blocks: number): Value {
  const bytes = reshape(quants, [n, blocks, half]);
  const halves = concat([binary("bitwiseAnd", bytes, 15), binary("rightShift", bytes, 4)], 2);
  return binary("sub", cast(halves, "i8"), 8);
}

export function qmatvec({ format, quants, scales }: QuantizedValue, x: Value): Value {
  const [n, blocks] = scales.shape;
  const k = blocks * blockSize;
  if (x.shape.length !== 1 || x.shape[0] !== k)
    throw new RangeError(`qmatvec: inner dims differ: [${n},${k}] @ ${show(x.shape)}; want a vector [${k}]`);
  const inputs = [quants, scales, cast(x, "f32")];
  return valueOf({ op: "qmatvec", format, inputs }, [n], "f32");
}
