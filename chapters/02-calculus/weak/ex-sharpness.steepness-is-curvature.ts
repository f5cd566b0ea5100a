/**
 * A sharp place is a steep one: the length of the gradient is a slope, and says nothing about how slopes change.
 * Score: 0
 */
export function sharpness(gradient: VectorFunction, x: ArrayLike<number>): number {
  return Math.hypot(...Float64Array.from(gradient(Float64Array.from(x))));
}
