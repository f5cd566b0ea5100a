/**
 * Steps of a plan → pipelines. A program that was compiled before is not compiled again: what tells programs apart is their text, so another
 * graph with the same loops uses the same pipeline. Bind groups are kept too: in a loop that does the same, buffers come back.
 */
import type { Report, Wgsl } from "../../graph.ts";
import { complain } from "./storage.ts";
import { complainOf, printWgsl } from "./wgsl.ts";
import { partsOf } from "../../schedule/size.ts";
import { printArgsort, printCumsum, printMerge, printScatterAdd } from "../../codegen/wgsl/nodes.ts";
import { printLoops } from "../../codegen/wgsl/print.ts";
import type { BindingKind, Pack, Shader, Workgroups } from "../../codegen/wgsl/shader.ts";
import type { Choice } from "./choice.ts";
import { printMatmul } from "../../codegen/wgsl/matmul.ts";
import { programKey } from "../../codegen/ir.ts";
import type { LoopStep, NodeStep, Step } from "../../schedule/plan.ts";

/** A program that the GPU can run. */
export interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindings: readonly BindingKind[];
  readonly workgroups: Workgroups;
  readonly pack: Pack | undefined;
  /** Whether what is bound ends where the array does: a reader's shader asks for its length. */
  readonly isExact: boolean;
  /** What the compiler refused; undefined once it is known to have taken it. */
  fault: Promise<void> | undefined;
}

const compute = 4; // GPUShaderStage.COMPUTE

export class Compiler {
  readonly #device: GPUDevice;
  readonly #choice: Choice;
  readonly #byStep = new Map<string, Pipeline>();
  readonly #byText = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice, choice: Choice) {
    this.#device = device;
    this.#choice = choice;
  }

  /** How many different programs there are. */
  get programs(): number {
    return this.#byText.size;
  }

  /** The program of a step; undefined: it has nothing to do. */
  compile(step: Step): Pipeline | undefined {
    if (step.kind === "empty") return undefined;
    const key = keyOf(step);
    const known = this.#byStep.get(key);
    if (known !== undefined) return known;
    const most = this.#device.limits.maxStorageBuffersPerShaderStage;
    const made =
      step.kind === "node" && step.node.op === "wgsl"
        ? this.#pipelineOf(printWgsl(step.node, step.outputs[0].dtype), step.node)
        : this.#pipelineOf(step.kind === "loop" ? this.#printLoop(step, most) : printNode(step));
    this.#byStep.set(key, made);
    return made;
  }

  #printLoop({ program, product }: LoopStep, most: number): Shader {
    if (product === undefined) return printLoops(program, most, this.#choice.shares);
    if (product.kind === "matmul") return printMatmul(program, product, this.#choice.tile, most);
    throw new Error("bug: an attention that was not lowered");
  }

  /** `own`: the reader's node, whose source it is. */
  #pipelineOf({ code, bindings, workgroups, pack }: Shader, own?: Wgsl): Pipeline {
    const key = `${workgroups.join()} ${pack?.offsets.join() ?? ""}\n${code}`;
    const known = this.#byText.get(key);
    if (known !== undefined) return known;
    const layout = this.#layoutOf(bindings);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ code });
    const pipeline = this.#device.createComputePipeline({
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const told = this.#device.popErrorScope();
    const fault = own === undefined ? complain([told]) : complainOf(own, module, told);
    const isExact = own !== undefined;
    const made: Pipeline = {
      id: this.#byText.size,
      pipeline,
      layout,
      bindings,
      workgroups,
      pack,
      isExact,
      fault,
    };
    void fault.then(
      () => void (made.fault = undefined),
      () => undefined, // said when a result is read
    );
    this.#byText.set(key, made);
    return made;
  }

  #layoutOf(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const entries = bindings.map((kind, binding) => ({
      binding,
      visibility: compute,
      buffer: bufferLayout(kind),
    }));
    const layout = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(key, layout);
    return layout;
  }
}

function bufferLayout(kind: BindingKind): GPUBufferBindingLayout {
  if (kind === "scalars") return { type: "uniform", hasDynamicOffset: true };
  return { type: kind === "read" ? "read-only-storage" : "storage" };
}

function printNode({ node, outputs: [value] }: NodeStep): Shader {
  if (node.op === "cumsum") return printCumsum(value.dtype, partsOf(value.shape, node.axis));
  if (node.op === "argsort") {
    const [{ dtype }] = node.inputs;
    const parts = partsOf(value.shape, node.axis);
    return node.inputs.length === 1
      ? printArgsort(dtype, parts, node.descending, node.block)
      : printMerge(dtype, parts, node.descending, node.block!);
  }
  if (node.op !== "scatterAdd") throw new Error(`bug: no program for ${node.op}`);
  const rows = node.inputs[1].shape.reduce((a, b) => a * b, 1);
  return printScatterAdd(value.dtype, partsOf(value.shape, node.axis), rows);
}

/** What tells programs apart. */
function keyOf(step: Exclude<Step, { kind: "empty" }>): string {
  if (step.kind === "loop") return `${programKey(step.program)}${JSON.stringify(step.product)}`;
  const { node, inputs, outputs } = step;
  const { inputs: _, ...rest } = node;
  return JSON.stringify([rest, inputs.map((x) => [x.shape, x.dtype]), outputs[0].shape, outputs[0].dtype]);
}

/** Reports of a step: what to say when an index is outside. */
export function reportsOf(step: Step): readonly Report[] {
  if (step.kind === "loop") return step.program.reports;
  return step.kind === "node" && step.node.op === "scatterAdd" ? [step.node.report] : [];
}
