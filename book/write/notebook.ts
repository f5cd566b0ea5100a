/**
 * Chapter → Jupyter notebook (nbformat 4.5), the same bytes every time: for JupyterLab and code hosts.
 * A reader's notebook has no outputs and no hidden tests (those run in `below run` and stay with the teacher);
 * the notebook of a run (run/) has both.
 */
import { type Block, type Cell, type Chapter, folderName, type Prose } from "../chapter.ts";
import { hashOf } from "../store.ts";
import { type ProseContext, proseContext, toMarkdown } from "./markdown.ts";

/** nbformat's own names, so that the object is the file. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: 4;
  readonly nbformat_minor: 5;
}

export interface NotebookCell {
  readonly cell_type: "code" | "markdown";
  readonly execution_count?: number | null;
  readonly id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly Output[];
  readonly source: readonly string[];
}

/** An output of nbformat: stream, display_data, execute_result or error. */
export interface Output {
  readonly output_type: string;
  readonly [field: string]: unknown;
}

/** A widget's model as a notebook keeps it (ipywidgets' schema 2.0). */
export interface WidgetModel {
  readonly model_name: string;
  readonly model_module: string;
  readonly model_module_version: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly {
    readonly path: readonly (string | number)[];
    readonly encoding: "base64";
    readonly data: string;
  }[];
}

/** By the model's id, which a cell's output names. */
export type WidgetModels = Readonly<Record<string, WidgetModel>>;

/** Where a notebook keeps them. */
export const WIDGET_STATE = "application/vnd.jupyter.widget-state+json";

/** What a run adds to a cell, by the cell's id. */
export interface Executed {
  readonly executionCount: number;
  readonly outputs: readonly Output[];
}

/** "01-linear-algebra.ipynb" */
export function notebookName(chapter: Chapter): string {
  return `${folderName(chapter)}.ipynb`;
}

/** The reader's notebook. */
export function readerNotebook(chapter: Chapter): Notebook {
  const blocks = chapter.blocks.filter((block) => block.kind === "prose" || !block.tags.has("hidden"));
  const plain = notebook(chapter, blocks, new Map());
  const below = { ...(plain.metadata["below"] as object), hash: contentHash(plain) };
  return { ...plain, metadata: { ...plain.metadata, below } };
}

/** Of what a reader would lose if the notebook were written again: its cells, not their outputs. */
export function contentHash({ cells }: Notebook): string {
  const content = cells.map((cell) =>
    JSON.stringify([cell.id, cell.cell_type, [cell.source].flat().join("")]),
  );
  return hashOf(...content);
}

/** The whole chapter with what a run gave. */
export function executedNotebook(
  chapter: Chapter,
  executed: ReadonlyMap<string, Executed>,
  models: WidgetModels = {},
): Notebook {
  const plain = notebook(chapter, chapter.blocks, executed);
  if (Object.keys(models).length === 0) return plain;
  const widgets = { [WIDGET_STATE]: { version_major: 2, version_minor: 0, state: models } };
  return { ...plain, metadata: { ...plain.metadata, widgets } };
}

/** As nbformat writes it: one space a level, keys sorted, a newline at the end. */
export function notebookText(value: Notebook): string {
  return `${JSON.stringify(sorted(value), null, 1)}\n`;
}

function notebook(
  chapter: Chapter,
  blocks: readonly Block[],
  executed: ReadonlyMap<string, Executed>,
): Notebook {
  const prose = chapter.blocks.filter((block) => block.kind === "prose");
  const context = proseContext(prose, `../chapters/${folderName(chapter)}`);
  return {
    cells: blocks.map((block) =>
      block.kind === "prose" ? markdownCell(block, context) : codeCell(block, executed.get(block.id)),
    ),
    metadata: {
      below: { chapter: chapter.number, slug: chapter.slug, source: chapter.file },
      kernelspec: { display_name: "TypeScript (below)", language: "typescript", name: "below" },
      language_info: { file_extension: ".ts", mimetype: "text/typescript", name: "typescript" },
      title: chapter.title,
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function markdownCell(prose: Prose, context: ProseContext): NotebookCell {
  const metadata = { below: { line: prose.line, tags: [] } };
  return {
    cell_type: "markdown",
    id: prose.id,
    metadata,
    source: splitLines(toMarkdown(prose.source, context)),
  };
}

function codeCell(cell: Cell, executed: Executed | undefined): NotebookCell {
  return {
    cell_type: "code",
    execution_count: executed?.executionCount ?? null,
    id: cell.id,
    metadata: cellMetadata(cell),
    outputs: executed?.outputs ?? [],
    source: splitLines(cell.source),
  };
}

function cellMetadata({ line, label, tags, options }: Cell): Record<string, unknown> {
  const { exercise, points } = options;
  const below = {
    line,
    tags: [...tags],
    ...(label !== undefined && { label }),
    ...(exercise !== undefined && { exercise }),
    ...(points !== undefined && { points: Number(points) }),
  };
  // The tag by which every notebook runner knows that an error is meant.
  return { below, tags: tags.has("fails") ? [...tags, "raises-exception"] : [...tags] };
}

/** nbformat keeps text as lines with their ends, so that a diff is by line. */
function splitLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
