/**
 * wgsl: an operation of the reader's own, written in the GPU's language. Where custom() says what an element is and runs everywhere, this says
 * what each invocation does, and runs on a GPU alone.
 */
import type { DimsOf, Shape } from "../shape/dim.ts";
import { checkSizes } from "../shape/reshape.ts";
import type { DType } from "../dtype.ts";
import { valueOf, type Wgsl } from "../graph.ts";
import { unwrap, wrap } from "../handle.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import type { CustomVjp } from "./custom.ts";

/** Dtypes that WGSL has in memory. */
export type WgslDType = "f32" | "i32" | "u32";

export interface WgslOptions<A extends readonly number[], D extends WgslDType> {
  /** For errors and profiles. */
  readonly name: string;
  /** The tensors, each under the name that the source reads it by: an array of its elements in row-major order. */
  readonly inputs: Readonly<Record<string, AnyTensor>>;
  /** Of the result. */
  readonly shape: A;
  /** Of the result; f32 if left out. */
  readonly dtype?: D;
  /** A whole shader with the entry point `main`, which writes the array `result`. Bindings are declared for it. */
  readonly source: string;
  /** How many workgroups run along x, y and z. */
  readonly workgroups: readonly [number, number?, number?];
  /** For chapter 06's gradients, which find it by primitiveOf. */
  readonly vjp?: CustomVjp;
}

/**
 * A tensor of the given shape that a shader computes. The compiler's errors are thrown when the result is read, by line and column of `source`:
 * `wgsl({ name: "twice", inputs: { x }, shape: [n], workgroups: [Math.ceil(n / 64)], source: "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { if (id.x < arrayLength(&result)) { result[id.x] = 2 * x[id.x]; } }" })`.
 * Elements that the shader does not write are anything. Throws TypeError for dtypes that WGSL has not; reading throws RangeError on another device.
 */
export function wgsl<const A extends readonly number[], D extends WgslDType = "f32">(
  options: WgslOptions<A, D>,
): Tensor<DimsOf<A>, NoInfer<D>> {
  const { name, inputs, shape, dtype = "f32" as D, source, workgroups, vjp } = options;
  checkSizes(name, [...shape]);
  for (const [input, x] of [...Object.entries(inputs), ["result", { dtype }] as const])
    if (!isWgsl(x.dtype))
      throw new TypeError(`${name}: want ${input} in f32, i32 or u32, got ${x.dtype}; try .cast("f32")`);
  const [x, y = 1, z = 1] = workgroups;
  const bad = [x, y, z].find((n) => !Number.isInteger(n) || n < 1 || n > 65_535);
  if (bad !== undefined)
    throw new RangeError(`${name}: want whole numbers of workgroups from 1 to 65535, got ${bad}`);
  const node: Wgsl = {
    op: "wgsl",
    inputs: Object.values(inputs).map((tensor) => unwrap(tensor, name)),
    name,
    names: Object.keys(inputs),
    source,
    workgroups: [x, y, z],
    ...(vjp === undefined ? {} : { vjp }),
  };
  return wrap<Shape, D>(valueOf(node, [...shape], dtype)) as unknown as Tensor<DimsOf<A>, NoInfer<D>>;
}

function isWgsl(dtype: DType): dtype is WgslDType {
  return dtype === "f32" || dtype === "i32" || dtype === "u32";
}
