/**
 * Reducing methods of a tensor. `axis`: a number, a list, or left out for all; negative ones count from the end.
 */
import type { Shape } from "../shape/dim.ts";
import type { AxisArgument, Reduced } from "../shape/axes.ts";
import type { Check } from "../shape/error.ts";
import type { DType, Float, Summed } from "../dtype.ts";
import { unwrap, wrap } from "../handle.ts";
import * as reduce from "../ops/reduce.ts";
import type { Tensor } from "../tensor.ts";
import { Elementwise } from "./elementwise.ts";

/** Options of a reduction. */
export interface Keep<K extends boolean> {
  /** Whether reduced axes stay, with size 1. */
  readonly keepdims?: K;
}

/** Options of var and std: they divide by N − correction. */
export interface Correction<K extends boolean> extends Keep<K> {
  readonly correction?: number;
}

export abstract class Reduction extends Elementwise {
  /** Sum along the axes (all if left out). Small integers and bools give i32. */
  sum<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "sum">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "sum">, Summed<D>> {
    return wrap(reduce.sum(unwrap(this, "sum"), along(axis, options)));
  }
  /** Product along the axes. */
  prod<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "prod">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "prod">, Summed<D>> {
    return wrap(reduce.prod(unwrap(this, "prod"), along(axis, options)));
  }
  /** Largest along the axes; NaN if there is one. Throws RangeError on an empty axis. */
  max<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "max">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "max">, D> {
    return wrap(reduce.max(unwrap(this, "max"), along(axis, options)));
  }
  /** Smallest along the axes; NaN if there is one. Throws RangeError on an empty axis. */
  min<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "min">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "min">, D> {
    return wrap(reduce.min(unwrap(this, "min"), along(axis, options)));
  }
  /** Arithmetic mean along the axes; NaN of none. */
  mean<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "mean">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "mean">, Float<D>> {
    return wrap(reduce.mean(unwrap(this, "mean"), along(axis, options)));
  }
  /** Variance along the axes: mean squared distance from the mean, over N − correction. */
  var<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "var">>,
    options?: Correction<K>,
  ): Tensor<Reduced<S, A, K, "var">, Float<D>> {
    return wrap(reduce.variance("var", unwrap(this, "var"), along(axis, options), options?.correction ?? 0));
  }
  /** Standard deviation along the axes: √var. */
  std<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "std">>,
    options?: Correction<K>,
  ): Tensor<Reduced<S, A, K, "std">, Float<D>> {
    return wrap(reduce.std(unwrap(this, "std"), along(axis, options), options?.correction ?? 0));
  }
  /** Position of the first largest element along an axis, or in the flattened tensor; of the first NaN if there is one. */
  argmax<
    S extends Shape,
    D extends DType,
    const A extends number | undefined = undefined,
    K extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "argmax">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "argmax">, "i32"> {
    return wrap(reduce.argBest("argmax", unwrap(this, "argmax"), axis, options?.keepdims ?? false));
  }
  /** Position of the first smallest element, as argmax. */
  argmin<
    S extends Shape,
    D extends DType,
    const A extends number | undefined = undefined,
    K extends boolean = false,
  >(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "argmin">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "argmin">, "i32"> {
    return wrap(reduce.argBest("argmin", unwrap(this, "argmin"), axis, options?.keepdims ?? false));
  }
  /** Whether all are true. Bools only. */
  all<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "all">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "all">, "bool"> {
    return wrap(reduce.all(unwrap(this, "all"), along(axis, options)));
  }
  /** Whether any is true. Bools only. */
  any<S extends Shape, D extends DType, const A extends AxisArgument = undefined, K extends boolean = false>(
    this: Tensor<S, D>,
    axis?: A & Check<Reduced<S, A, K, "any">>,
    options?: Keep<K>,
  ): Tensor<Reduced<S, A, K, "any">, "bool"> {
    return wrap(reduce.any(unwrap(this, "any"), along(axis, options)));
  }
  /** Running sum along an axis. */
  cumsum<S extends Shape, D extends DType>(this: Tensor<S, D>, axis: number): Tensor<S, Summed<D>> {
    return wrap(reduce.cumsum(unwrap(this, "cumsum"), axis));
  }
}

function along(axis: AxisArgument, options: Keep<boolean> | undefined): reduce.ReduceOptions {
  return { axis, keepdims: options?.keepdims ?? false };
}
