/** A new chapter passes the checks as it comes, planned or not, and nothing that is there is touched. */
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkBook } from "./check.ts";
import { fixtureBook } from "./fixtures/chapters.ts";
import { type Clone, cloneWith } from "./fixtures/clone.ts";
import { newChapter } from "./new.ts";

let clone: Clone;
beforeAll(() => (clone = cloneWith(fixtureBook())));
afterAll(() => clone.dispose());

function streams(): { readonly stdout: PassThrough; readonly stderr: PassThrough } {
  return { stdout: new PassThrough({ encoding: "utf8" }), stderr: new PassThrough({ encoding: "utf8" }) };
}

const said = (stream: PassThrough): string => (stream.read() as string | null) ?? "";

function make(slug: string): { readonly code: number; readonly text: string } {
  const out = streams();
  const code = newChapter({ root: clone.root, ...out }, slug);
  return { code, text: said(out.stdout) + said(out.stderr) };
}

test("a planned chapter has a stub and a test for each export; another one is added to the contents; both pass and run", async () => {
  expect(make("planned")).toEqual({
    code: 0,
    text: "chapters/04-planned/chapter.md is written; try below dev planned\n",
  });
  expect(make("loss-curves")).toEqual({
    code: 0,
    text: "chapters/05-loss-curves/chapter.md is written, and chapters/contents.json names it; try below dev loss-curves\n",
  });
  const out = streams();
  expect([await checkBook({ root: clone.root, ...out }), said(out.stderr)]).toEqual([0, ""]);
  const run = await clone.startWithSite("04", "05").ended;
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: "" });
  expect(clone.read("build/site/planned/index.html")).toContain("What comes next?");
});

test.each([
  [
    "a chapter that is there",
    "weights",
    "want a chapter that is not written, got chapters/01-weights/chapter.md; try opening it",
  ],
  [
    "no slug",
    "Loss Curves",
    'want a slug: lower-case words joined by -, got "Loss Curves"; try below new linear-algebra',
  ],
])("%s is refused in one line, and nothing changes", (_, slug, want) => {
  const before = clone.hashes("chapters");
  expect(make(slug)).toEqual({ code: 1, text: `below new: ${want}\n` });
  expect(clone.hashes("chapters")).toEqual(before);
});
