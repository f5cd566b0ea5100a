/**
 * What a chapter's cells can reach in other chapters: the export cells behind the names that they import, the
 * cells behind those, and so on. A change anywhere else cannot change the chapter's result. Pure; by cell, not by
 * function: what stands in one cell with a name counts as that name.
 */
import type { Source } from "./book.ts";
import { type CellOutline, type Import, outline } from "./outline.ts";

export interface UsedCode {
  /** Sources of the cells that are reached, each behind the slug of its chapter. */
  readonly cells: readonly string[];
  /** Chapters of which a cell is reached: their companions and oracles count too. */
  readonly sources: ReadonlySet<Source>;
}

interface Search {
  readonly bySlug: ReadonlyMap<string, Source>;
  readonly seen: Set<CellOutline>;
  readonly cells: string[];
  readonly sources: Set<Source>;
}

/** A name of a chapter's module, or all of it. */
type Wanted = string | undefined;

export function usedCode(bySlug: ReadonlyMap<string, Source>, source: Source): UsedCode {
  const search: Search = { bySlug, seen: new Set(), cells: [], sources: new Set() };
  for (const each of outline(source.chapter))
    for (const one of each.imports) followImport(search, source, one, () => true);
  followCompanions(search, source);
  return search;
}

/** keeps: which of the import's names are used. */
function followImport(search: Search, from: Source, one: Import, keeps: (name: string) => boolean): void {
  const [scope, slug] = one.specifier.split("/");
  const target = scope === "below" ? search.bySlug.get(slug ?? "") : undefined;
  if (target === undefined || target === from) return;
  // import "x", import("x") and a chapter's companions: everything may be used.
  if (one.bindings.length === 0 || one.specifier !== `below/${slug}`) return reach(search, target, undefined);
  for (const { name, origin } of one.bindings) if (keeps(name)) reach(search, target, importedName(origin));
}

/** The name in the module that it comes from; undefined for `import * as x`. */
function importedName(origin: string): Wanted {
  const [, kind, name] = JSON.parse(origin) as readonly [string, string, string | undefined];
  return kind === "Name" ? name : undefined;
}

function reach(search: Search, source: Source, wanted: Wanted): void {
  const exported = outline(source.chapter).filter(({ cell }) => cell.tags.has("export"));
  const isFirst = !search.sources.has(source);
  search.sources.add(source);
  if (isFirst) followCompanions(search, source);
  for (const each of exported)
    if (wanted === undefined || offers(each, wanted)) visit(search, source, exported, each);
}

function offers({ declared, exports }: CellOutline, name: string): boolean {
  return declared.some((one) => one.name === name) || exports.some((one) => one.name === name);
}

function visit(search: Search, source: Source, exported: readonly CellOutline[], each: CellOutline): void {
  if (search.seen.has(each)) return;
  search.seen.add(each);
  search.cells.push(`${source.chapter.slug} ${each.cell.source}`);
  const isUsed = (name: string): boolean => each.references.has(name) || offers(each, name);
  for (const other of exported) {
    // A name may be imported in one cell and used in another: in the module they are one file.
    for (const one of other.imports) followImport(search, source, one, isUsed);
    if (other.declared.some(({ name }) => each.references.has(name))) visit(search, source, exported, other);
  }
}

/** Companions are plain files: what chapters they name is used as a whole. */
function followCompanions(search: Search, source: Source): void {
  for (const text of source.companions.values())
    for (const [, slug] of text.matchAll(/["']below\/([^"'/\s]+)/g)) {
      const target = search.bySlug.get(slug);
      if (target !== undefined && target !== source) reach(search, target, undefined);
    }
}
