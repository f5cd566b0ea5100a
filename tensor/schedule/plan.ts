/**
 * Cuts a graph into programs, in the order in which they run. Graph in, steps out: no device, no memory, no clock.
 * Goes from the results backwards: each value that must be in memory ends a group (group.ts); what the group reads must be there too.
 */
import type { Attention, AttentionGrad, Custom, Node, Value } from "../graph.ts";
import { axisIndex, type Index, linear } from "../codegen/index-math.ts";
import type { LoopProgram } from "../codegen/ir.ts";
import { type Group, groupOf, light, type Surroundings } from "./group.ts";
import { stridedOf, through } from "./layout.ts";
import { type Abilities, lowered } from "./lower.ts";
import { withFewAxes } from "./merge.ts";
import { isView, pendingValues } from "./order.ts";
import { count } from "./size.ts";

/** A matrix in a buffer, by strides in elements; batch: one stride per batch axis, 0 where it repeats. */
export interface View {
  readonly buffer: number;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly row: number;
  readonly column: number;
}

/** As View, of an attention's operand [batch, head, row, column]. */
export interface View4 {
  readonly buffer: number;
  readonly offset: number;
  readonly strides: readonly [number, number, number, number];
}

/** A product of matrices, or an attention: what makes the tiles that a loop program ends. */
export type ProductSpec = MatmulSpec | AttentionSpec;

export interface AttentionSpec extends AttentionSizes {
  readonly kind: "attention";
  readonly q: View4;
  readonly k: View4;
  readonly v: View4;
  readonly mask?: View4 & { readonly dtype: "f32" | "bool" };
}

export interface AttentionSizes {
  readonly batch: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly window: number;
}

export interface MatmulSpec {
  readonly kind: "matmul";
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: View;
  readonly b: View;
}

/** A program of loops, or a product whose end is one. Buffers: inputs, then outputs. */
export interface LoopStep {
  readonly kind: "loop";
  readonly program: LoopProgram;
  readonly product: ProductSpec | undefined;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Where the numbers come from that are given at each launch. */
  readonly scalars: readonly Value[];
  /** What it computes. */
  readonly members: readonly Value[];
}

export type NodeOp = "scatterAdd" | "cumsum" | "argsort" | "attentionGrad" | "qmatvec" | "wgsl";

/** A node that has a program of its own. Its inputs are whole, in row-major order; an attention's are where its views say. */
export interface NodeStep {
  readonly kind: "node";
  readonly node: Extract<Node, { op: NodeOp }>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly [Value];
  readonly views: readonly View4[];
}

/** A value without elements: there is nothing to do. */
export interface EmptyStep {
  readonly kind: "empty";
  readonly inputs: readonly [];
  readonly outputs: readonly [Value];
}

export type Step = LoopStep | NodeStep | EmptyStep;

const alone: ReadonlySet<string> = new Set<NodeOp | "custom">([
  "scatterAdd",
  "cumsum",
  "argsort",
  "attentionGrad",
  "qmatvec",
  "wgsl",
  "custom",
]);

export interface Plan {
  readonly steps: readonly Step[];
  /** The value in whose memory each root lies: its own, or what it is a reshape of. */
  readonly places: readonly Value[];
}

/** The steps that put `roots` into memory. `isLeaf`: what is there already. */
export function planned(roots: readonly Value[], isLeaf: (value: Value) => boolean, can: Abilities): Plan {
  return new Planner(isLeaf, can).plan(roots);
}

class Planner {
  readonly #isLeaf: (value: Value) => boolean;
  readonly #can: Abilities;
  readonly #aliases = new Map<Value, Value>();
  readonly #consumers = new Map<Value, Set<Value>>();
  readonly #weights = new Map<Value, number>();
  readonly #needed = new Set<Value>();
  readonly #producer = new Map<Value, Step>();

  constructor(isLeaf: (value: Value) => boolean, can: Abilities) {
    this.#isLeaf = isLeaf;
    this.#can = can;
  }

  plan(roots: readonly Value[]): Plan {
    const order = pendingValues(
      roots.filter((r) => !this.#isLeaf(r)),
      (v) => this.#inputsOf(v).filter((x) => !this.#isLeaf(x)),
    );
    for (const value of order) this.#weigh(value);
    const places = roots.map((root) => this.#need(root, root));
    for (const value of order.toReversed())
      if (this.#needed.has(value) && !this.#producer.has(value)) this.#produce(value);
    return { steps: inOrder(new Set(this.#producer.values()), this.#producer), places };
  }

  /** What a value is computed from: its node's inputs, or what its node was lowered to. */
  #inputsOf(value: Value): readonly Value[] {
    if (this.#isLeaf(value)) return [];
    let alias = this.#aliases.get(value);
    if (alias === undefined) {
      alias = lowered(value, this.#can);
      if (alias !== undefined) this.#aliases.set(value, alias);
    }
    return alias === undefined ? value.node!.inputs : [alias];
  }

  #weigh(value: Value): void {
    const node = value.node!;
    const looksThrough = this.#aliases.has(value) || isView(node);
    const inputs = this.#inputsOf(value);
    let weight = looksThrough ? 0 : ownWeight(node);
    for (const x of inputs) {
      weight = Math.min(weight + (this.#weights.get(x) ?? 0), Infinity);
      if (!looksThrough) this.#consumed(this.#base(x), value);
    }
    this.#weights.set(value, weight);
  }

  #consumed(value: Value, by: Value): void {
    let consumers = this.#consumers.get(value);
    if (consumers === undefined) this.#consumers.set(value, (consumers = new Set()));
    consumers.add(by);
  }

  /** The value whose elements a view shows. */
  #base(value: Value): Value {
    let base = value;
    while (!this.#isLeaf(base)) {
      const alias = this.#aliases.get(base);
      if (alias !== undefined) base = alias;
      else if (isView(base.node!)) [base] = base.node!.inputs;
      else break;
    }
    return base;
  }

  /** Notes that the value must be in memory, in row-major order. Returns the one that will be. */
  #need(value: Value, by: Value): Value {
    let base = value;
    for (;;) {
      if (this.#isLeaf(base)) return base;
      const alias = this.#aliases.get(base);
      if (alias !== undefined) base = alias;
      else if (base.node?.op === "reshape") [base] = base.node.inputs;
      else break;
    }
    if (base.node !== undefined && isView(base.node)) this.#consumed(this.#base(base), by);
    this.#needed.add(base);
    return base;
  }

  #produce(value: Value): void {
    const { node } = value;
    const step: Step =
      count(value.shape) === 0
        ? { kind: "empty", inputs: [], outputs: [value] }
        : node!.op === "custom"
          ? this.#customStep(value, node)
          : alone.has(node!.op)
            ? this.#nodeStep(value, node as NodeStep["node"])
            : this.#loopStep(value);
    for (const output of step.outputs) this.#producer.set(output, step);
  }

  #nodeStep(value: Value, node: NodeStep["node"]): NodeStep {
    if (node.op !== "attentionGrad")
      return {
        kind: "node",
        node,
        inputs: node.inputs.map((x) => this.#need(x, value)),
        outputs: [value],
        views: [],
      };
    const inputs: Value[] = [];
    const views = node.inputs.map((x, i) => this.#view4(x, value, inputs, i < 4));
    return { kind: "node", node, inputs, outputs: [value], views };
  }

  /** The reader's program as it is. */
  #customStep(value: Value, { program, inputs }: Custom): LoopStep {
    const read = inputs.map((x) => this.#need(x, value));
    const shared = { kind: "loop", product: undefined, scalars: [], inputs: read } as const;
    return { ...shared, outputs: [value], members: [value], program: withFewAxes(program) };
  }

  #loopStep(sink: Value): LoopStep {
    const outside = new Set<Value>();
    for (;;) {
      const group = groupOf(sink, this.#around, outside);
      const kept = this.#keptOf(group, sink);
      const wrong = this.#circular(group, sink, kept);
      if (wrong.length === 0) return this.#stepOf(group, sink, kept);
      for (const value of wrong) outside.add(value);
    }
  }

  readonly #around: Surroundings = {
    alias: (value) => this.#aliases.get(value),
    inMemory: (value) =>
      this.#isLeaf(value) ||
      this.#producer.has(value) ||
      (alone.has(value.node!.op) && !this.#aliases.has(value)),
    weight: (value) => this.#weights.get(value) ?? 0,
    uses: (value) => this.#consumers.get(value)?.size ?? 0,
  };

  /** Members that others need too: they are stored on the way, unless computing them again is as good. */
  #keptOf({ members }: Group, sink: Value): readonly Value[] {
    const kept: Value[] = [];
    for (const [value, { place }] of members) {
      if (value === sink || place === "elsewhere" || value.node!.op === "iota") continue;
      const outside = [...(this.#consumers.get(value) ?? [])].some((c) => c !== sink && !members.has(c));
      if (this.#needed.has(value) || (outside && this.#weights.get(value)! > light)) kept.push(value);
    }
    return kept;
  }

  /** What the group must not make itself, because something that it reads depends on it. */
  #circular(group: Group, sink: Value, kept: readonly Value[]): readonly Value[] {
    const reads = group.inputs.filter((x) => !this.#isLeaf(x));
    if (kept.length === 0 && !reads.some((x) => this.#producer.has(x))) return [];
    const before = this.#ancestors([
      ...reads,
      ...(group.product === undefined ? [] : this.#inputsOf(group.product)),
    ]);
    const wrong = kept.filter((x) => before.has(x));
    if (wrong.length > 0) return wrong;
    return before.has(sink) ? kept : [];
  }

  /** Everything the values depend on, through the programs chosen so far. */
  #ancestors(values: readonly Value[]): ReadonlySet<Value> {
    const seen = new Set<Value>();
    const stack = values.filter((x) => !this.#isLeaf(x));
    while (stack.length > 0) {
      const value = stack.pop()!;
      if (seen.has(value)) continue;
      seen.add(value);
      const made = this.#producer.get(value);
      for (const x of made?.inputs ?? this.#inputsOf(value))
        if (!this.#isLeaf(x) && !seen.has(x)) stack.push(x);
    }
    return seen;
  }

  #stepOf(group: Group, sink: Value, kept: readonly Value[]): LoopStep {
    const inputs = [...group.inputs];
    const product = group.product === undefined ? undefined : this.#productOf(group.product, inputs);
    for (const x of inputs) if (!this.#isLeaf(x)) this.#needed.add(x);
    const outputs = [sink, ...kept];
    const places = [group.coords, ...kept.map((x) => group.members.get(x)!.coords)];
    const values = [group.result, ...kept.map((x) => group.members.get(x)!.expr)];
    const program: LoopProgram = {
      axes: group.axes,
      buffers: [...inputs, ...outputs].map((x) => ({ dtype: x.dtype, size: count(x.shape) })),
      scalars: group.scalars.map((s) => s.dtype),
      reports: group.reports,
      stores: outputs.map((x, i) => ({
        buffer: inputs.length + i,
        index: linear(places[i], x.shape),
        value: values[i],
      })),
    };
    const shared = {
      kind: "loop",
      product,
      inputs,
      outputs,
      scalars: group.scalars,
      members: [...group.members.keys()],
    } as const;
    return { ...shared, program: product === undefined ? withFewAxes(program) : program };
  }

  /** The product's operands, as strides where they are views, else as copies. */
  #productOf(value: Value, inputs: Value[]): ProductSpec {
    const node = value.node!;
    if (node.op === "attention") return this.#attentionOf(node, value, inputs);
    const [a, b] = node.inputs;
    const batch = value.shape.slice(0, -2);
    const [m, n, k] = [value.shape.at(-2)!, value.shape.at(-1)!, a.shape.at(-1)!];
    const [left, right] = [a, b].map((x) => this.#operand(x, value, inputs));
    return { kind: "matmul", batch, m, n, k, a: left, b: right };
  }

  #operand(value: Value, product: Value, inputs: Value[]): View {
    const { buffer, offset, strides } = this.#strided(value, product, inputs, () => true);
    const [row, column] = strides.slice(-2);
    return { buffer, offset, batch: strides.slice(0, -2), row, column };
  }

  #attentionOf(node: Attention, value: Value, inputs: Value[]): ProductSpec {
    const [q, k, v] = node.inputs.slice(0, 3).map((x) => this.#view4(x, value, inputs, true));
    const spec = { kind: "attention", ...attentionSizes(node, node.inputs), q, k, v } as const;
    const mask = node.inputs.at(3);
    if (mask === undefined) return spec;
    const dtype = mask.dtype === "bool" ? "bool" : "f32";
    return { ...spec, mask: { ...this.#view4(mask, value, inputs, false), dtype } };
  }

  /** `side`: whether neighbours in a row must lie side by side. */
  #view4(value: Value, reader: Value, inputs: Value[], side: boolean): View4 {
    const fits = (strides: readonly number[]): boolean =>
      strides.every((s) => s >= 0) && (!side || strides[3] === 1);
    const { buffer, offset, strides } = this.#strided(value, reader, inputs, fits);
    return { buffer, offset, strides: strides as unknown as View4["strides"] };
  }

  /** Where a value's elements lie: under its views if plain strides that fit lead there, else in a copy. */
  #strided(
    value: Value,
    reader: Value,
    inputs: Value[],
    fits: (strides: readonly number[]) => boolean,
  ): View4Like {
    const axes = value.shape.map((size, i) => axisIndex(i, size));
    const found = stridedOf(value, axes, (v, coords) => this.#lookThrough(v, coords));
    const own = value.shape.map((_, i) => count(value.shape.slice(i + 1)));
    const place =
      found !== undefined && fits(found.strides)
        ? found
        : { buffer: this.#need(value, reader), offset: 0, strides: own };
    if (!this.#isLeaf(place.buffer)) this.#needed.add(place.buffer);
    let buffer = inputs.indexOf(place.buffer);
    if (buffer < 0) buffer = inputs.push(place.buffer) - 1;
    return { buffer, offset: place.offset, strides: place.strides };
  }

  #lookThrough(value: Value, coords: readonly Index[]): readonly [Value, readonly Index[]] {
    while (!this.#isLeaf(value) && !this.#producer.has(value)) {
      const alias = this.#aliases.get(value);
      const node = value.node!;
      if (alias !== undefined) value = alias;
      else if (isView(node)) {
        coords = through(node as Parameters<typeof through>[0], value.shape, coords);
        [value] = node.inputs;
      } else break;
    }
    return [value, coords];
  }
}

interface View4Like {
  readonly buffer: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Sizes and rules of an attention with these q, k, v. */
export function attentionSizes(
  { scale, causal, window }: Attention | AttentionGrad,
  [q, k, v]: readonly Value[],
): AttentionSizes {
  const [batch, heads, queries, depth] = q.shape;
  const [, keyHeads, keys] = k.shape;
  return { batch, heads, keyHeads, queries, keys, depth, width: v.shape[3], scale, causal, window };
}

const heavy: Readonly<Record<string, number>> = {
  exp: 12,
  expm1: 20,
  log: 20,
  log1p: 20,
  sqrt: 4,
  sin: 20,
  cos: 20,
  tanh: 15,
  erf: 15,
  pow: 40,
  div: 3,
  mod: 20,
  floorDivide: 10,
};

/** Operations a node needs for one element. */
function ownWeight(node: Node): number {
  switch (node.op) {
    case "full":
    case "iota":
      return 0;
    case "map":
      return heavy[node.fn] ?? 1;
    case "cast":
      return 1;
    case "random":
      return 40;
    case "pad":
    case "concat":
    case "setSlice":
    case "gather":
      return 2;
    default:
      return Infinity;
  }
}

/** Steps after those whose outputs they read. */
function inOrder(steps: ReadonlySet<Step>, producer: ReadonlyMap<Value, Step>): readonly Step[] {
  const order = new Set<Step>();
  const open = new Set<Step>();
  const stack = [...steps];
  while (stack.length > 0) {
    const step = stack.at(-1)!;
    if (order.has(step) || open.has(step)) {
      order.add(step);
      stack.pop();
      continue;
    }
    open.add(step);
    for (const x of step.inputs) {
      const before = producer.get(x);
      if (before === undefined || order.has(before)) continue;
      if (open.has(before)) throw new Error("bug: programs that wait for each other");
      stack.push(before);
    }
  }
  return [...order];
}
