/**
 * below/tensor: everything other folders and readers may use. What each name means: docs/tensor.md.
 */
export { type AnyTensor, type Closeness, Tensor } from "./tensor.ts";
export type { Correction, Keep } from "./methods/reduction.ts";
export type { Best, Order } from "./methods/selection.ts";
export { dim, type Dim, type DimOf, type DimsOf, type Shape, type Size, type Sizes } from "./shape/dim.ts";
export type { Broadcast } from "./shape/broadcast.ts";
export type { Check, ShapeError } from "./shape/error.ts";
export type { MatMul } from "./shape/matmul.ts";
export type { Range } from "./shape/slice.ts";
export type { DataOf, DType, ElementOf, FloatDType, IntDType } from "./dtype.ts";
export {
  arange,
  diag,
  eye,
  type Flat,
  full,
  linspace,
  ones,
  onesLike,
  type Shaped,
  tensor,
  type Typed,
  zeros,
  zerosLike,
} from "./create.ts";
export type { Nested, NestedList } from "./nested.ts";
export {
  type AttentionGradients,
  concat,
  einsum,
  scaledDotProductAttention,
  scaledDotProductAttentionVjp,
  stack,
  where,
} from "./combine.ts";
export { custom, type CustomOptions, type CustomVjp, type ProgramInputs } from "./custom/custom.ts";
export { wgsl, type WgslDType, type WgslOptions } from "./custom/wgsl.ts";
export type { Element, Place, Source } from "./custom/element.ts";
export { dequantize, quantize, type Quantized, qmatvec } from "./quantize.ts";
export { random, type NormalOptions, type Seed, type Seeded, type UniformOptions } from "./random.ts";
export { deterministic } from "./deterministic.ts";
export { type Compilation, jit, type JitOptions } from "./jit.ts";
export { identityOf, type Primitive, primitiveOf, record, type Scope, scope } from "./run.ts";
export { device } from "./session.ts";
export { type Profile, profile } from "./profile/profile.ts";
export type { Peaks, ProfileRow } from "./profile/report.ts";
export type { DeviceInfo, DeviceName, DeviceState, ProgramRun } from "./device/device.ts";
export { decodeNpy, encodeNpy } from "./io/npy.ts";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./io/safetensors.ts";
