import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chapterText } from "../fixtures/chapters.ts";
import { readGoodChapter } from "../read.ts";
import { notebookText, readerNotebook } from "./notebook.ts";
import { removeOldNotebooks, writeReaderNotebook } from "./reader.ts";

const NAME = "05-why.ipynb";
let folder = "";
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "below reader "))));
afterEach(() => rmSync(folder, { recursive: true }));

function textOf(source: string): string {
  const text = chapterText({ title: "Why?", chapter: 5, slug: "why" }, "# Why", { source });
  return notebookText(readerNotebook(readGoodChapter("chapters/05-why/chapter.md", text)));
}

interface Editable {
  cells: { source: string[]; outputs?: unknown[] }[];
}

/** What JupyterLab does when a reader changes a notebook and saves. */
function save(change: (notebook: Editable) => void): string {
  const notebook = JSON.parse(readFileSync(join(folder, NAME), "utf8")) as Editable;
  change(notebook);
  const text = JSON.stringify(notebook, null, 1);
  writeFileSync(join(folder, NAME), text);
  return text;
}

const edit = (notebook: Editable): void => void (notebook.cells[1].source = ["mine"]);
const run = (notebook: Editable): void =>
  void (notebook.cells[1].outputs = [{ output_type: "stream", name: "stdout", text: "1" }]);
const now = (): string => readFileSync(join(folder, NAME), "utf8");

test("a pristine notebook follows its chapter", () => {
  writeReaderNotebook(folder, NAME, textOf("1"));
  expect(writeReaderNotebook(folder, NAME, textOf("2"))).toBeUndefined();
  expect(now()).toBe(textOf("2"));
  expect(readdirSync(folder)).toEqual([NAME]);
});

test.each([
  ["edits", edit],
  ["outputs", run],
])("a reader's %s stay while the chapter stays", (_, change) => {
  writeReaderNotebook(folder, NAME, textOf("1"));
  const saved = save(change);
  writeReaderNotebook(folder, NAME, textOf("1"));
  expect(now()).toBe(saved);
});

test("when the chapter changes, an edited notebook is set aside, each time under a name of its own", () => {
  writeReaderNotebook(folder, NAME, textOf("1"));
  const first = save(edit);
  expect(writeReaderNotebook(folder, NAME, textOf("2"))).toBe("05-why.mine.ipynb");
  save(edit);
  expect(writeReaderNotebook(folder, NAME, textOf("3"))).toBe("05-why.mine-2.ipynb");
  expect(readFileSync(join(folder, "05-why.mine.ipynb"), "utf8")).toBe(first);
  expect(now()).toBe(textOf("3"));
});

test("outputs of a changed chapter go, and a file that is no notebook is replaced", () => {
  writeReaderNotebook(folder, NAME, textOf("1"));
  save(run);
  writeReaderNotebook(folder, NAME, textOf("2"));
  expect(now()).toBe(textOf("2"));
  writeFileSync(join(folder, NAME), "<<<<<<< HEAD\n");
  writeReaderNotebook(folder, NAME, textOf("2"));
  expect(now()).toBe(textOf("2"));
});

test("of the notebooks that no chapter has, only those that we wrote and nobody edited are removed", () => {
  writeReaderNotebook(folder, "04-old.ipynb", textOf("1"));
  writeReaderNotebook(folder, NAME, textOf("1"));
  save(edit);
  writeFileSync(join(folder, "06-own.ipynb"), '{"cells": [], "metadata": {}}');
  removeOldNotebooks(folder, () => false);
  expect(readdirSync(folder).toSorted()).toEqual([NAME, "06-own.ipynb"]);
});
