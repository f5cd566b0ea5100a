/**
 * The book on disk → Book: contents.json, every written chapter with its companions, the data sets there are.
 * Reads only. Faults of reading are kept, so that a broken chapter does not hide the others.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter, folderName } from "./chapter.ts";
import { type Entry, readContents } from "./contents.ts";
import type { Fault } from "./fault.ts";
import { readChapter } from "./read.ts";

/** A chapter that could be read, with the files beside it. */
export interface Source {
  readonly chapter: Chapter;
  /** chapters/NN-slug */
  readonly folder: string;
  /** Companion modules: "NAME.ts" → text. */
  readonly companions: ReadonlyMap<string, string>;
  /** Answers computed by others: "oracle/x.json" → text. */
  readonly oracles: ReadonlyMap<string, string>;
  /** Pictures that the prose shows: "figures/x.svg" → its bytes in base64. */
  readonly pictures: ReadonlyMap<string, string>;
}

export interface Book {
  readonly root: string;
  readonly contents: readonly Entry[];
  /** By number. Chapters with faults are not among them. */
  readonly sources: readonly Source[];
  /** Slugs of the chapters whose source has faults. */
  readonly broken: ReadonlySet<string>;
  readonly datasets: readonly string[];
  readonly faults: readonly Fault[];
}

export function readBook(root: string): Book {
  const contents = readContents(root);
  const readings = chapterFolders(root).map((folder) => readFolder(root, folder));
  const sources = readings.flatMap(({ source }) => source ?? []);
  return {
    root,
    contents: contents.entries,
    sources: sources.toSorted((a, b) => a.chapter.number - b.chapter.number),
    broken: new Set(readings.filter(({ source }) => source === undefined).map(({ slug }) => slug)),
    datasets: foldersIn(join(root, "datasets")).filter((name) =>
      existsSync(join(root, "datasets", name, "load.ts")),
    ),
    faults: [...contents.faults, ...readings.flatMap(({ faults }) => faults)],
  };
}

/** Folders chapters/NN-slug that hold a chapter.md. */
function chapterFolders(root: string): string[] {
  return foldersIn(join(root, "chapters")).filter((name) =>
    existsSync(join(root, "chapters", name, "chapter.md")),
  );
}

function readFolder(root: string, name: string): { slug: string; source?: Source; faults: readonly Fault[] } {
  const folder = `chapters/${name}`;
  const file = `${folder}/chapter.md`;
  const slug = name.replace(/^\d+-/, "");
  const { chapter, faults } = readChapter(file, readFileSync(join(root, file), "utf8"));
  if (chapter === undefined) return { slug, faults };
  const misplaced = folderFault(name, chapter);
  if (misplaced !== undefined) return { slug, faults: [misplaced] };
  const companions = readTexts(
    join(root, folder),
    "",
    (entry) => entry.endsWith(".ts") && !entry.endsWith(".test.ts"),
  );
  const oracles = readTexts(join(root, folder, "oracle"), "oracle/", (entry) => entry.endsWith(".json"));
  const pictures = readTexts(
    join(root, folder, "figures"),
    "figures/",
    (entry) => /\.(?:svg|png|jpe?g|webp|gif)$/.test(entry),
    "base64",
  );
  return { slug, source: { chapter, folder, companions, oracles, pictures }, faults };
}

function folderFault(name: string, chapter: Chapter): Fault | undefined {
  const want = folderName(chapter);
  if (name === want) return undefined;
  return {
    file: chapter.file,
    line: 1,
    column: 1,
    who: "chapter",
    want: `the folder ${want}`,
    got: name,
    hint: "renaming it",
  };
}

function readTexts(
  folder: string,
  prefix: string,
  wanted: (name: string) => boolean,
  encoding: "utf8" | "base64" = "utf8",
): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder).filter(wanted).toSorted();
  return new Map(names.map((name) => [`${prefix}${name}`, readFileSync(join(folder, name), encoding)]));
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}
