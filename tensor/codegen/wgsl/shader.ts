/**
 * A compute shader being written: its buffers, the library functions that it uses, its lines. What every program has in common:
 * bindings 0 … n − 1 of group 0 are its buffers, then (if it has any) the reports, then (if it has any) the scalars.
 */
import type { DType } from "../../dtype.ts";
import { bufferType, loaded, loadedFromWords, perWord, type Use } from "./element.ts";
import { libraryText } from "./math.ts";

/** What a device needs to run a program. */
export interface Shader {
  readonly code: string;
  /** For each binding, what it is. */
  readonly bindings: readonly BindingKind[];
  readonly workgroups: Workgroups;
  readonly pack: Pack | undefined;
}

/**
 * Inputs that share one buffer, since a program may bind few: those from number `from` up to number `to`, copied one after another before
 * the program runs. Bound in the place of the first of them.
 */
export interface Pack {
  readonly from: number;
  readonly to: number;
  /** Word at which each begins. */
  readonly offsets: readonly number[];
  readonly words: number;
}

export type BindingKind = "read" | "write" | "reports" | "scalars";

/** How many workgroups along each dimension; none holds more than 65 535. */
export type Workgroups = readonly [number, number, number];

/** A buffer of a program. */
export interface ShaderBuffer {
  readonly dtype: DType;
  readonly isWritten: boolean;
  /** Elements. */
  readonly size: number;
}

export interface ShaderParts {
  readonly buffers: readonly ShaderBuffer[];
  readonly hasReports: boolean;
  /** Words given at each launch. */
  readonly scalars: number;
  /** Buffers that a program may bind. */
  readonly most?: number;
}

export class ShaderWriter {
  readonly #parts: ShaderParts;
  readonly #used = new Set<string>();
  #lines: string[] = [];
  readonly #global: string[] = [];
  readonly #pack: Pack | undefined;
  #names = 0;

  constructor(parts: ShaderParts) {
    this.#parts = parts;
    this.#pack = packOf(parts);
  }

  /** Says that a library function is used, and names it. */
  readonly use: Use = (name) => {
    this.#used.add(name);
    return name;
  };

  /** The element at `index` of a buffer that is read. */
  load(buffer: number, index: string): string {
    const { dtype } = this.#parts.buffers[buffer];
    const pack = this.#pack;
    if (pack === undefined || buffer < pack.from || buffer >= pack.to)
      return loaded(this.use, dtype, `b${buffer}`, index);
    return loadedFromWords(this.use, dtype, "pack", pack.offsets[buffer - pack.from], index);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** Something outside the function: memory that a workgroup shares. */
  declare(text: string): void {
    this.#global.push(text);
  }

  /** A function beside the main one; what `body` writes is in it. */
  function(head: string, body: () => void): void {
    const main = this.#lines;
    this.#lines = [];
    body();
    this.#global.push([`${head} {`, ...this.#lines, "}"].join("\n"));
    this.#lines = main;
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
    const bindings: BindingKind[] = [];
    const declared: string[] = [];
    for (const [i, { dtype, isWritten }] of buffers.entries()) {
      const isPacked = this.#pack !== undefined && i >= this.#pack.from && i < this.#pack.to;
      if (isPacked && i > this.#pack.from) continue;
      const at = bindings.push(isWritten ? "write" : "read") - 1;
      const [name, type] = isPacked ? ["pack", "array<u32>"] : [`b${i}`, bufferType(dtype, isWritten)];
      declared.push(
        `@group(0) @binding(${at}) var<storage, ${isWritten ? "read_write" : "read"}> ${name}: ${type};`,
      );
    }
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
      libraryText(this.#used),
      ...this.#global,
      `@compute @workgroup_size(${size[0]}, ${size[1]})`,
      "fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {",
      ...this.#lines,
      "}",
    ].join("\n");
    return { code, bindings, workgroups, pack: this.#pack };
  }
}

/** The last inputs in one buffer, as many of them as it takes. Throws RangeError where results alone are too many. */
function packOf({ buffers, hasReports, most = Infinity }: ShaderParts): Pack | undefined {
  const results = buffers.filter((b) => b.isWritten).length;
  const room = most - results - (hasReports ? 1 : 0);
  const to = buffers.length - results;
  if (to <= room) return undefined;
  if (room < 1)
    throw new RangeError(
      `webgpu: want at most ${most - 1} arrays made by one program, got ${results}; try await x.realize() on some of them`,
    );
  const offsets: number[] = [];
  let words = 0;
  for (const { dtype, size } of buffers.slice(room - 1, to)) {
    offsets.push(words);
    words += Math.max(1, Math.ceil(size / perWord[dtype]));
  }
  return { from: room - 1, to, offsets, words };
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
