/** Which chapter imports which: from the cells' imports and the companions' text. Pure. */
import type { Book, Source } from "./book.ts";
import { type CellOutline, outline } from "./outline.ts";

/** Slug → slugs of the chapters that it imports itself, in any cell or companion. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

export function importGraph(book: Book): ImportGraph {
  const slugs = new Set([
    ...book.contents.map(({ slug }) => slug),
    ...book.sources.map(({ chapter }) => chapter.slug),
  ]);
  return new Map(
    book.sources.map((source) => {
      const chapters = specifiers(source).map((specifier) => specifier.split("/")[1]);
      return [
        source.chapter.slug,
        new Set(chapters.filter((slug) => slugs.has(slug) && slug !== source.chapter.slug)),
      ];
    }),
  );
}

/** Every `below/…` that a chapter's cells and companions name. */
export function specifiers(source: Source): readonly string[] {
  return specifiersOf(source, () => true);
}

/** Of these, what its module names: tests and examples do not count. */
export function moduleSpecifiers(source: Source): readonly string[] {
  return specifiersOf(source, ({ cell }) => cell.tags.has("export"));
}

function specifiersOf(source: Source, keeps: (each: CellOutline) => boolean): readonly string[] {
  const kept = outline(source.chapter).filter(keeps);
  const inCells = kept.flatMap(({ imports }) => imports.map(({ specifier }) => specifier));
  const inCompanions = [...source.companions.values()].flatMap((text) =>
    [...text.matchAll(/["'](below\/[^"'\s]+)["']/g)].map(([, specifier]) => specifier),
  );
  return [...inCells, ...inCompanions].filter((specifier) => specifier.startsWith("below/"));
}

/** The slugs and all that they import, directly or not. */
export function withImports(graph: ImportGraph, slugs: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (slug: string): void => {
    if (found.has(slug)) return;
    found.add(slug);
    graph.get(slug)?.forEach(visit);
  };
  for (const slug of slugs) visit(slug);
  return found;
}
