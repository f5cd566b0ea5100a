/** An error in a kernel → a fault in chapter.md: cell and module positions become the chapter's own. */
import { sep } from "node:path";
import type { Book } from "../book.ts";
import { type Cell, type Chapter, folderName } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import type { Reply } from "./client.ts";

/** Whose execution count names which cell of the chapter: "cell-3.ts" in a traceback is cells.get(3). */
export type CellsByCount = ReadonlyMap<number, Cell>;

export interface Scene {
  readonly book: Book;
  readonly chapter: Chapter;
  readonly cells: CellsByCount;
}

/** The fault of a cell that threw and should not have, or threw something else than it describes. */
export function thrownFault(scene: Scene, cell: Cell, reply: Reply): Fault {
  const traceback = (reply.traceback ?? []).flatMap((line) => line.split("\n")).map(withoutColour);
  const described = cell.options["fails"];
  return {
    ...placeOfFailure(scene, cell, traceback),
    who: described === undefined ? "cell" : "fails",
    want: described === undefined ? "no error" : `an error with ${JSON.stringify(described)}`,
    got: thrownText(reply).split("\n")[0],
    detail: traceback
      .slice(1)
      .filter((line) => line.trim() !== "")
      .map((line) => `  ${chapterPlaces(scene, line)}`)
      .join("\n"),
  };
}

/** A fault of the cell as a whole: no error where one was described, no end, no kernel. */
export function cellFault(
  chapter: Chapter,
  cell: Cell,
  fault: Pick<Fault, "who" | "want" | "got" | "hint">,
): Fault {
  return { file: chapter.file, line: cell.line, column: 1, ...fault };
}

/** "RangeError: want …": what a `fails` cell describes a part of. */
export function thrownText({ ename, evalue }: Reply): string {
  return evalue === undefined || evalue === "" ? `${ename}` : `${ename}: ${evalue}`;
}

/** The innermost frame that stands in a cell of this chapter, else the start of the cell that ran. */
function placeOfFailure(
  scene: Scene,
  cell: Cell,
  traceback: readonly string[],
): Pick<Fault, "file" | "line" | "column"> {
  const { file } = scene.chapter;
  for (const line of traceback) {
    const found = /\bcell-(?<count>\d+)\.ts:(?<line>\d+)(?::(?<column>\d+))?/.exec(line)?.groups;
    const owner = scene.cells.get(Number(found?.["count"]));
    if (found && owner)
      return { file, line: owner.line + Number(found["line"]) - 1, column: Number(found["column"] ?? 1) };
  }
  return { file, line: cell.line, column: 1 };
}

function chapterPlaces({ book, chapter, cells }: Scene, text: string): string {
  const modules = `${book.root.split(sep).join("/")}/build/modules/`;
  const inCells = text.replace(/\bcell-(\d+)\.ts:(\d+)/g, (whole, count: string, line: string) => {
    const cell = cells.get(Number(count));
    return cell === undefined ? whole : `${chapter.file}:${cell.line + Number(line) - 1}`;
  });
  return inCells
    .split(modules)
    .map((part, index) => (index === 0 ? part : inChapter(book, part)))
    .join("");
}

/** "slug.ts:28:15 …" or "slug/companion.ts:3:1 …", as it follows build/modules/. */
function inChapter(book: Book, path: string): string {
  const slug = /^[a-z0-9-]+/.exec(path)?.[0];
  const source = book.sources.find(({ chapter }) => chapter.slug === slug);
  if (slug === undefined || source === undefined) return path;
  const rest = path.slice(slug.length);
  return `chapters/${folderName(source.chapter)}${rest.startsWith("/") ? rest : rest.replace(/^\.ts/, "/chapter.md")}`;
}

function withoutColour(line: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what starts a colour
  return line.replaceAll(/\u001B\[[\d;]*m/g, "");
}
