/**
 * Chapter → text of its modules, line for line: line N of a module is line N of chapter.md, or blank, or the
 * `;` that stands where a cell's fence closed. So compilers, stack traces and coverage point into the chapter.
 */
import { cellsOf, type Cell, type Chapter } from "../chapter.ts";
import { type CellOutline, outline } from "../outline.ts";

/** The module `below/<slug>`: the export cells. */
export function moduleText(chapter: Chapter): string {
  return tangle(chapter, (cell) => cell.tags.has("export"));
}

/** One module of all cells that must run without error, for the type checker. */
export function checkText(chapter: Chapter): string {
  return tangle(chapter, (cell) => !cell.tags.has("fails"));
}

/** The code of `below/<slug>` without its place: what chapters that import it depend on. */
export function exportedCode(chapter: Chapter): string {
  const cells = cellsOf(chapter).filter((cell) => cell.tags.has("export"));
  return cells.map((cell) => cell.source).join("\n");
}

function tangle(chapter: Chapter, keeps: (cell: Cell) => boolean): string {
  const lines = chapter.text.split("\n").map(() => "");
  const imported = new Set<string>();
  for (const each of outline(chapter)) {
    if (!keeps(each.cell) || each.cell.source === "") continue;
    const source = blankRepeatedImports(each, imported).split("\n");
    lines.splice(each.cell.line - 1, source.length, ...source);
    // Cells are programs of their own: without this, "a" and "[1]" of two cells would join to a[1].
    lines[each.cell.line - 1 + source.length] = ";";
  }
  return lines.join("\n");
}

/** Spaces for imports that an earlier kept cell made already; the same line may stand in many cells. */
function blankRepeatedImports({ cell, imports }: CellOutline, imported: Set<string>): string {
  let source = cell.source;
  for (const { start, end, bindings, isStatic } of imports) {
    if (!isStatic || bindings.length === 0) continue;
    const keys = bindings.map(({ name, origin }) => `${name} ${origin}`);
    const repeated = bindings.filter((_, index) => imported.has(keys[index]));
    keys.forEach((key) => imported.add(key));
    if (repeated.length === bindings.length) source = blank(source, start, end);
    else for (const binding of repeated) source = blankBinding(source, binding.start, binding.end, end);
  }
  return source;
}

/** One name of `{ a, type b as c }`, with its `type` and the comma after (or before) it. */
function blankBinding(source: string, start: number, end: number, limit: number): string {
  const type = /\btype\s+$/.exec(source.slice(0, start));
  const comma = /^\s*,/.exec(source.slice(end, limit));
  return blank(source, start - (type?.[0].length ?? 0), end + (comma?.[0].length ?? 0));
}

function blank(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, " ") + text.slice(end);
}
