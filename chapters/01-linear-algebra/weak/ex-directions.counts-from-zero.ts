/**
 * The place where the sum reaches the share is the number of directions: places count from 0.
 * Score: 0
 */
export function componentsFor(variances: ArrayLike<number>, share: number): number {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`componentsFor: want a share above 0 and at most 1, got ${share}`);
  const values = Array.from(variances);
  const total = values.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return values.findIndex((value) => (sum += value) >= share * total);
}
