import { expect, test } from "vitest";
import { chapterText, type FixtureCell } from "../fixtures/chapters.ts";
import { cellsOf } from "../chapter.ts";
import { readGoodChapter } from "../read.ts";
import { checkText, exportedCode, moduleText } from "./module.ts";

const FRONT = { title: "Why?", chapter: 5, slug: "why" };
const FILE = "chapters/05-why/chapter.md";
const chapter = (...blocks: (string | FixtureCell)[]) => readGoodChapter(FILE, chapterText(FRONT, ...blocks));

/** Deterministic numbers in [0, 1): mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PROSE = [
  "words",
  "$x^2$",
  "```ts\nconst no = 1;\n```",
  "+++",
  ":::{note}\nhm\n:::",
  "a\n\nb",
  "— ünïcode 𝔘",
];
const TAGS = ["export", "show", "test", "solution", "export, solution", undefined];
const SOURCES = [
  'import { a } from "x";\nimport { b,\n  c as d } from "y";\na(b, d)',
  'import { a, b } from "x";\nb',
  "export const f = (x: number): string => `\n  ${x}\n`;",
  "[1, 2]",
  "",
  "const s = '𝔘'; // +++",
  "/** doc\n * more */\nfunction g() {}",
];

function randomChapter(next: () => number) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)];
  const block = (): string | FixtureCell => {
    if (next() < 0.4) return pick(PROSE);
    const tags = pick(TAGS);
    return { ...(tags !== undefined && { tags }), source: pick(SOURCES) };
  };
  return chapter(...Array.from({ length: 1 + Math.floor(next() * 12) }, block));
}

test("line N of a module is line N of chapter.md, or blank, or a cell's end; columns too", () => {
  const next = random(1);
  for (let round = 0; round < 300; round++) {
    const source = randomChapter(next);
    const lines = source.text.split("\n");
    for (const text of [moduleText(source), checkText(source)]) {
      const got = text.split("\n");
      expect(got).toHaveLength(lines.length);
      got.forEach((line, index) => {
        // Blanking an import again leaves spaces: every other character is where it was.
        const isKept = line
          .split("")
          .every((character, at) => character === " " || character === lines[index][at]);
        expect(isKept || (line === ";" && lines[index] === "```")).toBe(true);
      });
    }
  }
});

test("a module holds every line of its export cells but repeated imports, and no line of another cell", () => {
  const next = random(2);
  for (let round = 0; round < 300; round++) {
    const source = randomChapter(next);
    const got = moduleText(source).split("\n");
    for (const { tags, line, source: code } of cellsOf(source))
      code.split("\n").forEach((want, index) => {
        const isImport = /import|^ {2}c as d/.test(want);
        if (tags.has("export") && !isImport) expect(got[line - 1 + index]).toBe(want);
        if (!tags.has("export") && want !== "") expect(got[line - 1 + index].trim()).toBe("");
      });
  }
});

test("an import made again is blanked by name, so that each name is bound once", () => {
  const text = checkText(
    chapter(
      { source: 'import { a, b } from "x";' },
      { source: 'import { a, type c, b as e } from "x";\nimport d, { a as f } from "x";' },
      { source: 'import { b } from "x";' },
    ),
  );
  expect(
    text
      .split("\n")
      .map((line) => line.replaceAll(/\s+/g, " ").trim())
      .filter((line) => line.startsWith("import")),
  ).toEqual([
    'import { a, b } from "x";',
    'import { type c, b as e } from "x";',
    'import d, { a as f } from "x";',
  ]);
});

test("cells do not run into each other", () => {
  const text = checkText(chapter({ source: "const a = [3]" }, { source: "[0].map(String)" }));
  // As one program without the separator this would be ([3])[0].map.
  expect(text.replaceAll(/\s+/g, " ").trim()).toBe("const a = [3] ; [0].map(String) ;");
});

test("cells that fail are not type-checked; exported code does not depend on prose", () => {
  const fails = { tags: "fails", options: [":fails: x"], source: "throw 1" };
  expect(checkText(chapter(fails)).trim()).toBe("");
  const cell = { tags: "export", source: "export const a = 1;" };
  expect(exportedCode(chapter("one", cell))).toBe(exportedCode(chapter("two\n\nlines", cell)));
});
