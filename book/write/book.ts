/** Puts the modules of the book into build/modules and the readers' notebooks into notebooks/. */
import { join } from "node:path";
import type { Book } from "../book.ts";
import { sweepTemporary, writeFolder } from "./files.ts";
import { notebookName, notebookText, readerNotebook } from "./notebook.ts";
import { removeOldNotebooks, writeReaderNotebook } from "./reader.ts";
import { moduleFiles } from "./stage.ts";

/** Relative path in notebooks/ → text, for the selected chapters (slugs). */
export function notebookFiles(book: Book, selected: ReadonlySet<string>): ReadonlyMap<string, string> {
  const chapters = book.sources.map(({ chapter }) => chapter).filter(({ slug }) => selected.has(slug));
  return new Map(chapters.map((chapter) => [notebookName(chapter), notebookText(readerNotebook(chapter))]));
}

/** Call it only on chapters that inspect() found good. Returns what a reader should know of it, a line each. */
export function writeBook(book: Book, selected: ReadonlySet<string>): readonly string[] {
  writeModules(book, selected);
  const folder = join(book.root, "notebooks");
  sweepTemporary(folder);
  const notes: string[] = [];
  for (const [name, text] of notebookFiles(book, selected)) {
    const aside = writeReaderNotebook(folder, name, text);
    if (aside !== undefined)
      notes.push(`notebooks/${name} is new; your edited one is kept as notebooks/${aside}`);
  }
  const current = new Set(book.sources.map(({ chapter }) => notebookName(chapter)));
  if (book.broken.size === 0) removeOldNotebooks(folder, (name) => current.has(name));
  return notes;
}

function writeModules(book: Book, selected: ReadonlySet<string>): void {
  const folder = join(book.root, "build/modules");
  sweepTemporary(folder);
  const sources = book.sources.filter(({ chapter }) => selected.has(chapter.slug));
  const files = new Map(sources.flatMap((source) => [...moduleFiles(source)]));
  // Old files of a chapter just written (a companion that it lost), and those of chapters that are gone.
  writeFolder(folder, files, (file) => {
    const slug = file.split("/")[0].replace(/\.ts$/, "");
    return selected.has(slug) || !isChapter(book, slug);
  });
}

function isChapter(book: Book, slug: string): boolean {
  return book.broken.has(slug) || book.sources.some(({ chapter }) => chapter.slug === slug);
}
