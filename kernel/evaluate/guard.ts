/**
 * Loop guards, for hosts that cannot interrupt a thread from outside (the page).
 * Loops look at a counter and now and then ask the host whether to stop. Innermost counted loops (`for (init; test; update)`
 * without a loop or await inside) are left alone: they are the arithmetic, and guarding them costs 2.6×; guarding the
 * others costs 7 % of a matrix product. One exception: a counted loop of calls at the cell's top level is guarded,
 * because it is how training is written: a thousand steps of a tenth of a second.
 */
import type { Patch } from "./patch.ts";
import { childrenOf, isType, type Node } from "./syntax.ts";

type Loop = Extract<
  Node,
  { type: "ForStatement" | "ForInStatement" | "ForOfStatement" | "WhileStatement" | "DoWhileStatement" }
>;

/** The names a guarded script must have in scope: a counter variable, and a function that returns the next count. */
export interface GuardNames {
  readonly counter: string;
  readonly tick: string;
}

/** Adds the guards below `node`, a statement of the cell. */
export function guardLoops(node: Node, patch: Patch, names: GuardNames): void {
  guardBelow(node, patch, names, false);
}

// Returns whether something in `node` may take long: a loop, an await, at top level a call.
function guardBelow(node: Node, patch: Patch, names: GuardNames, inFunction: boolean): boolean {
  const isFunction = /Function/.test(node.type);
  let slow = false;
  for (const child of childrenOf(node)) {
    if (!isType(child)) slow = guardBelow(child, patch, names, inFunction || isFunction) || slow;
  }
  if (isLoop(node)) {
    const counted = node.type === "ForStatement" && node.test !== null && node.update !== null;
    if (slow || !counted) guard(node.body, patch, names);
    return true;
  }
  // What a nested function does, it does when it is called.
  return !isFunction && (slow || takesLong(node, inFunction));
}

function guard(body: Node, patch: Patch, { counter, tick }: GuardNames): void {
  const check = `if(--${counter}<0)${counter}=${tick}();`;
  if (body.type === "BlockStatement") return patch.insert(body.start + 1, check);
  patch.insert(body.start, `{${check}`);
  patch.insert(body.end, "}");
}

function takesLong(node: Node, inFunction: boolean): boolean {
  if (node.type === "AwaitExpression" || node.type === "YieldExpression") return true;
  return !inFunction && (node.type === "CallExpression" || node.type === "NewExpression");
}

function isLoop(node: Node): node is Loop {
  return /^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type);
}

/**
 * The counter's refill: asks `check` (which throws to stop), and aims at one question every few milliseconds.
 * Small at most, so that slow iterations after fast ones still come round.
 */
export function createTick(check: () => void, now: () => number): () => number {
  const MOST = 256;
  const SOON_MS = 4;
  let budget = 1;
  let last = now();
  return () => {
    check();
    const time = now();
    budget = time - last < SOON_MS ? Math.min(budget * 2, MOST) : 1;
    last = time;
    return budget;
  };
}
