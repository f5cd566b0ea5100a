/**
 * `build/site`: the book as static pages. Chapters and their stored outputs in; whole files out, each by rename,
 * and the old ones removed last: whoever looks, and whenever we are killed, sees pages that are complete.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Book, readBook } from "../book.ts";
import { countChapters } from "../chapter.ts";
import { describeFault, sortFaults } from "../fault.ts";
import type { BookOptions } from "../options.ts";
import { hashOf, openStore } from "../store.ts";
import { filesUnder, readIfThere, sweepTemporary, writeFolder, writeWhole } from "../write/files.ts";
import { BIBLIOGRAPHY_FILE } from "./bibliography.ts";
import { fillPage, relocate } from "./fill.ts";
import { bibliographyPage, contentsPage, DESCRIPTION, type FrontPage, glossaryPage, TITLE } from "./front.ts";
import { pageCodeHash, type Shelf, writePages } from "./library.ts";
import { readRun } from "./page/outputs.ts";
import { byPart } from "./parts.ts";
import { indexPages } from "./search.ts";
import { drawShell, type ShellPage, type ShellPlan, themeHash } from "./shell.ts";

export const SITE = "build/site";

export interface SiteOptions extends Pick<BookOptions, "root" | "stdout" | "stderr"> {
  /** false leaves the search index as it is: while somebody writes. Default true. */
  readonly search?: boolean;
}

/** Writes build/site. Returns an exit code: 0 written or already so, 1 faults (on stderr). */
export async function exportSite(options: SiteOptions): Promise<number> {
  const { root, stdout, stderr } = options;
  const book = readBook(root);
  const stamp = join(root, "build/cache/site.json");
  const key = siteKey(book);
  if (isWhole(root, stamp, key)) return (stdout.write(summary(book, "cached")), 0);
  const started = performance.now();
  const shelf = await writePages(book);
  for (const fault of sortFaults(shelf.faults)) stderr.write(`${describeFault(fault)}\n`);
  if (shelf.faults.length > 0) return 1;
  const files = await siteFiles(book, shelf, options.search ?? true);
  const folder = join(root, SITE);
  sweepTemporary(folder);
  writeFolder(folder, files, (file) => options.search !== false || !file.startsWith("pagefind/"));
  if (options.search !== false) writeWhole(stamp, JSON.stringify({ key, files: sizes(folder) }));
  stdout.write(summary(book, `${((performance.now() - started) / 1000).toFixed(1)} s`));
  return 0;
}

function summary(book: Book, how: string): string {
  return `site: ${countChapters(book.sources.length)} in ${SITE} (${how})\n`;
}

/** Path below the site → content. */
async function siteFiles(
  book: Book,
  shelf: Shelf,
  withSearch: boolean,
): Promise<Map<string, string | Uint8Array>> {
  const fronts = frontPages(book, shelf);
  const shell = await drawShell(book.root, planOf(book, fronts));
  const pages = fillAll(shell, fronts, shelf);
  const files = new Map<string, string | Uint8Array>(shellAssets(shell));
  for (const { assets } of shelf.pages.values())
    for (const [path, content] of Object.entries(assets)) files.set(path, Buffer.from(content, "base64"));
  if (withSearch) for (const [path, content] of await searchFiles(book.root, pages)) files.set(path, content);
  for (const [id, html] of pages) files.set(pagePath(id), html);
  return files;
}

function frontPages(book: Book, shelf: Shelf): readonly FrontPage[] {
  const more = [glossaryPage(shelf.glossary), bibliographyPage(shelf.bibliography)];
  return [contentsPage(book), ...more.flatMap((page) => page ?? [])];
}

function planOf(book: Book, fronts: readonly FrontPage[]): ShellPlan {
  const chapters = book.sources.map(({ chapter }) => chapter);
  const link = ({ id, title }: FrontPage): { label: string; link: string } => ({
    label: id === "index" ? "Contents" : title,
    link: id === "index" ? "/" : `/${id}/`,
  });
  const [contents, ...others] = fronts;
  return {
    title: TITLE,
    description: DESCRIPTION,
    sidebar: [
      link(contents),
      ...byPart(chapters).map(({ title, items }) => ({
        label: title,
        items: items.map((chapter) => ({
          label: `${chapter.number} ${chapter.title}`,
          link: `/${chapter.slug}/`,
        })),
      })),
      ...(others.length > 0 ? [{ label: "Reference", items: others.map(link) }] : []),
    ],
    pages: [
      ...fronts.map(({ id, title, description }): ShellPage => ({
        id,
        title,
        description,
        tableOfContents: id === "index",
        prev: false,
        next: false,
      })),
      ...chapters.map(({ slug, title, number }): ShellPage => ({
        id: slug,
        title,
        description: `Chapter ${number} of ${TITLE}: ${title}`,
        eyebrow: `Chapter ${number}`,
      })),
    ],
  };
}

function fillAll(shell: string, fronts: readonly FrontPage[], shelf: Shelf): ReadonlyMap<string, string> {
  const drawn = (id: string): string => readFileSync(join(shell, pagePath(id)), "utf8");
  return new Map([
    ...fronts.map(({ id, html, headings }) => [id, fillPage(drawn(id), id, html, headings)] as const),
    ...[...shelf.pages].map(
      ([slug, { html, headings }]) => [slug, fillPage(drawn(slug), slug, html, headings)] as const,
    ),
  ]);
}

function pagePath(id: string): string {
  return id === "index" ? "index.html" : `${id}/index.html`;
}

/** Scripts, styles and fonts of the shell; its own search index knows no chapter and is left out. */
function shellAssets(shell: string): readonly (readonly [string, string | Uint8Array])[] {
  const names = filesUnder(shell).filter((name) => !name.endsWith(".html") && !name.startsWith("pagefind/"));
  return names.map((name) => {
    const path = join(shell, name);
    const isText = /\.(?:js|css)$/.test(name);
    return [name, isText ? relocate(name, readFileSync(path, "utf8")) : readFileSync(path)] as const;
  });
}

/** The index is kept by the hash of all pages. */
async function searchFiles(
  root: string,
  pages: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const store = openStore(join(root, "build/cache/search"));
  const key = hashOf(...[...pages].flat());
  const cached = store.get("index", key);
  if (cached !== undefined) {
    const entries = Object.entries(JSON.parse(cached) as Record<string, string>);
    return new Map(entries.map(([path, content]) => [path, Buffer.from(content, "base64")]));
  }
  const files = await indexPages(pages);
  const stored = [...files].map(([path, content]) => [path, Buffer.from(content).toString("base64")]);
  store.put("index", key, JSON.stringify(Object.fromEntries(stored)));
  return files;
}

/** Of everything that a page of the site depends on. */
function siteKey(book: Book): string {
  const texts = ["GLOSSARY.md", BIBLIOGRAPHY_FILE].map((name) => readIfThere(join(book.root, name)) ?? "");
  const chapters = book.sources.flatMap((source) => [
    source.chapter.text,
    readRun(book.root, source.chapter),
    ...[...source.companions].flat(),
    ...[...source.pictures].flat(),
  ]);
  return hashOf(pageCodeHash(book.root), themeHash(), JSON.stringify(book.contents), ...texts, ...chapters);
}

function sizes(folder: string): Record<string, number> {
  return Object.fromEntries(filesUnder(folder).map((file) => [file, statSync(join(folder, file)).size]));
}

/** Whether the site was written from the same inputs and every file is still there in its size. */
function isWhole(root: string, stamp: string, key: string): boolean {
  try {
    const written = JSON.parse(readIfThere(stamp) ?? "{}") as {
      key?: string;
      files?: Record<string, number>;
    };
    return written.key === key && JSON.stringify(written.files) === JSON.stringify(sizes(join(root, SITE)));
  } catch {
    return false; // a damaged stamp says nothing
  }
}
