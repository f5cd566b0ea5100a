/** By cell: a chapter depends on what its names reach, and on nothing else of the chapters that it imports. */
import { expect, test } from "vitest";
import type { Source } from "./book.ts";
import { chapterText, type FixtureCell } from "./fixtures/chapters.ts";
import { readGoodChapter } from "./read.ts";
import { usedCode } from "./used-code.ts";

const FOLDER = (number: number, slug: string): string => `chapters/0${number}-${slug}`;

function source(number: number, slug: string, ...cells: FixtureCell[]): Source {
  const folder = FOLDER(number, slug);
  const text = chapterText({ title: "Why?", chapter: number, slug }, ...cells);
  const none = new Map<string, string>();
  const chapter = readGoodChapter(`${folder}/chapter.md`, text);
  return { chapter, folder, companions: none, oracles: none, pictures: none };
}

const one = source(
  1,
  "one",
  { tags: "export", source: "const base = 2;\n/** a */\nexport const a = base;" },
  { tags: "export", source: "/** b */\nexport const b = () => a + 1;" },
  { tags: "export", source: "/** c */\nexport const c = 3;" },
  { source: "console.log(a, b(), c)" },
);
const two = source(
  2,
  "two",
  { tags: "export", source: 'import { b } from "below/one";\n/** d */\nexport const d = b();' },
  { tags: "export", source: "/** e */\nexport const e = 5;" },
);

const books = (last: Source): ReadonlyMap<string, Source> =>
  new Map([one, two, last].map((each) => [each.chapter.slug, each]));

function reached(cell: string): readonly string[] {
  const last = source(3, "three", { source: cell });
  const names = ["a", "b", "c", "d", "e"];
  const { cells } = usedCode(books(last), last);
  return names.filter((name) => cells.some((code) => code.includes(`export const ${name} =`)));
}

test.each([
  ["a name", 'import { c } from "below/one"; c', ["c"]],
  ["a name and what it calls", 'import { b } from "below/one"; b()', ["a", "b"]],
  ["a name under another", 'import { c as x } from "below/one"; x', ["c"]],
  ["through a chapter between", 'import { d } from "below/two"; d', ["a", "b", "d"]],
  ["nothing of a chapter that only the one between imports", 'import { e } from "below/two"; e', ["e"]],
  ["a whole module", 'import * as all from "below/one"; all', ["a", "b", "c"]],
  ["a module loaded later", 'await import("below/two")', ["a", "b", "d", "e"]],
  ["no chapter", "1", []],
])("%s reaches exactly its cells", (_, cell, want) => {
  expect(reached(cell)).toEqual(want);
});
