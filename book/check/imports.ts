/**
 * What cells may import: lower-numbered chapters that are written, data sets that exist, files beside the
 * chapter through `below/<slug>/…`. Reads no file but through Book.
 */
import type { Book, Source } from "../book.ts";
import type { Fault } from "../fault.ts";
import { nearest } from "../../kernel/nearest.mjs";
import { type CellOutline, type Import, outline, placeIn } from "../outline.ts";

/** What is wrong with one import, but where. */
type Problem = Pick<Fault, "want" | "got" | "hint">;

export function importFaults(book: Book, source: Source): Fault[] {
  return outline(source.chapter)
    .filter(({ cell }) => !cell.tags.has("fails"))
    .flatMap((each) => each.imports.flatMap((one) => faultsOf(book, source, each, one)));
}

function faultsOf(book: Book, source: Source, { cell }: CellOutline, one: Import): Fault[] {
  const problem = judge(book, source, one.specifier, cell.tags.has("export"));
  if (problem === undefined) return [];
  const offset = cell.source.indexOf(one.specifier, one.start) - 1;
  return [{ ...placeIn(source.chapter, cell, offset), who: "import", ...problem }];
}

function judge(book: Book, source: Source, specifier: string, isExport: boolean): Problem | undefined {
  if (/^\.{0,2}\//.test(specifier)) return relative(source, specifier);
  const [scope, name, ...rest] = specifier.split("/");
  if (scope !== "below") return undefined;
  const path = rest.join("/");
  if (name === "tensor" && path === "") return undefined;
  if (name === "display" && path === "") return isExport ? displayInExport(specifier) : undefined;
  if (name === "mock" && path === "") return isExport ? mockInExport(specifier) : undefined;
  if (name === "datasets") return dataset(book, path);
  return name === source.chapter.slug ? own(source, path) : other(book, source, name, path);
}

function relative(source: Source, specifier: string): Problem {
  const name = specifier.split("/").at(-1)?.replace(/\.ts$/, "") ?? "";
  const hint = `below/${source.chapter.slug}/${name}`;
  return { want: "a package or below/…", got: `the path ${specifier}`, hint };
}

function displayInExport(specifier: string): Problem {
  return {
    want: "exported code that shows nothing",
    got: specifier,
    hint: "showing the result in a cell without the export tag",
  };
}

function mockInExport(specifier: string): Problem {
  return {
    want: "exported code that works with any server",
    got: specifier,
    hint: "taking the client as an argument",
  };
}

function dataset(book: Book, name: string): Problem | undefined {
  if (book.datasets.includes(name)) return undefined;
  const near = nearest(name, book.datasets);
  const hint = near === undefined ? `writing datasets/${name}/load.ts` : `below/datasets/${near}`;
  return {
    want: `a data set (${book.datasets.join(", ") || "there is none"})`,
    got: `below/datasets/${name}`,
    hint,
  };
}

/** The chapter's own module, companions and oracles. */
function own(source: Source, path: string): Problem | undefined {
  const files = [
    ...[...source.companions.keys()].map((name) => name.replace(/\.ts$/, "")),
    ...source.oracles.keys(),
  ];
  if (path !== "" && files.includes(path)) return undefined;
  const slug = source.chapter.slug;
  if (path === "")
    return { want: "another chapter", got: "this one", hint: "the name itself: its cells ran already" };
  const near = nearest(path, files);
  const hint = near === undefined ? `adding ${source.folder}/${path}` : `below/${slug}/${near}`;
  return { want: `a file of ${source.folder} (${files.join(", ") || "there is none"})`, got: path, hint };
}

function other(book: Book, source: Source, slug: string, path: string): Problem | undefined {
  const entry = book.contents.find((each) => each.slug === slug);
  if (entry === undefined) {
    const names = ["tensor", "display", "mock", "datasets", ...book.contents.map((each) => each.slug)];
    const near = nearest(slug, names);
    return { want: "a chapter of contents.json", got: `below/${slug}`, hint: near && `below/${near}` };
  }
  const { number } = source.chapter;
  if (entry.number >= number)
    return {
      want: `a chapter before ${number}`,
      got: `${slug}, which is chapter ${entry.number}`,
      hint: undefined,
    };
  const found = book.sources.find(({ chapter }) => chapter.slug === slug);
  if (found === undefined && !book.broken.has(slug))
    return {
      want: "a written chapter",
      got: `${slug}, which is only planned`,
      hint: `writing chapter ${entry.number} first`,
    };
  return path === "" || found === undefined ? undefined : own(found, path);
}
