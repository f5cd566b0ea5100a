/**
 * A drivable figure from the kernel that made it to a page without one: run over the wire, kept as a notebook keeps it, written as the site
 * writes it, moved in a real browser.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HtmlValidate } from "html-validate";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chapterText } from "../../book/fixtures/chapters.ts";
import { readGoodChapter } from "../../book/read.ts";
import { runChapter } from "../../book/run/chapter.ts";
import { readBook } from "../../book/book.ts";
import { openHighlighter } from "../../book/site/page/code.ts";
import { outputsOf } from "../../book/site/page/outputs.ts";
import { writePage } from "../../book/site/page/page.ts";
import { type Served, serveFolder } from "../../book/site/serve.ts";
import { executedNotebook, notebookText } from "../../book/write/notebook.ts";
import { findBrowser } from "../../scripts/browser.ts";
import { describeWith, root, tool } from "../lab/tools.ts";
import { launchBrowser, visit } from "./browse.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const cells = [
  `import { points, sliders, widget } from "below/display";
const knobs = sliders({ slope: { min: 0, max: 2, value: 1 } }, { description: "A line by its slope",
  plot: ({ slope }) => ({ x: [0, 1], y: [0, 2], title: "Slope", lines: [{ x: [0, 1], y: [0, slope] }] }) });
knobs`,
  "knobs.set('slope', 0.5); 0", // after it was shown: the state is the run's last, the picture the first
  `points({ description: "A point </script> to drag", at: { v: [1, 1] }, x: [0, 2], y: [0, 2] })`,
  `widget("export default { render({ el }) { el.append('alive'); } }", { x: 1 },
  { description: "needs a kernel", picture: () => "<svg width='9' height='9'></svg>" })`,
];

const text = chapterText({ title: "Why?", chapter: 5, slug: "why" }, ...cells.map((source) => ({ source })));
const browser = tool("browser", await findBrowser(), "installing Chromium, Chrome or Edge");
const folder = mkdtempSync(join(tmpdir(), "below-drivable-"));
let html: string;
let notebook: string;
let served: Served;

beforeAll(async () => {
  const chapter = readGoodChapter("chapters/05-why/chapter.md", text);
  const source = {
    chapter,
    folder: "chapters/05-why",
    companions: new Map(),
    oracles: new Map(),
    pictures: new Map(),
  };
  const outcome = await runChapter(readBook(root), source, {
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    onCell: () => undefined,
  });
  if (outcome.kind !== "ok") throw new Error(`want a run, got ${JSON.stringify(outcome)}`);
  const { executed, widgets } = outcome.result;
  notebook = notebookText(executedNotebook(chapter, new Map(Object.entries(executed)), widgets));
  const library = {
    highlight: await openHighlighter(),
    bibliography: new Map(),
    terms: new Set<string>(),
    resolve: () => undefined,
  };
  const { page, faults } = writePage(source, outputsOf(chapter, notebook), library);
  expect(faults).toEqual([]);
  html = `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Why?</title><link rel="icon" href="data:,"></head><body><main>${page.html.replaceAll("/__below__/", "./")}</main></body></html>\n`;
  for (const [path, content] of [
    ["index.html", Buffer.from(html).toString("base64")],
    ...Object.entries(page.assets),
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(content, "base64"));
  }
  served = await serveFolder({ folder, port: 0 });
});

afterAll(async () => {
  await served?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

test("the run's notebook has each figure's last state, under names that the next run gives as well", () => {
  const { metadata } = JSON.parse(notebook) as {
    metadata: { widgets: Record<string, { state: Record<string, unknown> }> };
  };
  const { state } = metadata.widgets["application/vnd.jupyter.widget-state+json"];
  expect(Object.keys(state)).toEqual(["widget-1", "widget-2", "widget-3"]);
  expect(state["widget-1"]).toMatchObject({
    model_name: "AnyModel",
    model_module: "anywidget",
    state: { slope: 0.5 },
  });
  expect(notebook).toContain('"model_id": "widget-1"');
});

test("its page is valid HTML, and without scripts each figure is a numbered picture with words", async () => {
  const rules = {
    "void-style": "off",
    "no-trailing-whitespace": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "require-sri": "off",
    "no-inline-style": "off",
  } as const;
  const report = await new HtmlValidate({ extends: ["html-validate:standard"], rules }).validateString(html);
  expect(
    report.results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)),
  ).toEqual([]);
  expect(html.match(/<img [^>]*alt="(A line by its slope|A point [^"]*|needs a kernel)"/g)).toHaveLength(3);
  expect(html.match(/data-widget/g)).toHaveLength(2);
});

describeWith("In a browser", [browser], (browserFile) => {
  let chromium: Browser;
  beforeAll(async () => void (chromium = await launchBrowser(browserFile)));
  afterAll(() => chromium?.close());

  test("a figure that computes by itself is moved without a kernel; one that cannot is its picture", async () => {
    const { page, trouble, close } = await visit(chromium, served.address, { scheme: "light", width: 800 });
    const figure = page.getByRole("group", { name: "A line by its slope" });
    const slider = figure.getByRole("slider", { name: "slope" });
    expect(await slider.getAttribute("aria-valuetext")).toBe("0.5");
    const path = figure.locator("svg path[stroke-linejoin]");
    const before = await path.getAttribute("d");
    await slider.press("End");
    await figure.locator("output", { hasText: /^2$/ }).waitFor();
    await page.waitForFunction(
      `document.querySelector("svg path[stroke-linejoin]").getAttribute("d") !== ${JSON.stringify(before)}`,
    );
    await page.getByRole("slider", { name: "point v" }).press("Shift+ArrowUp");
    await page.locator('[aria-label="point v"][aria-valuetext="x 1, y 1.2"]').waitFor();
    expect(await page.getByAltText("needs a kernel").count()).toBe(1);
    mkdirSync(join(root, "build/screenshots"), { recursive: true });
    await page.screenshot({ path: join(root, "build/screenshots/site-drivable.png"), fullPage: true });
    expect(trouble).toEqual([]);
    await close();
  });
});
