/**
 * What a bench prints: one row per claim, ours against one peer.
 * Samples → Row. Pure: no clock, no process. `ratio` is always ours/peer, so smaller is better
 * wherever smaller is better; a goal is text such as "<=1.0" and is judged on the ratio
 * (on `ours` where there is no peer).
 */

/** One line of `npm run bench`. `ok` is null where nothing was judged; `why` then says the reason. */
export interface Row {
  readonly what: string;
  /** Median of our samples, in `unit`. */
  readonly ours: number | null;
  /** Median of the peer's samples; null in an absolute row. */
  readonly peer: number | null;
  readonly peerName: string | null;
  readonly unit: string;
  /** ours / peer. */
  readonly ratio: number | null;
  readonly goal: string | null;
  readonly ok: boolean | null;
  readonly why: string;
}

/** The samples of one kernel, or the reason why there are none. */
export type Samples = readonly number[] | { readonly fault: string };

/** What a row is about, before anything was measured. */
export interface Claim {
  readonly what: string;
  readonly unit: string;
  /** Null in an absolute row: `goal` is then judged on our own median. */
  readonly peerName: string | null;
  readonly goal: string | null;
  /** What stands for the samples; the median if left out. */
  readonly statistic?: "p99";
}

/** The middle value; the mean of the two middle ones where there is an even number. Throws RangeError if empty. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median: want at least 1 value, got 0");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One row from both kernels' samples. Ours failing fails the goal; a peer failing leaves it unjudged. */
export function row(claim: Claim, ours: Samples, peer: Samples | null): Row {
  const { statistic, ...fields } = claim;
  const of = statistic === "p99" ? p99 : median;
  const oursValue = valueOf(ours, of);
  const peerValue = peer === null ? null : valueOf(peer, of);
  const ratio = oursValue === null || peerValue === null ? null : oursValue / peerValue;
  return {
    ...fields,
    ours: oursValue,
    peer: peerValue,
    ratio,
    ...verdict(claim, ours, peer, ratio ?? oursValue),
  };
}

/** Whether `value` keeps `goal`. Throws SyntaxError for a goal that is not `<=`, `<`, `>=` or `>` and a number. */
export function keeps(goal: string, value: number): boolean {
  const [, comparison, limit] = /^(<=|<|>=|>)\s*(\d+(?:\.\d+)?)$/.exec(goal) ?? [];
  if (comparison === undefined) throw new SyntaxError(`goal: want e.g. "<=1.0", got "${goal}"`);
  const bound = Number(limit);
  if (comparison === "<=") return value <= bound;
  if (comparison === "<") return value < bound;
  return comparison === ">=" ? value >= bound : value > bound;
}

/** The value that 99 of 100 do not pass; of fewer than 100 the largest. Throws RangeError if empty. */
export function p99(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("p99: want at least 1 value, got 0");
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1];
}

function valueOf(samples: Samples, of: (values: readonly number[]) => number): number | null {
  return "fault" in samples ? null : of(samples);
}

function verdict(
  claim: Claim,
  ours: Samples,
  peer: Samples | null,
  judged: number | null,
): Pick<Row, "ok" | "why"> {
  if ("fault" in ours) return { ok: claim.goal === null ? null : false, why: `ours: ${ours.fault}` };
  if (peer !== null && "fault" in peer) return { ok: null, why: `${claim.peerName}: ${peer.fault}` };
  const samples = `${claim.statistic ?? "median"} of ${ours.length}${peer === null ? "" : ` and ${peer.length}`}`;
  if (claim.goal === null || judged === null) return { ok: null, why: `${samples}; no goal is set` };
  return { ok: keeps(claim.goal, judged), why: samples };
}
