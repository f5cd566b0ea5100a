/**
 * Steps of a plan → code that the machine can launch. A program that was written before is not written again: what tells programs
 * apart is their text (programKey), so another graph with the same loops uses the same code.
 */
import { flopsOf } from "../../cost.ts";
import type { AttentionGrad, QMatVec, Report } from "../../graph.ts";
import { programKey } from "../../codegen/ir.ts";
import { ModuleWriter } from "../../codegen/wasm/encode.ts";
import { type Constants, Helpers, type Kit } from "../../codegen/wasm/kit.ts";
import { printCumsum, printScatterAdd } from "../../codegen/wasm/nodes.ts";
import { partsOf } from "../../schedule/size.ts";
import { writeAttention } from "../../codegen/wasm/attention.ts";
import { writeAttentionGrad } from "../../codegen/wasm/attention-grad.ts";
import { i32, v128 } from "../../codegen/wasm/instructions.ts";
import { bufferAt, type Phase, type TemplateLaunch } from "../../codegen/wasm/launch.ts";
import { writeMatmul } from "../../codegen/wasm/matmul.ts";
import { mayPair, printLoops, type Printed, tileStore } from "../../codegen/wasm/print.ts";
import { writeQMatVec } from "../../codegen/wasm/qmatvec.ts";
import { attentionSizes, type NodeStep, type Step } from "../../schedule/plan.ts";
import type { Machine, ModuleId } from "./machine.ts";

export interface Code {
  readonly module: ModuleId;
  readonly phases: readonly Phase[];
  /** Memory that its phases share, after its other words; 0 if it needs none. */
  readonly workspaceBytes: number;
}

export class Compiler {
  readonly #machine: Machine;
  readonly #known = new Map<string, Code>();
  readonly #constants: ConstantTable;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#constants = new ConstantTable(machine);
  }

  /** How many different programs there are. */
  get programs(): number {
    return this.#known.size;
  }

  /** Code of each step (undefined: it has none). `often`: it will run many times, so the best code at once is worth waiting for. */
  compile(steps: readonly Step[], often: boolean): readonly (Code | undefined)[] {
    const keys = steps.map(keyOf);
    const fresh = [...new Map(steps.map((s, i) => [keys[i], s] as const)).entries()].filter(
      ([key]) => key !== undefined && !this.#known.has(key),
    ) as [string, Step][];
    if (fresh.length > 0) this.#write(fresh, often);
    return keys.map((key) => (key === undefined ? undefined : this.#known.get(key)!));
  }

  /** Products run long, and are compiled well even if only once; what is small is not worth the wait. */
  #write(fresh: readonly (readonly [string, Step])[], often: boolean): void {
    const products = fresh.filter(([, step]) => isProduct(step) && workOf(step) >= worthIt);
    const loops = fresh.filter(([, step]) => !isProduct(step) && often && workOf(step) >= worthIt);
    const [paired, single] = [true, false].map((is) => loops.filter(([, step]) => pairs(step) === is));
    this.#writeModule(products, true, true);
    this.#writeModule(paired, true, true);
    this.#writeModule(single, true, false);
    this.#writeModule(
      fresh.filter((entry) => !products.includes(entry) && !loops.includes(entry)),
      false,
      false,
    );
  }

  #writeModule(fresh: readonly (readonly [string, Step])[], optimise: boolean, paired: boolean): void {
    if (fresh.length === 0) return;
    const machine = this.#machine;
    const writer = new ModuleWriter({ shared: machine.shared });
    const helpers = new Helpers(writer);
    const written = fresh.map(([, step], i) =>
      this.#print(writer, helpers, `p${i}`, step, optimise && paired && machine.tier.paired),
    );
    const module = machine.load(writer.bytes(), optimise, paired);
    fresh.forEach(([key], i) => {
      const { phases, scratchBytes, workspaceBytes } = written[i];
      machine.needScratch(scratchBytes);
      this.#known.set(key, { module, phases, workspaceBytes });
    });
  }

  #print(writer: ModuleWriter, helpers: Helpers, name: string, step: Step, paired: boolean): TemplateLaunch {
    const options = { constants: this.#constants, fused: this.#machine.fused, paired };
    if (step.kind === "empty") throw new Error("bug: nothing to print");
    if (step.kind === "node" && step.node.op === "attentionGrad")
      return this.#printAttentionGrad(writer, name, step, step.node, { helpers, ...options });
    if (step.kind === "node" && step.node.op === "qmatvec")
      return printQMatVec(writer, name, step, step.node, { helpers, ...options });
    if (step.kind === "node") return single(name, printNode(writer, helpers, name, step, options));
    const { program, product } = step;
    if (product === undefined) return single(name, printLoops(writer, helpers, name, program, options));
    const store = tileStore(helpers, program, options);
    const { tier } = this.#machine;
    if (product.kind === "matmul")
      return writeMatmul(writer, tier, name, product, workspaceWord(step), store);
    return writeAttention(writer, tier, name, product, workspaceWord(step), { helpers, ...options }, store);
  }

  #printAttentionGrad(
    writer: ModuleWriter,
    name: string,
    step: NodeStep,
    node: AttentionGrad,
    library: Omit<Kit, "f">,
  ): TemplateLaunch {
    const [g, q, k, v, mask] = step.views;
    const spec = { ...attentionSizes(node, node.inputs.slice(1)), g, q, k, v };
    const masked =
      mask === undefined
        ? spec
        : { ...spec, mask: { ...mask, dtype: node.inputs[4].dtype === "bool" ? "bool" : "f32" } as const };
    const output = step.inputs.length;
    return writeAttentionGrad(writer, this.#machine.tier, name, masked, output, workspaceWord(step), library);
  }
}

/** Operations from which on the best code is worth some milliseconds. */
const worthIt = 2 ** 19;

/** Written for the machine's tier. */
function isProduct(step: Step): boolean {
  return step.kind === "loop"
    ? step.product !== undefined
    : step.kind === "node" && (step.node.op === "attentionGrad" || step.node.op === "qmatvec");
}

function pairs(step: Step): boolean {
  return step.kind === "loop" && mayPair(step.program);
}

function workOf(step: Step): number {
  if (step.kind === "empty") return 0;
  if (step.kind === "node") return flopsOf(step.node, step.outputs[0].shape);
  const size = step.program.axes.reduce((n, a) => n * a.size, 1);
  const flops = step.members.reduce((n, v) => n + (v.node === undefined ? 0 : flopsOf(v.node, v.shape)), 0);
  return Math.max(size, flops);
}

/** Weights, scales and x are buffers 0, 1 and 2, each contiguous. */
function printQMatVec(
  writer: ModuleWriter,
  name: string,
  step: NodeStep,
  { format, inputs: [, , x] }: QMatVec,
  library: Omit<Kit, "f">,
): TemplateLaunch {
  const at = (buffer: number): { buffer: number; offset: number } => ({ buffer, offset: 0 });
  const [rows, columns] = [step.outputs[0].shape[0], x.shape[0]];
  const spec = { format, rows, columns, quants: at(0), scales: at(1), x: at(2) };
  return writeQMatVec(writer, name, spec, workspaceWord(step), library, (f, { params, column }, y, lanes) => {
    const p = f.let(i32.add(bufferAt(params, step.inputs.length), i32.shl(column, 2)));
    if (lanes === 4) f.do(v128.store(p, y));
    else for (let i = 0; i < rows % 4; i++) f.do(v128.store32Lane(p, y, i, 4 * i));
  });
}

/** The word of a step's workspace: after its buffers, scalars and reports. */
export function workspaceWord(step: Step): number {
  const scalars = step.kind === "loop" ? step.scalars.length : 0;
  return step.inputs.length + step.outputs.length + scalars + 2 * reportsOf(step).length;
}

function single(fn: string, { items, grain, scratchBytes }: Printed): TemplateLaunch {
  return { phases: [{ fn, items, grain }], scratchBytes, workspaceBytes: 0 };
}

function printNode(
  writer: ModuleWriter,
  helpers: Helpers,
  name: string,
  { node, outputs: [value] }: NodeStep,
  options: { readonly constants: Constants; readonly fused: boolean },
): Printed {
  if (node.op === "cumsum") return printCumsum(writer, name, value.dtype, partsOf(value.shape, node.axis));
  if (node.op !== "scatterAdd") throw new Error(`bug: no program for ${node.op}`);
  const rows = node.inputs[1].shape.reduce((a, b) => a * b, 1);
  return printScatterAdd(
    writer,
    name,
    { helpers, ...options },
    value.dtype,
    partsOf(value.shape, node.axis),
    rows,
  );
}

/** What tells programs apart; undefined for what the host does. */
function keyOf(step: Step): string | undefined {
  if (step.kind === "loop") return `${programKey(step.program)}${JSON.stringify(step.product)}`;
  if (step.kind === "empty") return undefined;
  const { node, inputs, outputs } = step;
  if (node.op === "argsort") return undefined;
  const { inputs: _, ...rest } = node;
  return JSON.stringify([
    rest,
    step.views,
    inputs.map((x) => [x.shape, x.dtype]),
    outputs[0].shape,
    outputs[0].dtype,
  ]);
}

/** Reports of a step: what to say when an index is outside. */
export function reportsOf(step: Step): readonly Report[] {
  if (step.kind === "loop") return step.program.reports;
  return step.kind === "node" && step.node.op === "scatterAdd" ? [step.node.report] : [];
}

const chunkWords = 256;

/** Words of memory that programs read as constants. */
class ConstantTable implements Constants {
  readonly #machine: Machine;
  readonly #places = new Map<number, number>();
  readonly #tables = new Map<string, number>();
  #chunk = 0;
  #used = chunkWords;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  table(name: string, words: () => Int32Array): number {
    let place = this.#tables.get(name);
    if (place === undefined) {
      const all = words();
      place = this.#machine.allocate(4 * all.length);
      new Int32Array(this.#machine.memory.buffer, place, all.length).set(all);
      this.#tables.set(name, place);
    }
    return place;
  }

  at(bits: number): number {
    let place = this.#places.get(bits);
    if (place === undefined) {
      if (this.#used === chunkWords) {
        this.#chunk = this.#machine.allocate(4 * chunkWords);
        this.#used = 0;
      }
      place = this.#chunk + 4 * this.#used++;
      new Int32Array(this.#machine.memory.buffer, place, 1)[0] = bits;
      this.#places.set(bits, place);
    }
    return place;
  }
}
