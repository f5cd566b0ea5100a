/**
 * The first directions must hold more than the share: "at least" is wanted.
 * Score: 0
 */
export function componentsFor(variances: ArrayLike<number>, share: number): number {
  if (!(share > 0 && share <= 1))
    throw new RangeError(`componentsFor: want a share above 0 and at most 1, got ${share}`);
  const values = Array.from(variances);
  const total = values.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return values.findIndex((value) => (sum += value) > share * total) + 1;
}
