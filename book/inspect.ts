/**
 * Judges chapters: from the cheap checks to the dear ones. A chapter that failed a check, or imports one that
 * did, is not judged further, so one fault gives one error. What was found good is remembered by its inputs.
 */
import { join } from "node:path";
import type { Book, Source } from "./book.ts";
import { contentsFaults } from "./check/contents.ts";
import { importFaults } from "./check/imports.ts";
import { moduleFaults } from "./check/modules.ts";
import { nameFaults } from "./check/names.ts";
import { typeFaults } from "./check/types.ts";
import { CONTENTS_FILE } from "./contents.ts";
import { type Fault, sortFaults } from "./fault.ts";
import { importGraph, withImports } from "./graph.ts";
import { type Inputs } from "./inputs.ts";
import { outline } from "./outline.ts";
import { openStore } from "./store.ts";
import { displayNames } from "./check/display-names.ts";
import { fillStage, withStage } from "./write/stage.ts";

/** Faults of the selected chapters (slugs) and of contents.json, sorted. None: they may be built and run. */
export async function inspect(
  book: Book,
  inputs: Inputs,
  selected: ReadonlySet<string>,
): Promise<readonly Fault[]> {
  const store = openStore(join(book.root, "build/cache/check"));
  const key = inputs.check(selected);
  if (book.faults.length === 0 && store.get("book", key) !== undefined) return [];
  // Without a sound table of contents no chapter can be judged.
  const contents = book.faults.filter(({ file }) => file === CONTENTS_FILE);
  if (contents.length > 0) return sortFaults(contents);
  const sources = book.sources.filter(({ chapter }) => selected.has(chapter.slug));
  const read = book.faults.filter(({ file }) => isOfBroken(book, selected, file));
  const cheap = [...read, ...sources.flatMap((source) => staticFaults(book, source))];
  const sound = soundSources(book, sources, cheap);
  const dear = sound.length === 0 ? [] : await stagedFaults(book, inputs, sound);
  const faults = sortFaults([...cheap, ...dear]);
  if (faults.length === 0) store.put("book", key, "good");
  return faults;
}

function isOfBroken(book: Book, selected: ReadonlySet<string>, file: string): boolean {
  const slug = /^chapters\/\d*-?(?<slug>[^/]+)\//.exec(file)?.groups?.["slug"] ?? "";
  return book.broken.has(slug) && selected.has(slug);
}

function staticFaults(book: Book, source: Source): readonly Fault[] {
  const syntax = outline(source.chapter).flatMap(({ faults }) => faults);
  if (syntax.length > 0) return syntax;
  return [...importFaults(book, source), ...nameFaults(source.chapter), ...contentsFaults(book, source)];
}

/** Those without a fault that import none with one. */
function soundSources(book: Book, sources: readonly Source[], faults: readonly Fault[]): readonly Source[] {
  const faulty = new Set([...book.broken, ...faultySlugs(sources, faults)]);
  const graph = importGraph(book);
  return sources.filter(({ chapter }) => withImports(graph, [chapter.slug]).isDisjointFrom(faulty));
}

function faultySlugs(sources: readonly Source[], faults: readonly Fault[]): Set<string> {
  return new Set(faults.flatMap(({ file }) => ownerOf(sources, file) ?? []));
}

/** The chapter that a file belongs to: its source or a companion. */
function ownerOf(sources: readonly Source[], file: string): string | undefined {
  return sources.find(({ folder }) => file.startsWith(`${folder}/`))?.chapter.slug;
}

/** Types of all, then what importing each does. */
async function stagedFaults(
  book: Book,
  inputs: Inputs,
  sources: readonly Source[],
): Promise<readonly Fault[]> {
  return withStage(book.root, async (stage) => {
    fillStage(stage, book.sources, sources, displayNames(book.root));
    const found = await typeFaults(book.root, stage, sources);
    const types = withoutEchoes(book, sources, found);
    const sound = soundSources(book, sources, found);
    const modules: Fault[] = [];
    for (const source of sound) modules.push(...(await importedOnce(book, inputs, stage, source)));
    return [...types, ...modules];
  });
}

/** A wrong type in an exported function also shows where later chapters use it: there it is an echo. */
function withoutEchoes(book: Book, sources: readonly Source[], faults: readonly Fault[]): readonly Fault[] {
  const graph = importGraph(book);
  const faulty = faultySlugs(sources, faults);
  return faults.filter(({ file }) => {
    const slug = ownerOf(sources, file) ?? "";
    const imported = new Set(withImports(graph, [slug]));
    imported.delete(slug);
    return imported.isDisjointFrom(faulty);
  });
}

async function importedOnce(
  book: Book,
  inputs: Inputs,
  stage: string,
  source: Source,
): Promise<readonly Fault[]> {
  const store = openStore(join(book.root, "build/cache/check"));
  const { slug } = source.chapter;
  const key = inputs.module(slug);
  if (store.get(slug, key) !== undefined) return [];
  const faults = await moduleFaults(book.root, stage, source);
  if (faults.length === 0) store.put(slug, key, "good");
  return faults;
}
