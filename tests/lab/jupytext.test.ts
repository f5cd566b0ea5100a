/**
 * A chapter opened and saved in JupyterLab through jupytext: the book still reads the same. Judge: jupytext itself,
 * on every chapter. What may change is only how the file is written (order of options, blank lines).
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { readBook } from "../../book/book.ts";
import type { Block, Chapter } from "../../book/chapter.ts";
import { readGoodChapter } from "../../book/read.ts";
import { runCommand } from "../../scripts/setup/command.mjs";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { describeWith, root, tool } from "./tools.ts";

vi.setConfig({ testTimeout: 120_000 });

const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const out = mkdtempSync(join(tmpdir(), "below-jupytext-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** What the book knows of a block: all but its line. */
function meaning(block: Block): unknown {
  if (block.kind === "prose") return { prose: block.source };
  const { id, tags, options, source } = block;
  return {
    id,
    tags: [...tags].toSorted(),
    options: options,
    source,
  };
}

function meanings({ number, slug, title, blocks }: Chapter): unknown {
  return { number, slug, title, blocks: blocks.map(meaning) };
}

describeWith("jupytext", [python], (pythonFile) => {
  async function save(files: readonly string[]): Promise<readonly string[]> {
    const { code, output } = await runCommand(
      pythonFile,
      [join(root, "tests/lab/save_chapter.py"), out, ...files],
      { cwd: root },
    );
    expect(code, output).toBe(0);
    return output.trim().split(/\r?\n/);
  }

  test("every chapter, opened and saved, reads as before, and saving it again changes nothing", async () => {
    const chapters = readBook(root).sources.map(({ chapter }) => chapter);
    const saved = await save(chapters.map(({ file }) => join(root, file)));
    const texts = saved.map((file) => readFileSync(file, "utf8"));
    for (const [index, chapter] of chapters.entries())
      expect(meanings(readGoodChapter(chapter.file, texts[index]))).toEqual(meanings(chapter));
    await save(saved);
    expect(saved.map((file) => readFileSync(file, "utf8"))).toEqual(texts);
  });
});
