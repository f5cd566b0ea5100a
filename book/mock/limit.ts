/** A limit of requests in any one minute, as providers have it. */

/** Whether one more request is within the limit; if not, how long until it would be. */
export type Verdict =
  | { readonly isAllowed: true; readonly remaining: number }
  | { readonly isAllowed: false; readonly waitSeconds: number };

/** now: a clock in ms. A refused request does not count. */
export function limiter(requestsPerMinute: number, now: () => number): () => Verdict {
  let taken: number[] = [];
  return () => {
    const time = now();
    taken = taken.filter((each) => time - each < 60_000);
    if (taken.length >= requestsPerMinute)
      return { isAllowed: false, waitSeconds: Math.max(1, Math.ceil((taken[0] + 60_000 - time) / 1000)) };
    taken.push(time);
    return { isAllowed: true, remaining: requestsPerMinute - taken.length };
  };
}
