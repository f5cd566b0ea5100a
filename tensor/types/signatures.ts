/**
 * What an editor shows while a call is being written. The comment after a call is the signature at its parenthesis.
 */
import { dim, einsum, random, zeros } from "below/tensor";

const x = zeros([dim("B", 2), 128]);
const w = zeros([128, 5]);

x.matmul(w); // matmul(b: Tensor<[128, 5], "f32">): Tensor<[ "B", 5 ], "f32">
x.add(1); // add(b: number | Tensor<["B", 128], "f32">): Tensor<[ "B", 128 ], "f32">
x.sum(0); // sum(axis?: 0 | undefined, options?: Keep<false> | undefined): Tensor<[ 128 ], "f32">
x.transpose(0, 1); // transpose(axis1?: 0 | undefined, axis2?: 1 | undefined): Tensor<[ 128, "B" ], "f32">
w.reshape([2, -1]); // reshape(shape: readonly [2, -1]): Tensor<[ 2, number ], "f32">
einsum("ij->j", w); // einsum(spec: "ij->j", tensors_0: Tensor<[128, 5], "f32">): Tensor<[ 5 ], "f32">
random.normal([3], { seed: 1 }); // normal(shape: readonly [3], options: NormalOptions): Tensor<[ 3 ], "f32">
zeros([2, 3]); // zeros(shape: readonly [2, 3], options?: Typed<"f32"> | undefined): Tensor<[ 2, 3 ], "f32">
