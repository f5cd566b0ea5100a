/**
 * Loop guards, for hosts that cannot interrupt a thread from outside (the page).
 * Every loop looks at a counter and now and then asks the host whether to stop, except innermost counted loops
 * (`for (init; test; update)` with no loop, call or await inside): they are the arithmetic, and guarding them costs 2.6×.
 * Guarding the others costs 7 % of a matrix product.
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

/** Adds the guards below `node`. Returns whether something in it may take long: a loop, a call, an await. */
export function guardLoops(node: Node, patch: Patch, names: GuardNames): boolean {
  let slow = false;
  for (const child of childrenOf(node)) {
    if (!isType(child)) slow = guardLoops(child, patch, names) || slow;
  }
  if (isLoop(node)) {
    const counted = node.type === "ForStatement" && node.test !== null && node.update !== null;
    if (slow || !counted) guard(node.body, patch, names);
    return true;
  }
  // What a nested function does, it does when it is called.
  if (/Function/.test(node.type)) return false;
  return slow || takesLong(node);
}

function guard(body: Node, patch: Patch, { counter, tick }: GuardNames): void {
  const check = `if(--${counter}<0)${counter}=${tick}();`;
  if (body.type === "BlockStatement") return patch.insert(body.start + 1, check);
  patch.insert(body.start, `{${check}`);
  patch.insert(body.end, "}");
}

function takesLong(node: Node): boolean {
  switch (node.type) {
    case "AwaitExpression":
    case "YieldExpression":
    case "NewExpression":
    case "TaggedTemplateExpression":
    case "ImportExpression":
      return true;
    case "CallExpression":
      return !isArithmetic(node.callee);
    default:
      return false;
  }
}

// `Math.sqrt(x)` is one instruction, not a call.
function isArithmetic(callee: Node): boolean {
  return (
    callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "Math"
  );
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
    budget = time - last < SOON_MS ? Math.min(budget * 2, MOST) : Math.max(budget >> 1, 1);
    last = time;
    return budget;
  };
}
