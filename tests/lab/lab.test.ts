/**
 * JupyterLab in a real browser on our kernel: what a reader does in the first hour, read from the page.
 * The judge of what a chapter's cells should show is Jupyter's own nbclient.
 */
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { installKernelspec } from "../../kernel/index.ts";
import { findBrowser } from "../../scripts/browser.ts";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { executedCells } from "./executed.ts";
import { type LabServer, startLab } from "./lab-server.ts";
import { NotebookPage } from "./notebook-page.ts";
import { descendants, running } from "./processes.ts";
import { describeWith, root, tool } from "./tools.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const browser = tool("browser", await findBrowser(), "installing Chromium, Chrome or Edge");
const chapter = "01-linear-algebra.ipynb";
const scratch = "scratch.ipynb";
const screenshot = (name: string): string => join(root, "build", "screenshots", `lab-${name}.png`);

describeWith("JupyterLab in a browser", [python, browser], (pythonFile, browserFile) => {
  let lab: LabServer;
  let chromiumBrowser: Browser;

  beforeAll(async () => {
    [lab, chromiumBrowser] = await Promise.all([
      startLab(pythonFile, join(root, "notebooks"), installKernelspec),
      launchBrowser(browserFile),
    ]);
    writeFileSync(join(lab.notebooks, scratch), notebookOf(["", "", ""]));
  });

  afterAll(async () => {
    await chromiumBrowser?.close();
    await lab?.dispose();
  });

  let shown: { name: string; notebook: NotebookPage } | undefined;

  /** A notebook that the test before may have left open: a page costs four seconds. */
  async function open(name: string): Promise<NotebookPage> {
    if (shown?.name === name) return shown.notebook;
    await close();
    const page = await chromiumBrowser.newPage({ viewport: { width: 1280, height: 1600 } });
    const notebook = await NotebookPage.open(page, lab.urlOf(`lab/tree/${name}?reset`));
    shown = { name, notebook };
    return notebook;
  }

  async function close(): Promise<void> {
    shown = undefined;
    for (const page of pagesOf(chromiumBrowser)) await page.close();
  }

  /** What a failed test leaves is not what the next one should find. */
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const name = task.name.replace(/\W+/g, "-").slice(0, 60);
    for (const page of pagesOf(chromiumBrowser))
      await page.screenshot({ path: screenshot(`failed-${name}`) });
    await close();
  });

  test("Run All gives every cell of chapter 01 the outputs that nbclient gets", async () => {
    const judged = join(lab.notebooks, "judged.ipynb");
    cpSync(join(lab.notebooks, chapter), judged);
    execFileSync(venvCommand(root, "jupyter"), ["execute", "--inplace", judged], { env: lab.environment });
    const expected = executedCells(judged);
    const notebook = await open(chapter);
    await notebook.runAll();
    await notebook.screenshot(screenshot("chapter-01"));
    expect(await notebook.codeCells.count()).toBe(expected.length);
    for (const [cell, { outputs, hasFailed, mayFail }] of expected.entries()) {
      const shown = await notebook.shownOutputs(cell);
      const where = `code cell ${cell + 1}`;
      expect(hasFailed, where).toBe(mayFail);
      expect(
        shown.map(({ mimeType }, index) => outputs[index]?.mimeTypes.includes(mimeType)),
        where,
      ).toEqual(outputs.map(() => true));
      for (const [index, { mimeType, text, sizePx }] of shown.entries()) {
        if (/plain|jupyter\.std/.test(mimeType)) expect(text, where).toBe(outputs[index].text);
        else expect(sizePx, where).toBeGreaterThan(0);
      }
    }
    expect(expected.flatMap(({ outputs }) => outputs).length).toBeGreaterThan(10);
  });

  test("an edited cell shows its new value, from the state the chapter left", async () => {
    const notebook = await open(chapter);
    const last = (await notebook.codeCells.count()) - 1;
    expect(await notebook.run(0, "const edited: number = 41;\nedited + 1")).toEqual(["42"]);
    expect(await notebook.run(last, "edited * 2")).toEqual(["82"]);
    expect(await notebook.run(last, "`again ${edited * 3}`")).toEqual(["'again 123'"]);
  });

  test("the editor colours TypeScript as TypeScript", async () => {
    const notebook = await open(scratch);
    await notebook.write(0, "interface Point { x: number }\nconst text = `a`;");
    const coloured = await notebook.editorTokens(0);
    const colourOf = (word: string): string | undefined =>
      coloured.find(({ text }) => text.includes(word))?.colour;
    expect(colourOf("interface")).toBeDefined(); // JavaScript has no such keyword
    expect(colourOf("interface")).toBe(colourOf("const"));
    expect(colourOf("`a`")).toBeDefined();
    expect(colourOf("`a`")).not.toBe(colourOf("const"));
  });

  test("stdout appears while its cell is still busy, also in a loop that never yields", async () => {
    const notebook = await open(scratch);
    const gate = join(lab.notebooks, "gate");
    const source = `import { existsSync } from "node:fs";
console.log("before the gate");
while (!existsSync(${JSON.stringify(gate)})) {}
console.log("after the gate");`;
    await notebook.start(0, source);
    await notebook.shows(0, "before the gate");
    expect(await notebook.isBusy(0)).toBe(true);
    expect((await notebook.outputs(0)).join()).not.toContain("after the gate");
    writeFileSync(gate, "");
    await notebook.finished(0);
    expect(await notebook.outputs(0)).toEqual(["before the gate\nafter the gate"]);
  });

  test("a throwing cell names its error and the reader's own lines, nothing of the kernel's", async () => {
    const notebook = await open(scratch);
    const source = `function far(x: number): never {
  throw new RangeError("too far: " + x);
}
far(3);`;
    const [text] = await notebook.run(1, source);
    await notebook.screenshot(screenshot("error"));
    expect(text).toMatch(/^RangeError: too far: 3$/m);
    const file = `cell-${await notebook.executionCount(1)}.ts`;
    expect(text).toMatch(new RegExp(`\\bfar\\b.*\\b${file}:2:9\\b`));
    expect(text).toMatch(new RegExp(`\\b${file}:4:1\\b`));
    expect(text.match(/^ +at .*$/gm)).toHaveLength(2);
    expect(text).not.toMatch(/node:|node_modules|kernel\/|evalmachine|<anonymous>/);
  });

  test("the toolbar's square stops while (true) {} and variables keep their values", async () => {
    const notebook = await open(scratch);
    await notebook.run(0, "let kept = 41;\nconst list = [1, 2];");
    await notebook.start(1, 'kept = 42;\nconsole.log("looping");\nwhile (true) {}');
    await notebook.shows(1, "looping");
    expect(await notebook.isBusy(1)).toBe(true);
    await notebook.interrupt();
    await notebook.finished(1);
    expect((await notebook.outputs(1)).join("\n")).toMatch(/interrupted/i);
    expect(await notebook.run(2, "`${kept} ${list.length}`")).toEqual(["'42 2'"]);
    await notebook.screenshot(screenshot("interrupt"));
  });

  test("Restart Kernel… forgets the state, and cells run again", async () => {
    const notebook = await open(scratch);
    expect(await notebook.run(0, "const kept = 41;\nkept + 1")).toEqual(["42"]);
    await notebook.restart();
    expect((await notebook.run(1, "kept")).join()).toMatch(/^ReferenceError: kept is not defined/);
    expect(await notebook.run(0, "const kept = 43;\nkept + 1")).toEqual(["44"]);
  });

  test("JupyterLab's end is its kernels' end", async () => {
    expect(descendants(lab.pid).filter(({ command }) => command.includes("kernel/main.ts"))).not.toEqual([]);
    const survivors = await lab.dispose();
    expect(survivors).toEqual([]);
    expect(running(lab.home)).toEqual([]);
  });
});

/** A fresh profile, and nothing that would call home. */
function launchBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", ...quiet],
  });
}

function pagesOf(browser: Browser | undefined): Page[] {
  return browser?.contexts().flatMap((context) => context.pages()) ?? [];
}

function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }));
  const kernelspec = { name: "below", display_name: "TypeScript (below)", language: "typescript" };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}
