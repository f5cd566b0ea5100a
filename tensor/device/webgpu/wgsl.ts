/** A reader's own shader: its bindings declared on one line before it, and the compiler's errors told by its own lines. */
import type { DType } from "../../dtype.ts";
import type { Wgsl } from "../../graph.ts";
import type { Shader } from "../../codegen/wgsl/shader.ts";

/** Lines before the reader's own. */
const linesBefore = 1;

export function printWgsl({ inputs, names, source, workgroups }: Wgsl, dtype: DType): Shader {
  const declared = inputs.map(
    (x, i) => `@group(0) @binding(${i}) var<storage, read> ${names[i]}: array<${x.dtype}>;`,
  );
  declared.push(`@group(0) @binding(${inputs.length}) var<storage, read_write> result: array<${dtype}>;`);
  const bindings = [...inputs.map(() => "read" as const), "write" as const];
  return { code: `${declared.join(" ")}\n${source}`, bindings, workgroups, pack: undefined };
}

/** Rejects with what the compiler says about the reader's source: where, what, and the line with a mark under the place. */
export async function complainOf(
  { name, source }: Wgsl,
  module: GPUShaderModule,
  told: Promise<GPUError | null>,
): Promise<void> {
  const { messages } = await module.getCompilationInfo();
  const error = await told;
  const found = messages.find(({ type }) => type === "error");
  if (found !== undefined) {
    const line = found.lineNum - linesBefore;
    const text = source.split("\n")[line - 1] ?? "";
    const mark = `${" ".repeat(Math.max(0, found.linePos - 1))}^`;
    throw new SyntaxError(
      `${name}: line ${line}, column ${found.linePos}: ${found.message}\n${text}\n${mark}`,
    );
  }
  if (error !== null)
    throw new SyntaxError(`${name}: want a shader that this GPU takes, got "${error.message}"`);
}
