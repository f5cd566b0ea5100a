/**
 * Everything that pages look up, and the pages themselves, each kept by the hash of what it depends on: in memory
 * while one process lives (`below dev`), in build/cache for the next.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pageModule } from "../../kernel/display/widget/page.ts";
import type { Book, Source } from "../book.ts";
import type { Fault } from "../fault.ts";
import { hashFolder, hashOf, openStore, type Store } from "../store.ts";
import { readIfThere } from "../write/files.ts";
import { type Bibliography, BIBLIOGRAPHY_FILE, readBibliography } from "./bibliography.ts";
import { readGlossary } from "./front.ts";
import { type Anchor, numberChapter } from "./page/anchors.ts";
import { type Highlight, openHighlighter } from "./page/code.ts";
import { outputsOf, readRun } from "./page/outputs.ts";
import { type Page, writePage } from "./page/page.ts";

export interface Shelf {
  readonly root: string;
  readonly bibliography: Bibliography;
  readonly glossary: string;
  /** Slug → the chapter's page. */
  readonly pages: ReadonlyMap<string, Page>;
  readonly faults: readonly Fault[];
}

const CODE = fileURLToPath(new URL("..", import.meta.url));

/** Of all code that turns a chapter into a page, and of the packages it uses. */
export function pageCodeHash(root: string): string {
  const isCode = (file: string): boolean => file.endsWith(".ts") && !file.endsWith(".test.ts");
  return hashOf(hashFolder(CODE, isCode), pageModule, readIfThere(join(root, "package-lock.json")) ?? "");
}

let highlighter: Promise<Highlight> | undefined;

/** Reads what is cached, writes what is not. */
export async function writePages(book: Book): Promise<Shelf> {
  const store = openStore(join(book.root, "build/cache/page"));
  const code = pageCodeHash(book.root);
  const bibText = readIfThere(join(book.root, BIBLIOGRAPHY_FILE)) ?? "";
  const glossary = readIfThere(join(book.root, "GLOSSARY.md")) ?? "";
  const runs = new Map(book.sources.map((source) => [source, readRun(book.root, source.chapter)]));
  const anchors = book.sources.flatMap((source) => anchorsOf(store, code, source, runs.get(source) ?? ""));
  const shared = { bibliography: readBibliography(bibText), resolve: resolver(anchors) };
  const pages = new Map<string, Page>();
  const faults: Fault[] = [];
  for (const source of book.sources) {
    const run = runs.get(source) ?? "";
    const key = hashOf(code, ownHash(source), run, bibText, glossary, usedAnchors(source, shared.resolve));
    const cached = store.get(source.chapter.slug, key);
    if (cached !== undefined) {
      pages.set(source.chapter.slug, JSON.parse(cached) as Page);
      continue;
    }
    const library = {
      ...shared,
      terms: termsOf(glossary),
      highlight: await (highlighter ??= openHighlighter()),
    };
    const written = writePage(source, outputsOf(source.chapter, run), library);
    faults.push(...written.faults);
    pages.set(source.chapter.slug, written.page);
    if (written.faults.length === 0) store.put(source.chapter.slug, key, JSON.stringify(written.page));
  }
  return { root: book.root, bibliography: shared.bibliography, glossary, pages, faults };
}

function termsOf(glossary: string): ReadonlySet<string> {
  return new Set(readGlossary(glossary).map(({ word }) => word.toLowerCase()));
}

function ownHash({ chapter, companions, pictures }: Source): string {
  return hashOf(chapter.file, chapter.text, ...[...companions].flat(), ...[...pictures].flat());
}

function anchorsOf(store: Store, code: string, source: Source, run: string): readonly Anchor[] {
  const name = `${source.chapter.slug}-anchors`;
  const key = hashOf(code, source.chapter.text, run);
  const cached = store.get(name, key);
  if (cached !== undefined) return JSON.parse(cached) as readonly Anchor[];
  const { anchors } = numberChapter(source.chapter, outputsOf(source.chapter, run));
  store.put(name, key, JSON.stringify(anchors));
  return anchors;
}

/** A chapter's own label first, then that of any other. */
function resolver(anchors: readonly Anchor[]): (slug: string, label: string) => Anchor | undefined {
  const own = new Map(anchors.map((anchor) => [`${anchor.slug} ${anchor.label}`, anchor]));
  const any = new Map(anchors.toReversed().map((anchor) => [anchor.label, anchor]));
  return (slug, label) => own.get(`${slug} ${label}`) ?? any.get(label);
}

/** What a chapter's references now lead to: if another chapter renumbers, its page is written anew. */
function usedAnchors(
  { chapter }: Source,
  resolve: (slug: string, label: string) => Anchor | undefined,
): string {
  const roles = chapter.text.matchAll(/\{(?:eq|ref|numref)\}`(?:[^`<]*<)?([^`<>]+)>?`/g);
  return JSON.stringify([...roles].map(([, label]) => resolve(chapter.slug, label.trim()) ?? label));
}
