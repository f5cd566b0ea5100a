/**
 * Elementwise methods of a tensor: operands broadcast, dtypes meet by the table in dtype.ts.
 * `this` is spelled out in every method, so that comparing two tensor types compares shapes and dtypes, not methods.
 */
import type { Shape } from "../shape/dim.ts";
import type { Broadcast } from "../shape/broadcast.ts";
import type { Check } from "../shape/error.ts";
import type { Arithmetic, DType, Float, IntDType, Numeric, Promote } from "../dtype.ts";
import { cast } from "../graph.ts";
import { Handle, unwrap, wrap } from "../handle.ts";
import * as elementwise from "../ops/elementwise.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";

export abstract class Elementwise extends Handle {
  /** x + b. */
  add<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "add">>),
  ): Tensor<Broadcast<S, B, "add">, Arithmetic<D, E>> {
    return binary(this, "add", b);
  }
  /** x − b. */
  sub<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "sub">>),
  ): Tensor<Broadcast<S, B, "sub">, Arithmetic<D, E>> {
    return binary(this, "sub", b);
  }
  /** x · b, element by element. */
  mul<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "mul">>),
  ): Tensor<Broadcast<S, B, "mul">, Arithmetic<D, E>> {
    return binary(this, "mul", b);
  }
  /** x / b, always float. */
  div<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "div">>),
  ): Tensor<Broadcast<S, B, "div">, Float<Promote<D, E>>> {
    return binary(this, "div", b);
  }
  /** x to the power b, always float. */
  pow<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "pow">>),
  ): Tensor<Broadcast<S, B, "pow">, Float<Promote<D, E>>> {
    return binary(this, "pow", b);
  }
  /** ⌊x / b⌋. Integers by 0 give 0. */
  floorDivide<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "floorDivide">>),
  ): Tensor<Broadcast<S, B, "floorDivide">, Arithmetic<D, E>> {
    return binary(this, "floorDivide", b);
  }
  /** x − b·⌊x / b⌋: the rest, with the sign of b. Integers by 0 give 0. */
  mod<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "mod">>),
  ): Tensor<Broadcast<S, B, "mod">, Arithmetic<D, E>> {
    return binary(this, "mod", b);
  }
  /** The larger of x and b; NaN if either is. */
  maximum<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "maximum">>),
  ): Tensor<Broadcast<S, B, "maximum">, Arithmetic<D, E>> {
    return binary(this, "maximum", b);
  }
  /** The smaller of x and b; NaN if either is. */
  minimum<S extends Shape, D extends DType, B extends Shape = S, E extends DType = D>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "minimum">>),
  ): Tensor<Broadcast<S, B, "minimum">, Arithmetic<D, E>> {
    return binary(this, "minimum", b);
  }
  /** x = b. */
  equal<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "equal">>),
  ): Tensor<Broadcast<S, B, "equal">, "bool"> {
    return binary(this, "equal", b);
  }
  /** x ≠ b. */
  notEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "notEqual">>),
  ): Tensor<Broadcast<S, B, "notEqual">, "bool"> {
    return binary(this, "notEqual", b);
  }
  /** x < b. */
  less<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "less">>),
  ): Tensor<Broadcast<S, B, "less">, "bool"> {
    return binary(this, "less", b);
  }
  /** x ≤ b. */
  lessEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "lessEqual">>),
  ): Tensor<Broadcast<S, B, "lessEqual">, "bool"> {
    return binary(this, "lessEqual", b);
  }
  /** x > b. */
  greater<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "greater">>),
  ): Tensor<Broadcast<S, B, "greater">, "bool"> {
    return binary(this, "greater", b);
  }
  /** x ≥ b. */
  greaterEqual<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, DType> & Check<Broadcast<S, B, "greaterEqual">>),
  ): Tensor<Broadcast<S, B, "greaterEqual">, "bool"> {
    return binary(this, "greaterEqual", b);
  }
  /** Both; bools only, as are the next three. */
  logicalAnd<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalAnd">>,
  ): Tensor<Broadcast<S, B, "logicalAnd">, "bool"> {
    return binary(this, "logicalAnd", b);
  }
  /** Either or both. */
  logicalOr<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalOr">>,
  ): Tensor<Broadcast<S, B, "logicalOr">, "bool"> {
    return binary(this, "logicalOr", b);
  }
  /** Exactly one. */
  logicalXor<S extends Shape, D extends DType, B extends Shape = S>(
    this: Tensor<S, D>,
    b: Tensor<B, "bool"> & Check<Broadcast<S, B, "logicalXor">>,
  ): Tensor<Broadcast<S, B, "logicalXor">, "bool"> {
    return binary(this, "logicalXor", b);
  }
  /** Not x. */
  logicalNot<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.logicalNot(unwrap(this, "logicalNot")));
  }
  /** Bits set in both; integers only, as are the next four. */
  bitwiseAnd<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "bitwiseAnd">>),
  ): Tensor<Broadcast<S, B, "bitwiseAnd">, IntDType extends E ? D : Promote<D, E>> {
    return binary(this, "bitwiseAnd", b);
  }
  /** Bits set in either. */
  bitwiseOr<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "bitwiseOr">>),
  ): Tensor<Broadcast<S, B, "bitwiseOr">, IntDType extends E ? D : Promote<D, E>> {
    return binary(this, "bitwiseOr", b);
  }
  /** Bits set in one. */
  bitwiseXor<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "bitwiseXor">>),
  ): Tensor<Broadcast<S, B, "bitwiseXor">, IntDType extends E ? D : Promote<D, E>> {
    return binary(this, "bitwiseXor", b);
  }
  /** x · 2ᵇ, wrapped; b is taken mod 32. */
  leftShift<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "leftShift">>),
  ): Tensor<Broadcast<S, B, "leftShift">, IntDType extends E ? D : Promote<D, E>> {
    return binary(this, "leftShift", b);
  }
  /** ⌊x / 2ᵇ⌋; b is taken mod 32. */
  rightShift<S extends Shape, D extends DType, B extends Shape = S, E extends IntDType = IntDType>(
    this: Tensor<S, D>,
    b: number | (Tensor<B, E> & Check<Broadcast<S, B, "rightShift">>),
  ): Tensor<Broadcast<S, B, "rightShift">, IntDType extends E ? D : Promote<D, E>> {
    return binary(this, "rightShift", b);
  }
  /** −x. */
  neg<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "neg");
  }
  /** |x|. */
  abs<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "abs");
  }
  /** −1, 0 or 1. */
  sign<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "sign");
  }
  /** Largest whole number ≤ x. */
  floor<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "floor");
  }
  /** Smallest whole number ≥ x. */
  ceil<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "ceil");
  }
  /** Nearest whole number, halves to the even one. */
  round<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "round");
  }
  /** x without its fraction. */
  trunc<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return unary(this, "trunc");
  }
  /** eˣ. */
  exp<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "exp");
  }
  /** eˣ − 1, exact near 0. */
  expm1<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "expm1");
  }
  /** Natural logarithm; −∞ at 0, NaN below. */
  log<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "log");
  }
  /** log(1 + x), exact near 0. */
  log1p<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "log1p");
  }
  /** √x; NaN below 0. */
  sqrt<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "sqrt");
  }
  /** Sine, of radians. */
  sin<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "sin");
  }
  /** Cosine, of radians. */
  cos<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "cos");
  }
  /** Hyperbolic tangent. */
  tanh<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "tanh");
  }
  /** 2/√π · ∫₀ˣ exp(−t²) dt. */
  erf<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return unary(this, "erf");
  }
  /** x². */
  square<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Numeric<D>> {
    return binary(this, "mul", this);
  }
  /** 1/x, always float. */
  reciprocal<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, Float<D>> {
    return wrap(elementwise.reciprocal(unwrap(this, "reciprocal")));
  }
  /** x kept within [min, max]; null for no bound. */
  clip<S extends Shape, D extends DType>(
    this: Tensor<S, D>,
    min: number | null,
    max: number | null,
  ): Tensor<S, Numeric<D>> {
    return wrap(elementwise.clip(unwrap(this, "clip"), min, max));
  }
  /** Where x is NaN. */
  isnan<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.isnan(unwrap(this, "isnan")));
  }
  /** Where x is neither NaN nor ±∞. */
  isfinite<S extends Shape, D extends DType>(this: Tensor<S, D>): Tensor<S, "bool"> {
    return wrap(elementwise.isfinite(unwrap(this, "isfinite")));
  }
  /** x in another dtype: floats to integers truncate and saturate (NaN → 0), integers to narrower ones wrap, bool is ≠ 0. */
  cast<S extends Shape, D extends DType, E extends DType>(this: Tensor<S, D>, dtype: E): Tensor<S, E> {
    return wrap(cast(unwrap(this, "cast"), dtype));
  }
}

function unary<S extends Shape, D extends DType>(x: AnyTensor, fn: elementwise.Unary): Tensor<S, D> {
  return wrap(elementwise.unary(fn, unwrap(x, fn)));
}

function binary<S extends Shape, D extends DType>(
  x: AnyTensor,
  who: elementwise.Binary,
  b: AnyTensor | number,
): Tensor<S, D> {
  return wrap(elementwise.binary(who, unwrap(x, who), typeof b === "number" ? b : unwrap(b, who)));
}
