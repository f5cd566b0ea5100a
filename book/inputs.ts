/**
 * Everything that a chapter's result depends on, as one hash. A result is used again only under the same hash.
 * Prose of imported chapters does not count, nor where their cells stand: only the code that is imported.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Book, Source } from "./book.ts";
import { importGraph, type ImportGraph, specifiers, withImports } from "./graph.ts";
import { hashFolder, hashOf } from "./store.ts";
import { readIfThere } from "./write/files.ts";
import { exportedCode } from "./write/module.ts";

/** Raise it when the format of stored results changes. */
const FORMAT = "1";

export interface Inputs {
  /** What a run of the chapter depends on. */
  readonly run: (slug: string) => string;
  /** What importing the chapter's module depends on. */
  readonly module: (slug: string) => string;
  /** What the check of these chapters depends on. */
  readonly check: (slugs: ReadonlySet<string>) => string;
}

export function readInputs(book: Book): Inputs {
  const engine = engineHash(book.root);
  const graph = importGraph(book);
  const bySlug = new Map(book.sources.map((source) => [source.chapter.slug, source]));
  const data = (): string => hashFolder(join(book.root, "datasets"), (file) => file.endsWith(".ts"));
  const contents = JSON.stringify(book.contents);
  const imported = (slug: string): string => importedHash(book.root, graph, bySlug, slug);
  const sourceOf = (slug: string): string => textHash(bySlug.get(slug));
  return {
    run: (slug) => hashOf(FORMAT, engine, "run", sourceOf(slug), imported(slug)),
    module: (slug) => hashOf(FORMAT, engine, "module", imported(slug)),
    check: (slugs) =>
      hashOf(
        FORMAT,
        engine,
        "check",
        contents,
        data(),
        [...slugs].toSorted().join(),
        ...book.sources.map(textHash),
      ),
  };
}

/** The runtime, the locked packages, and our own code that runs or compiles chapters: not what draws their pages. */
function engineHash(root: string): string {
  const isCode = (file: string): boolean =>
    /\.(?:ts|mjs|json|wgsl)$/.test(file) &&
    !/\.test\.ts$|^fixtures\/|^(?:site|theme|mock|exercises)\//.test(file);
  const folders = ["tensor", "kernel", "book"].map((name) => hashFolder(join(root, name), isCode));
  const files = ["package-lock.json", "package.json", "tsconfig.json"].map(
    (name) => readIfThere(join(root, name)) ?? "",
  );
  const settings = Object.keys(process.env)
    .filter((name) => name.startsWith("BELOW_"))
    .toSorted()
    .map((name) => `${name}=${process.env[name]}`);
  const machine = [process.version, process.platform, process.arch, ...settings];
  return hashOf(...machine, ...files, ...folders);
}

/** The chapter's own file, companions and oracles. */
function textHash(source: Source | undefined): string {
  if (source === undefined) return "";
  return hashOf(
    source.chapter.file,
    source.chapter.text,
    ...[...source.companions].flat(),
    ...[...source.oracles].flat(),
  );
}

/** The code that the chapter's module and all it imports amount to, and the data they load. */
function importedHash(
  root: string,
  graph: ImportGraph,
  bySlug: ReadonlyMap<string, Source>,
  slug: string,
): string {
  const sources = [...withImports(graph, [slug])].toSorted().flatMap((each) => bySlug.get(each) ?? []);
  const code = sources.flatMap((source) => [
    source.chapter.slug,
    exportedCode(source.chapter),
    ...[...source.companions].flat(),
    ...[...source.oracles].flat(),
  ]);
  const datasets = new Set(
    sources.flatMap(specifiers).flatMap((each) => /^below\/datasets\/(.+)$/.exec(each)?.[1] ?? []),
  );
  return hashOf(...code, ...[...datasets].toSorted().map((name) => datasetHash(root, name)));
}

/** A data set's files, and the versions really installed of the packages that carry its data. */
function datasetHash(root: string, name: string): string {
  const folder = join(root, "datasets", name);
  const require = createRequire(join(root, "package.json"));
  const text = readIfThere(join(folder, "load.ts")) ?? "";
  const packages = [...text.matchAll(/["']((?:@[\w.-]+\/)?[\w.-]+)(?:\/[^"']*)?["']/g)].map(
    ([, found]) => found,
  );
  const versions = [...new Set(packages)]
    .toSorted()
    .map((each) => `${each} ${installedVersion(require, each)}`);
  return hashOf(
    hashFolder(folder, () => true),
    ...versions,
  );
}

function installedVersion(require: NodeJS.Require, name: string): string {
  const places = require.resolve.paths(name) ?? [];
  for (const place of places) {
    const text = readIfThere(join(place, name, "package.json"));
    if (text !== undefined) return String((JSON.parse(text) as { version?: unknown }).version);
  }
  return "";
}
