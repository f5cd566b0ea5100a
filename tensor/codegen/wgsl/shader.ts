/**
 * A compute shader being written: its buffers, the library functions that it uses, its lines. What every program has in common:
 * bindings 0 … n − 1 of group 0 are its buffers, then (if it has any) the reports, then (if it has any) the scalars.
 */
import type { DType } from "../../dtype.ts";
import { bufferType, type Use } from "./element.ts";
import { libraryText } from "./math.ts";

/** What a device needs to run a program. */
export interface Shader {
  readonly code: string;
  /** For each binding, what it is. */
  readonly bindings: readonly BindingKind[];
  readonly workgroups: Workgroups;
}

export type BindingKind = "read" | "write" | "reports" | "scalars";

/** How many workgroups along each dimension; none holds more than 65 535. */
export type Workgroups = readonly [number, number, number];

/** A buffer of a program. */
export interface ShaderBuffer {
  readonly dtype: DType;
  readonly isWritten: boolean;
}

export interface ShaderParts {
  readonly buffers: readonly ShaderBuffer[];
  readonly hasReports: boolean;
  /** Words given at each launch. */
  readonly scalars: number;
}

export class ShaderWriter {
  readonly #parts: ShaderParts;
  readonly #used = new Set<string>();
  readonly #lines: string[] = [];
  readonly #global: string[] = [];
  #names = 0;

  constructor(parts: ShaderParts) {
    this.#parts = parts;
  }

  /** Says that a library function is used, and names it. */
  readonly use: Use = (name) => {
    this.#used.add(name);
    return name;
  };

  line(text: string): void {
    this.#lines.push(text);
  }

  /** Something outside the function: memory that a workgroup shares. */
  declare(text: string): void {
    this.#global.push(text);
  }

  name(prefix = "v"): string {
    return `${prefix}${this.#names++}`;
  }

  /** Keeps a value under a name of its own. */
  let(value: string): string {
    const name = this.name();
    this.line(`let ${name} = ${value};`);
    return name;
  }

  /** A variable that changes. */
  variable(value: string): string {
    const name = this.name();
    this.line(`var ${name} = ${value};`);
    return name;
  }

  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    body();
    this.line("}");
  }

  /** The whole text. `size`: invocations of a workgroup along x and y. */
  finish(workgroups: Workgroups, size: readonly [number, number] = [invocations, 1]): Shader {
    const { buffers, hasReports, scalars } = this.#parts;
    const bindings: BindingKind[] = buffers.map((b) => (b.isWritten ? "write" : "read"));
    const declared = buffers.map(
      ({ dtype, isWritten }, i) =>
        `@group(0) @binding(${i}) var<storage, ${isWritten ? "read_write" : "read"}> b${i}: ${bufferType(dtype, isWritten)};`,
    );
    if (hasReports) {
      const at = bindings.push("reports") - 1;
      declared.push(`@group(0) @binding(${at}) var<storage, read_write> reports: array<atomic<u32>>;`);
    }
    if (scalars > 0) {
      const at = bindings.push("scalars") - 1;
      const quads = Math.ceil(scalars / 4);
      declared.push(`@group(0) @binding(${at}) var<uniform> scalars: array<vec4<u32>, ${quads}>;`);
    }
    const code = [
      ...declared,
      ...this.#global,
      libraryText(this.#used),
      `@compute @workgroup_size(${size[0]}, ${size[1]})`,
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {",
      ...this.#lines,
      "}",
    ].join("\n");
    return { code, bindings, workgroups };
  }
}

/** Invocations of a workgroup, where a program does not say otherwise. */
export const invocations = 64;
const most = 65_535;

/** Workgroups for so many of them, as a rectangle where they are many. */
export function workgroupsFor(groups: number): Workgroups {
  const rows = Math.max(1, Math.ceil(groups / most));
  return [Math.ceil(groups / rows), rows, 1];
}

/** The number of this invocation among all, and nothing more to do for those beyond the last. */
export function itemOf(w: ShaderWriter, items: number, [x]: Workgroups): string {
  const item = w.let(`i32((group.y * ${x}u + group.x) * ${invocations}u + local.x)`);
  w.line(`if (${item} >= ${items}) { return; }`);
  return item;
}

/** Word i of the scalars. */
export function scalarWord(i: number): string {
  return `scalars[${i >> 2}][${i & 3}]`;
}
