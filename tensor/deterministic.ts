/**
 * A switch for results that do not depend on the machine: how a device may split what it adds up.
 */
import { compute, session } from "./session.ts";
import { unwrap } from "./handle.ts";
import { tensorsIn } from "./jit.ts";

/**
 * Runs f, and computes the tensors that it returns, splitting reductions by their sizes alone: the same bits whatever the number of threads.
 * (Instructions still differ between tiers: a fused multiply-add rounds once where two steps round twice.)
 */
export function deterministic<R>(f: () => R): R {
  session.deterministic++;
  let result: R;
  try {
    result = f();
    if (!(result instanceof Promise)) compute(tensorsIn(result).map((x) => unwrap(x)));
  } catch (error) {
    session.deterministic--;
    throw error;
  }
  if (result instanceof Promise) return settled(result) as R;
  session.deterministic--;
  return result;
}

async function settled<R>(promise: Promise<R>): Promise<R> {
  try {
    const result = await promise;
    compute(tensorsIn(result).map((x) => unwrap(x)));
    return result;
  } finally {
    session.deterministic--;
  }
}
