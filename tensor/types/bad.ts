/**
 * Programs that must not compile. The comment above a line is part of the message the reader must see; a caret below marks
 * where the squiggle must start. `tsc -p .` checks that each is an error; types.test.ts checks the words and the place.
 */
import {
  type AnyTensor,
  concat,
  type Dim,
  dim,
  einsum,
  qmatvec,
  quantize,
  scaledDotProductAttention,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
} from "below/tensor";

const B = dim("B", 2);
const T = dim("T", 5);
const x = zeros([B, T, 128]);

// @ts-expect-error matmul: inner dims differ: [B,T,128] @ [384,128] (128 vs 384)
x.matmul(zeros([384, 128]));
//       ^

// @ts-expect-error matmul: inner dims differ: [3,4] @ [3] (4 vs 3)
zeros([3, 4]).matmul(zeros([3]));
//                   ^

// @ts-expect-error matmul: shapes do not broadcast: [2] and [3] (2 vs 3)
zeros([2, 4, 5]).matmul(zeros([3, 5, 6]));
//                      ^

// @ts-expect-error add: shapes do not broadcast: [B,T,128] and [100] (128 vs 100)
x.add(zeros([100]));
//    ^

// @ts-expect-error less: shapes do not broadcast: [B,T,128] and [T,B,128] (T vs B)
x.less(zeros([T, B, 128]));
//     ^

// @ts-expect-error reshape: sizes differ: [B,T,128] -> [B,4,128] (left over [T] vs [4])
x.reshape([B, 4, 128]);
//        ^

// @ts-expect-error sum: axis 3 is out of range for [B,T,128]
x.sum(3);
//    ^

// @ts-expect-error mean: axis -4 is out of range for [B,T,128]
x.mean([0, -4]);
//     ^

// @ts-expect-error transpose: axis 3 is out of range for [B,T,128]
x.transpose(1, 3);
//          ^

// @ts-expect-error permute: want every axis of [B,T,128] once, got [0,0,1]
x.permute([0, 0, 1]);
//        ^

// @ts-expect-error squeeze: axis 1 of [2,3] has size 3, want 1
zeros([2, 3]).squeeze(1);
//                    ^

// @ts-expect-error broadcastTo: [3,2] does not repeat into [4,3,5] (2 vs 5)
zeros([3, 2]).broadcastTo([4, 3, 5]);
//                        ^

// @ts-expect-error slice: want at most 2 ranges for [2,3], got more
zeros([2, 3]).slice(0, 0, 0);
//                  ^

// @ts-expect-error concat: sizes off axis 0 differ: [2,3] and [2,5]
concat([zeros([2, 3]), zeros([2, 5])]);
//     ^

// @ts-expect-error stack: want one shape, got [2,3] and [2,5]
stack([zeros([2, 3]), zeros([2, 5])]);
//    ^

// @ts-expect-error einsum: axis j of \"ij,jk->ik\" is 3 and 4
einsum("ij,jk->ik", zeros([2, 3]), zeros([4, 5]));
//     ^

// @ts-expect-error einsum: want one letter per axis, got \"ij\" of \"ij->i\" for [2]
einsum("ij->i", zeros([2]));
//     ^

// @ts-expect-error where: shapes do not broadcast: [B,T,128] and [T] (128 vs T)
where(x.greater(0), zeros([T]), 0);
//                  ^

// @ts-expect-error 'Tensor<["B", "T", 65], "f32">' is not assignable to type 'Tensor<["B", "T", 64], "f32">'
export const wrong: Tensor<["B", "T", 64]> = x.matmul(zeros([128, 65]));
//           ^

function predict(images: Tensor<["B", 784]>): Tensor<["B", 784]> {
  return images;
}
// @ts-expect-error 'Tensor<[32, 100], "f32">' is not assignable to parameter of type 'Tensor<["B", 784], "f32">'
predict(zeros([32, 100]));
//      ^

// @ts-expect-error 'Tensor<[2, 3], "f32">' is not assignable to parameter of type 'Tensor<
zeros([5, 3]).take(zeros([2, 3]));
//                 ^

// @ts-expect-error Type 'Tensor<["T"], "f32">' is not assignable to type 'Tensor<["B"], "f32">'
export const renamed: Tensor<["B"]> = zeros([T]);
//           ^

// @ts-expect-error want q [...,T,D], k [...,S,D], v [...,S,E], got [1,5,8], [1,7,8], [1,6,8]
scaledDotProductAttention(zeros([1, 5, 8]), zeros([1, 7, 8]), zeros([1, 6, 8]));
//                                                            ^

// @ts-expect-error sort: axis 3 is out of range for [B,T,128]
x.sort(3);
//     ^

// @ts-expect-error topk: axis 2 is out of range for [2,3]
zeros([2, 3]).topk(1, 2);
//                    ^

// @ts-expect-error setSlice: want at most 1 ranges for [2], got more
zeros([2]).setSlice(0, 0, 0);
//                     ^

// @ts-expect-error qmatvec: inner dims differ: [50,64] @ [32]; want a vector [64]
qmatvec(quantize(zeros([50, 64]), "q8"), zeros([32]));
//                                       ^

export function unsafe<N extends Dim>(x: Tensor<[N, 3]>): AnyTensor {
  // @ts-expect-error matmul: inner dims differ: [${N},3] @ [4,5] (3 vs 4)
  return x.matmul(zeros([4, 5]));
  //              ^
}

// @ts-expect-error Type '"f64"' is not assignable to type 'DType
tensor([1, 2], { dtype: "f64" });
//               ^
