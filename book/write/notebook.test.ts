import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readBook } from "../book.ts";
import { fixtureBook, WEIGHTS } from "../fixtures/chapters.ts";
import { readGoodChapter } from "../read.ts";
import { notebookFiles } from "./book.ts";
import { filesUnder, readIfThere } from "./files.ts";
import { executedNotebook, type Notebook, notebookText, readerNotebook } from "./notebook.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = ["bin/python", "Scripts/python.exe"].map((name) => join(ROOT, ".venv", name)).find(existsSync);
const weights = readGoodChapter(WEIGHTS, fixtureBook()[WEIGHTS]);

test("notebooks/ is what the chapters give", () => {
  const book = readBook(ROOT);
  const want = notebookFiles(book, new Set(book.sources.map(({ chapter }) => chapter.slug)));
  const remedy =
    "try npx --no-install below build; if you edited the notebook in JupyterLab, remove it first";
  for (const [name, text] of want)
    expect(
      readIfThere(join(ROOT, "notebooks", name)) === text,
      `notebooks/${name}: want what its chapter.md gives, got another text; ${remedy}`,
    ).toBe(true);
  const generated = filesUnder(join(ROOT, "notebooks")).filter((name) =>
    /^\d\d-[a-z0-9-]+\.ipynb$/.test(name),
  );
  expect(
    generated.filter((name) => !want.has(name)),
    "notebooks without a chapter",
  ).toEqual([]);
});

test("a reader's notebook has every cell but hidden tests, no outputs, and each cell's place in chapter.md", () => {
  const { cells } = readerNotebook(weights);
  const lines = weights.text.split("\n");
  const shown = weights.blocks.filter((block) => block.kind === "prose" || !block.tags.has("hidden"));
  expect(cells.map(({ id }) => id)).toEqual(shown.map(({ id }) => id));
  for (const { cell_type, metadata, outputs, execution_count, source } of cells) {
    const { line } = metadata["below"] as { line: number };
    if (cell_type === "markdown") continue;
    expect(source[0].trimEnd()).toBe(lines[line - 1]);
    expect([outputs, execution_count]).toEqual([[], null]);
  }
  expect(JSON.stringify(cells)).not.toContain("weigh(-2)");
});

test("a cell that must fail has the tag by which every runner knows it", () => {
  const failing = readerNotebook(weights).cells.filter(({ metadata }) =>
    (metadata["tags"] as string[] | undefined)?.includes("fails"),
  );
  expect(failing.map(({ metadata }) => metadata["tags"])).toEqual([["fails", "raises-exception"]]);
});

test("the same chapter gives the same bytes", () => {
  const again = readGoodChapter(WEIGHTS, fixtureBook()[WEIGHTS]);
  expect(notebookText(readerNotebook(again))).toBe(notebookText(readerNotebook(weights)));
});

const NEEDS_PYTHON = PYTHON === undefined && !process.env["CI"];

/** jupyter's own validator, on a reader's and on an executed notebook. */
test.skipIf(NEEDS_PYTHON)("notebooks are valid nbformat 4.5 (needs .venv; try npm run lab once)", () => {
  const outputs = [
    { output_type: "stream", name: "stdout", text: "1\n" },
    { output_type: "execute_result", data: { "text/plain": "1" }, metadata: {}, execution_count: 1 },
    { output_type: "error", ename: "E", evalue: "e", traceback: ["E: e"] },
  ];
  const ids = weights.blocks.filter(({ kind }) => kind === "code").map(({ id }) => id);
  const executed = executedNotebook(
    weights,
    new Map(ids.map((id, index) => [id, { executionCount: index + 1, outputs }])),
  );
  for (const notebook of [readerNotebook(weights), executed]) expect(validate(notebook)).toBe("valid\n");
});

/** "valid", or nbformat's complaint as an exception. */
function validate(notebook: Notebook): string {
  const folder = mkdtempSync(join(tmpdir(), "below nbformat "));
  const file = join(folder, "a.ipynb");
  const script = `import io, sys, nbformat
text = io.open(sys.argv[1], encoding="utf-8", newline="").read()
notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
nbformat.validate(notebook)
assert notebook.nbformat_minor == 5
print("valid")`;
  writeFileSync(file, notebookText(notebook));
  try {
    return execFileSync(PYTHON ?? "python3", ["-c", script, file], { encoding: "utf8" }).replaceAll("\r", "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
