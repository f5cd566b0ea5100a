/** Which chapters a command means: "01", "1", "linear-algebra", "01-linear-algebra"; nothing means all. */
import type { Book } from "./book.ts";
import { folderName } from "./chapter.ts";
import { importGraph, withImports } from "./graph.ts";
import { nearest } from "../kernel/nearest.mjs";

/** Slugs of the written chapters that are meant, and of all that they import. Throws RangeError on an unknown name. */
export function selectChapters(book: Book, names: readonly string[] = []): ReadonlySet<string> {
  const written = [...book.sources.map(({ chapter }) => chapter.slug), ...book.broken];
  if (names.length === 0) return new Set(written);
  return withImports(
    importGraph(book),
    names.map((name) => selectOne(book, written, name)),
  );
}

function selectOne(book: Book, written: readonly string[], name: string): string {
  const entry = book.contents.find((each) =>
    /^\d+$/.test(name) ? each.number === Number(name) : name === each.slug || name === folderName(each),
  );
  const slug = entry?.slug ?? name;
  if (written.includes(slug)) return slug;
  if (entry !== undefined)
    throw new RangeError(
      `chapter: want a written chapter, got ${folderName(entry)}, which is only planned; try ${list(written)}`,
    );
  const near = nearest(name, written);
  throw new RangeError(
    `chapter: want a number or a slug of a chapter, got ${JSON.stringify(name)}; try ${near ?? list(written)}`,
  );
}

function list(written: readonly string[]): string {
  return written.length === 0 ? "writing it" : `one of ${written.toSorted().join(", ")}`;
}
