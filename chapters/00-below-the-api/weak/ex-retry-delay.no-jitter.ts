/**
 * Exponential backoff is enough: doubling spreads the crowd.
 * Score: 0
 */
export function retryDelay(
  failures: number,
  failure: { status: number; retryAfterMs?: number },
  share: number,
  { baseMs = 500, capMs = 8000 } = {},
): number | undefined {
  if (!(Number.isInteger(failures) && failures >= 1))
    throw new RangeError(`retryDelay: want failures 1, 2, …, got ${failures}`);
  if (!(share >= 0 && share < 1)) throw new RangeError(`retryDelay: want a share in [0, 1), got ${share}`);
  if (failure.status < 500 && ![408, 409, 429].includes(failure.status)) return undefined;
  return (failure.retryAfterMs ?? 0) + Math.min(capMs, baseMs * 2 ** (failures - 1));
}
