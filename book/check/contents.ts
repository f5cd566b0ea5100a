/** chapters/contents.json against the chapters: number, slug, title, exports; one name, one chapter. */
import type { Book, Source } from "../book.ts";
import { CONTENTS_FILE, type Entry } from "../contents.ts";
import type { Fault } from "../fault.ts";
import { placeIn } from "../outline.ts";
import { type ChapterExport, exportsOf, isNameless } from "./names.ts";

export function contentsFaults(book: Book, source: Source): Fault[] {
  const { chapter } = source;
  const entry = book.contents.find(({ slug }) => slug === chapter.slug);
  if (entry === undefined)
    return [frontFault(source, "slug", "a slug of contents.json", chapter.slug, "adding it there")];
  const faults: Fault[] = [];
  if (entry.number !== chapter.number)
    faults.push(
      frontFault(source, "chapter", `${entry.number}, as in contents.json`, String(chapter.number)),
    );
  if (entry.title !== chapter.title)
    faults.push(
      frontFault(
        source,
        "title",
        `${JSON.stringify(entry.title)}, as in contents.json`,
        JSON.stringify(chapter.title),
      ),
    );
  return [...faults, ...missingExports(source, entry), ...foreignExports(book, source)];
}

function frontFault(source: Source, field: string, want: string, got: string, hint?: string): Fault {
  const line = source.chapter.text.split("\n").findIndex((each) => each.startsWith(`${field}:`));
  return { file: source.chapter.file, line: line + 1, column: 1, who: field, want, got, hint };
}

/** What contents.json promises and the chapter does not export. */
function missingExports(source: Source, entry: Entry): Fault[] {
  const have = new Set(exportsOf(source.chapter).map(({ name }) => name));
  return entry.exports
    .filter((name) => !have.has(name))
    .map((name) =>
      frontFault(
        source,
        "slug",
        `the export ${name}, as in contents.json`,
        "none",
        `exporting it, or removing it from ${CONTENTS_FILE}`,
      ),
    );
}

/** Values that contents.json does not list, or gives to another chapter; names that an earlier chapter has. */
function foreignExports(book: Book, source: Source): Fault[] {
  const exported = exportsOf(source.chapter);
  return exported
    .filter(({ name }, index) => exported.findIndex((other) => other.name === name) === index)
    .flatMap((one) => foreignExport(book, source, one));
}

function foreignExport(book: Book, source: Source, one: ChapterExport): Fault[] {
  const { slug, number } = source.chapter;
  const place = placeIn(source.chapter, one.outline.cell, one.start);
  const fault = (got: string, hint: string): Fault[] => [
    { ...place, who: "export", want: `${one.name} in one chapter`, got, hint },
  ];
  const earlier = book.sources
    .filter(({ chapter }) => chapter.number < number)
    .flatMap(({ chapter }) => exportsOf(chapter))
    .find(({ name }) => name === one.name);
  if (earlier !== undefined) {
    const { file, line, column } = placeIn(earlier.chapter, earlier.outline.cell, earlier.start);
    return fault(
      `it again (first at ${file}:${line}:${column})`,
      `importing it from below/${earlier.chapter.slug}`,
    );
  }
  const owner = book.contents.find(({ exports }) => exports.includes(one.name));
  if (owner === undefined) return one.isType || isNameless(one) ? [] : unlisted(place, one.name);
  return owner.slug === slug
    ? []
    : fault(`it here, and contents.json gives it to ${owner.slug}`, "another name");
}

function unlisted(place: Pick<Fault, "file" | "line" | "column">, name: string): Fault[] {
  return [
    {
      ...place,
      who: "export",
      want: "a name that contents.json lists",
      got: name,
      hint: `adding it to ${CONTENTS_FILE}`,
    },
  ];
}
