/**
 * A total is a total, in whatever order it is added: in doubles ten tenths added from the other end may be another number, and no share is refused.
 * Score: 1
 */
export function componentsFor(variances: ArrayLike<number>, share: number): number {
  const values = Array.from(variances);
  const half = values.length / 2;
  const add = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0);
  const total = add(values.slice(0, half)) + add(values.slice(half));
  let sum = 0;
  return values.findIndex((value) => (sum += value) >= share * total) + 1;
}
