/**
 * What a node costs by its definition: floating-point operations, and bytes that must at least be moved.
 * An elementwise function counts one an element, whatever it is; a product of M×K by K×N counts 2MKN. No device is asked.
 */
import { type Expr, inputsOf, type LoopProgram } from "./codegen/ir.ts";
import { bytesEach, type DType } from "./dtype.ts";
import type { Node } from "./graph.ts";

interface Sized {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Operations a node does to make a result of that shape. Moving elements costs none. */
export function flopsOf(node: Node, shape: readonly number[]): number {
  const size = count(shape);
  switch (node.op) {
    case "map":
    case "random":
      return size;
    case "reduce":
    case "cumsum":
      return count(node.inputs[0].shape);
    case "scatterAdd":
      return count(node.inputs[2].shape);
    case "matmul":
      return 2 * size * node.inputs[0].shape.at(-1)!;
    case "qmatvec":
      return 2 * size * node.inputs[2].shape[0];
    case "attention":
      return attentionFlops(node.inputs[0].shape, node.inputs[2].shape, 1);
    case "attentionGrad":
      return attentionFlops(node.inputs[1].shape, node.inputs[3].shape, 2.5);
    case "custom":
      return customFlops(node.program);
    default:
      return 0;
  }
}

/** Scores and weighted values, as if every query saw every key; backwards recomputes the scores and has four products more. */
function attentionFlops(q: readonly number[], v: readonly number[], times: number): number {
  const [batch, heads, queries, depth] = q;
  const [, , keys, width] = v;
  return 2 * batch * heads * queries * keys * (depth + width) * times;
}

/** One an elementwise function or a step of a reduction, each as often as its axes say: all of them below a reduction, else the parallel ones. */
function customFlops({ axes, stores }: LoopProgram): number {
  const parallel = count(axes.filter(({ role }) => role === "parallel").map(({ size }) => size));
  const reduced = count(axes.map(({ size }) => size));
  const below = new Set<Expr>();
  const visit = (e: Expr, inside: boolean): number => {
    if (below.has(e)) return 0;
    below.add(e);
    const own = e.kind === "reduce" ? reduced : e.kind === "map" ? (inside ? reduced : parallel) : 0;
    return inputsOf(e).reduce((sum, x) => sum + visit(x, inside || e.kind === "reduce"), own);
  };
  return stores.reduce((sum, { value }) => sum + visit(value, false), 0);
}

/** Bytes of a value. */
export function bytesOf({ shape, dtype }: Sized): number {
  return count(shape) * bytesEach[dtype];
}

function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
