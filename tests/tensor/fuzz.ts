/** Many seeds of random graphs on one device. What fails is made small and told as a line to paste. */
import { answer, judge, type Subject } from "./compare.ts";
import { grow } from "./grow.ts";
import { source, withoutSubnormals } from "./plan.ts";
import { shrink } from "./shrink.ts";
import { sprouts } from "./sprouts.ts";

export interface Report {
  readonly plans: number;
  /** Share of all elements whose bound said something. */
  readonly judgedShare: number;
  /** Text of each failure, at most `maxFailures`. */
  readonly failures: readonly string[];
}

export interface FuzzOptions {
  readonly first: number;
  readonly count: number;
  readonly maxFailures?: number;
  readonly progress?: (done: number) => void;
}

export async function fuzz(
  subject: Subject,
  { first, count, maxFailures = 3, progress }: FuzzOptions,
): Promise<Report> {
  const failures: string[] = [];
  let [judged, elements, plans] = [0, 0, 0];
  for (let seed = first; seed < first + count && failures.length < maxFailures; seed++) {
    const grown = grow(seed, sprouts);
    const plan = subject.accuracy === undefined ? grown : withoutSubnormals(grown);
    const verdict = await judge(plan, subject, await answer(plan, subject.accuracy));
    plans++;
    judged += verdict.judged;
    elements += verdict.elements;
    if (verdict.fault !== undefined) {
      const small = await shrink(plan, subject);
      failures.push(`seed ${seed} on ${subject.name}: ${small.fault}\n${source(small.plan)}`);
    }
    progress?.(plans);
  }
  return { plans, judgedShare: judged / Math.max(1, elements), failures };
}
