/**
 * Everything that a chapter's result depends on, as one hash. A result is used again only under the same hash.
 * Prose does not count, nor where cells stand: only the chapter's own cells, and in others what it can reach (used-code.ts).
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Book, Source } from "./book.ts";
import { cellsOf } from "./chapter.ts";
import { importGraph, type ImportGraph, moduleSpecifiers, specifiers, withImports } from "./graph.ts";
import { hashFolder, hashOf } from "./store.ts";
import { usedCode } from "./used-code.ts";
import { readIfThere } from "./write/files.ts";
import { exportedCode } from "./write/module.ts";

/** Raise it when the format of stored results changes. */
const FORMAT = "2";

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
  const ran = (slug: string): string => runHash(book.root, bySlug, slug);
  return {
    run: (slug) => hashOf(FORMAT, engine, "run", ran(slug)),
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

/** The chapter's own cells in order, files and data, and the code that they reach in other chapters. */
function runHash(root: string, bySlug: ReadonlyMap<string, Source>, slug: string): string {
  const source = bySlug.get(slug);
  if (source === undefined) return "";
  const { cells, sources } = usedCode(bySlug, source);
  const own = cellsOf(source.chapter).map(({ id, tags, options, source: code }) =>
    JSON.stringify([id, [...tags], options, code]),
  );
  const files = [source, ...sources].flatMap(({ companions, oracles }) => [
    ...[...companions].flat(),
    ...[...oracles].flat(),
  ]);
  const named = [...specifiers(source), ...[...sources].flatMap(moduleSpecifiers)];
  return hashOf(slug, ...own, ...cells, ...files, ...datasetHashes(root, named));
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
  return hashOf(...code, ...datasetHashes(root, sources.flatMap(specifiers)));
}

/** One hash for each data set that `below/…` specifiers name. */
function datasetHashes(root: string, named: readonly string[]): readonly string[] {
  const datasets = new Set(named.flatMap((each) => /^below\/datasets\/(.+)$/.exec(each)?.[1] ?? []));
  return [...datasets].toSorted().map((name) => datasetHash(root, name));
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
