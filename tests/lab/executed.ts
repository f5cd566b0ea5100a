/**
 * What a notebook's cells should show, told by a run of Jupyter's own nbclient: executed .ipynb → per cell its outputs.
 * Pure, but for reading the file. Knows nbformat 4 and which of several forms JupyterLab shows.
 */
import { readFileSync } from "node:fs";

interface NotebookCell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly execution_count?: number | null;
  readonly metadata: { readonly tags?: readonly string[] };
  readonly source: string | readonly string[];
  readonly outputs?: readonly NotebookOutput[];
}

type Text = string | readonly string[];

type NotebookOutput =
  | { readonly output_type: "stream"; readonly name: "stdout" | "stderr"; readonly text: Text }
  | {
      readonly output_type: "error";
      readonly ename: string;
      readonly evalue: string;
      readonly traceback: readonly string[];
    }
  | {
      readonly output_type: "execute_result" | "display_data";
      readonly data: Readonly<Record<string, unknown>>;
    };

/** One output: the MIME types it may be shown as, and its text where it is shown as plain text. */
export interface ExpectedOutput {
  readonly mimeTypes: readonly string[];
  readonly text: string;
}

export interface ExecutedCell {
  /** It reads a clock: figures in its outputs differ from run to run. */
  readonly isTimed: boolean;
  readonly executionCount: number | null;
  readonly mayFail: boolean;
  readonly hasFailed: boolean;
  readonly outputs: readonly ExpectedOutput[];
}

/** The code cells of an executed notebook that are not empty, in order. */
export function executedCells(file: string): readonly ExecutedCell[] {
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: readonly NotebookCell[] };
  const code = cells.filter(({ cell_type, source }) => cell_type === "code" && joined(source).trim() !== "");
  return code.map(({ execution_count, metadata, source, outputs = [] }) => ({
    isTimed: /\bperformance\.now\b|\bDate\.now\b|\bhrtime\b/.test(joined(source)),
    executionCount: execution_count ?? null,
    mayFail: metadata.tags?.includes("raises-exception") ?? false,
    hasFailed: outputs.some(({ output_type }) => output_type === "error"),
    outputs: coalesced(outputs).map(expected),
  }));
}

/** nbclient keeps one output per message; a front end shows neighbours of one stream as one text. */
function coalesced(outputs: readonly NotebookOutput[]): readonly NotebookOutput[] {
  const merged: NotebookOutput[] = [];
  for (const output of outputs) {
    const last = merged.at(-1);
    const continues =
      last?.output_type === "stream" && output.output_type === "stream" && last.name === output.name;
    if (continues) merged[merged.length - 1] = { ...output, text: joined(last.text) + joined(output.text) };
    else merged.push(output);
  }
  return merged;
}

function expected(output: NotebookOutput): ExpectedOutput {
  if (output.output_type === "stream") {
    return { mimeTypes: [`application/vnd.jupyter.${output.name}`], text: joined(output.text).trim() };
  }
  if (output.output_type === "error") {
    return { mimeTypes: ["application/vnd.jupyter.stderr"], text: output.traceback.join("\n").trim() };
  }
  const types = Object.keys(output.data);
  const rich = types.filter((type) => type !== "text/plain");
  const plain = output.data["text/plain"] as Text | undefined;
  return { mimeTypes: rich.length > 0 ? rich : types, text: joined(plain ?? "").trim() };
}

function joined(text: Text): string {
  return typeof text === "string" ? text : text.join("");
}
