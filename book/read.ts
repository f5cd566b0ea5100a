/**
 * chapter.md → Chapter. This file and read/ are all that knows the source format: MyST Markdown as jupytext
 * writes it (YAML front matter, ```{code-cell} fences with options, `+++` between prose cells).
 * Pure: text in, a Chapter or its faults out. A chapter with faults is not handed on, so nothing cascades.
 */
import type { Block, Cell, Chapter, Prose } from "./chapter.ts";
import { describeFault, type Fault } from "./fault.ts";
import { createIdentifier } from "./identify.ts";
import { editDistance } from "../kernel/nearest.mjs";
import { closes, type Fence, openFence } from "./read/fence.ts";
import { readFrontMatter } from "./read/front-matter.ts";
import { readOptions } from "./read/options.ts";
import { findLabels } from "./read/labels.ts";

export interface Reading {
  /** Only when there are no faults. */
  readonly chapter?: Chapter;
  readonly faults: readonly Fault[];
}

type Draft = Omit<Cell, "id"> | Omit<Prose, "id">;

/** Where the body of chapter.md stands while it is cut into blocks. */
interface Cut {
  readonly file: string;
  readonly lines: readonly string[];
  readonly faults: Fault[];
  readonly drafts: Draft[];
  /** First line of the prose that is being gathered, 0-based. */
  proseFrom: number;
}

/** Reads one chapter. file: its path from the root of the book, for errors. */
export function readChapter(file: string, raw: string): Reading {
  const text = raw.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const lines = text.split("\n");
  const front = readFrontMatter(file, lines);
  const cut: Cut = { file, lines, faults: [...front.faults], drafts: [], proseFrom: front.bodyFrom };
  if (front.bodyFrom > 0) cutBody(cut);
  const blocks = identify(front.slug ?? "", cut.drafts);
  cut.faults.push(...repeatedLabels(file, lines, blocks));
  if (
    cut.faults.length > 0 ||
    front.number === undefined ||
    front.slug === undefined ||
    front.title === undefined
  )
    return { faults: cut.faults };
  return {
    chapter: { number: front.number, slug: front.slug, title: front.title, file, text, blocks },
    faults: [],
  };
}

/** Reads a chapter that is known to be good (written by a program, or checked before); throws its faults. */
export function readGoodChapter(file: string, raw: string): Chapter {
  const { chapter, faults } = readChapter(file, raw);
  if (chapter === undefined) throw new Error(faults.map(describeFault).join("\n"));
  return chapter;
}

function cutBody(cut: Cut): void {
  let at = cut.proseFrom;
  while (at < cut.lines.length) at = cutLine(cut, at);
  endProse(cut, cut.lines.length);
}

/** Handles the line at `at` and gives the next line to look at. */
function cutLine(cut: Cut, at: number): number {
  const line = cut.lines[at];
  if (line.startsWith("+++")) return cutBreak(cut, at);
  const fence = openFence(line);
  if (fence === undefined) return at + 1;
  faultOddFence(cut, fence, at);
  return fence.directive === "code-cell" ? cutCell(cut, fence, at) : skipFence(cut, fence, at);
}

function cutBreak(cut: Cut, at: number): number {
  endProse(cut, at);
  cut.proseFrom = at + 1;
  if (cut.lines[at].trim() !== "+++")
    cut.faults.push({
      ...place(cut, at, 4),
      who: "cell break",
      want: "+++ alone on its line",
      got: JSON.stringify(cut.lines[at]),
      hint: "removing what follows +++: prose cells carry no metadata",
    });
  return at + 1;
}

function cutCell(cut: Cut, fence: Fence, at: number): number {
  endProse(cut, at);
  const end = fenceEnd(cut, fence, at);
  if (end === undefined) return cut.lines.length;
  cut.proseFrom = end + 1;
  const { options, tags, sourceFrom, faults } = readOptions(cut.file, cut.lines, at + 1, end);
  cut.faults.push(...faults);
  const source = cut.lines.slice(sourceFrom, end).join("\n");
  const label = options["label"];
  const cell = { kind: "code" as const, tags, options, source, line: sourceFrom + 1 };
  cut.drafts.push(label === undefined ? cell : { ...cell, label });
  return end + 1;
}

/** Prose that has a fence in it: what stands inside is no cell and no break. */
function skipFence(cut: Cut, fence: Fence, at: number): number {
  const end = fenceEnd(cut, fence, at);
  if (end === undefined) return cut.lines.length;
  const inner = cut.lines.slice(at + 1, end).findIndex((line) => openFence(line)?.directive === "code-cell");
  if (inner >= 0 && fence.directive !== "")
    cut.faults.push({
      ...place(cut, at + 1 + inner, 1),
      who: "code-cell",
      want: "a cell at the top level of the chapter",
      got: `a cell inside {${fence.directive}} of line ${at + 1}`,
      hint: "closing the directive before the cell; a notebook cannot nest them",
    });
  return end + 1;
}

function fenceEnd(cut: Cut, fence: Fence, at: number): number | undefined {
  const end = cut.lines.findIndex((line, index) => index > at && closes(line, fence));
  if (end >= 0) return end;
  cut.proseFrom = cut.lines.length;
  cut.faults.push({
    ...place(cut, at, 1),
    who: fence.directive === "" ? "fence" : `{${fence.directive}}`,
    want: `a closing line ${fence.mark.repeat(fence.size)}`,
    got: "the end of the file",
    hint: "closing the fence where its content ends",
  });
  return undefined;
}

/** A cell that only looks like prose would silently never run. */
function faultOddFence(cut: Cut, fence: Fence, at: number): void {
  const misspelt = fence.directive !== "code-cell" && editDistance(fence.directive, "code-cell") <= 2;
  if (misspelt)
    cut.faults.push({
      ...place(cut, at, fence.size + 2),
      who: "directive",
      want: "a known name",
      got: `{${fence.directive}}`,
      hint: "{code-cell}",
    });
  else if (fence.directive === "code-cell" && (fence.indent > 0 || fence.mark === ":"))
    cut.faults.push({
      ...place(cut, at, 1),
      who: "code-cell",
      want: "a fence of backticks that starts the line",
      got: JSON.stringify(cut.lines[at]),
      hint: "```{code-cell} at column 1",
    });
}

function endProse(cut: Cut, end: number): void {
  let from = cut.proseFrom;
  let to = end;
  while (from < to && cut.lines[from].trim() === "") from++;
  while (to > from && cut.lines[to - 1].trim() === "") to--;
  if (from === to) return;
  cut.drafts.push({ kind: "prose", source: cut.lines.slice(from, to).join("\n"), line: from + 1 });
}

function identify(slug: string, drafts: readonly Draft[]): Block[] {
  const idOf = createIdentifier(slug);
  return drafts.map((draft) => ({ ...draft, id: idOf(draft) }));
}

function repeatedLabels(file: string, lines: readonly string[], blocks: readonly Block[]): Fault[] {
  const first = new Map<string, number>();
  return findLabels(lines, blocks).flatMap(({ label, line, column }) => {
    const earlier = first.get(label);
    if (earlier === undefined) return (first.set(label, line), []);
    const got = `${JSON.stringify(label)} again (first on line ${earlier})`;
    return [
      { file, line, column, who: "label", want: "a label once in a chapter", got, hint: "another label" },
    ];
  });
}

function place(cut: Cut, at: number, column: number): { file: string; line: number; column: number } {
  return { file: cut.file, line: at + 1, column };
}
