/** What our kernel shows and asks in JupyterLab, read from the page of a real browser: figures, tables, bars, questions. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { installKernelspec } from "../../kernel/index.ts";
import { findBrowser } from "../../scripts/browser.ts";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { launchBrowser, notebookOf } from "./browser.ts";
import { type LabServer, startLab } from "./lab-server.ts";
import { NotebookPage } from "./notebook-page.ts";
import { describeWith, root, tool } from "./tools.ts";
import { widgetCells, widgetClaims } from "./widget-claims.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const browser = tool("browser", await findBrowser(), "installing Chromium, Chrome or Edge");
const screenshot = (name: string): string => join(root, "build", "screenshots", `lab-${name}.png`);
const scratch = "display.ipynb";

describeWith("Display in JupyterLab", [python, browser], (pythonFile, browserFile) => {
  let lab: LabServer;
  let chromium: Browser;
  let notebook: NotebookPage;

  beforeAll(async () => {
    // Without CI: there bars say their last line only, and here somebody watches.
    [lab, chromium] = await Promise.all([
      startLab(pythonFile, join(root, "notebooks"), installKernelspec, { CI: "" }),
      launchBrowser(browserFile),
    ]);
    writeFileSync(join(lab.notebooks, scratch), notebookOf(["", "", "", "", "", ...widgetCells]));
    const page = await chromium.newPage({ viewport: { width: 1280, height: 1900 } });
    notebook = await NotebookPage.open(page, lab.urlOf(`lab/tree/${scratch}?reset`));
  });

  afterAll(async () => {
    await chromium?.close();
    await lab?.dispose();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail")
      await notebook?.screenshot(screenshot(`failed-${task.name.replace(/\W+/g, "-").slice(0, 60)}`));
  });

  // First, and in the same notebook: a server costs seconds, and so does a page.
  widgetClaims(() => ({ notebook, file: join(lab.notebooks, scratch) }), 5);

  test("a Vega-Lite figure is drawn by the page, a Plotly surface is its picture", async () => {
    await notebook.run(
      0,
      `import { vegaLite, plotly } from "below/display";
const step = Float32Array.from({ length: 40 }, (_, i) => i);
const loss = step.map((x) => Math.exp(-x / 10));
vegaLite({ description: "Loss falls with each step", data: { values: { step, loss } }, mark: { type: "line", point: true },
  encoding: { x: { field: "step", type: "quantitative" }, y: { field: "loss", type: "quantitative" } } })`,
    );
    await notebook.codeCells.nth(0).locator(".jp-RenderedVegaLite canvas.marks").waitFor();
    expect(await notebook.shownOutputs(0)).toMatchObject([{ mimeType: "application/vnd.vegalite.v5+json" }]);
    await notebook.run(
      1,
      `const z = Array.from({ length: 20 }, (_, i) => Float32Array.from({ length: 20 }, (_, j) => Math.sin(i / 3) * Math.cos(j / 3)));
plotly({ data: [{ type: "surface", z }], layout: { title: { text: "A surface" }, width: 600, height: 400 } })`,
    );
    // Plotly's extension shows the bundle's picture until the mouse is over it.
    await notebook.codeCells.nth(1).locator(".jp-RenderedPlotly img.plot-img").waitFor();
    await notebook.screenshot(screenshot("figures"));
  });

  test("in the saved notebook both figures are pictures and text as well, for whoever runs no scripts", async () => {
    await notebook.save();
    const { cells } = JSON.parse(readFileSync(join(lab.notebooks, scratch), "utf8")) as {
      cells: { outputs: { data: Record<string, string | string[]> }[] }[];
    };
    const [vega, plotly] = cells.slice(0, 2).map(({ outputs }) => outputs[0]?.data);
    const svg = [vega["image/svg+xml"]].flat().join("");
    expect(svg.match(/aria-label="step: \d+; loss: [^"]*"/g)!.length).toBeGreaterThanOrEqual(40); // a mark a row
    expect([vega["text/plain"]].flat().join("")).toBe("Loss falls with each step");
    const png = Buffer.from(plotly["image/png"] as string, "base64");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400]); // IHDR
    expect([plotly["text/plain"]].flat().join("")).toBe("A surface: surface trace 1");
  });

  test("under the mouse the Plotly surface is live", async () => {
    const surface = notebook.codeCells.nth(1).locator(".jp-RenderedPlotly");
    await surface.locator("img.plot-img").dispatchEvent("mouseenter");
    await surface.locator(".gl-container canvas").first().waitFor();
    expect(await surface.locator(".gtitle").textContent()).toBe("A surface");
    await notebook.screenshot(screenshot("figures-live"));
  });

  test("records are a table with headers, and tslab's calls show what they say", async () => {
    await notebook.run(0, "[{ name: 'Ada', born: 1815 }, { name: 'Alan', born: 1912 }]");
    const table = notebook.output(0, "text/html").locator("table");
    expect(await table.locator("th[scope=col]").allInnerTexts()).toEqual(["", "name", "born"]);
    expect(await table.locator("td").allInnerTexts()).toEqual(["Ada", "1815", "Alan", "1912"]);
    await notebook.run(1, 'import * as tslab from "tslab";\ntslab.display.html("<b id=by-tslab>bold</b>")');
    expect(await notebook.output(1, "text/html").locator("#by-tslab").innerText()).toBe("bold");
  });

  test("a bar is one line, seen while its cell is busy, and ends full", async () => {
    const gate = join(lab.notebooks, "gate");
    await notebook.start(
      2,
      `import { existsSync } from "node:fs";
for (const step of progress(4, "train")) {
  await new Promise((resolve) => setTimeout(resolve, 150));
  while (step === 2 && !existsSync(${JSON.stringify(gate)})) {}
}`,
    );
    await notebook.shows(2, /train █+░+ 2\/4/);
    expect(await notebook.isBusy(2)).toBe(true);
    await notebook.screenshot(screenshot("progress"));
    writeFileSync(gate, "");
    await notebook.finished(2);
    await notebook.shows(2, /train █+ 4\/4/);
    expect(await notebook.outputs(2)).toHaveLength(1);
  });

  test("a question of a cell is answered in the page, a secret one is not shown", async () => {
    await notebook.start(
      3,
      'const who = prompt("Who? ");\nconst key = prompt("Key? ", { password: true });\n`${who} ${key.length}`',
    );
    await notebook.answer(3, "Who? ", "Ada");
    expect(await notebook.question(3, "Key? ").getAttribute("type")).toBe("password");
    await notebook.answer(3, "Key? ", "secret");
    await notebook.finished(3);
    await notebook.shows(3, "'Ada 6'");
    expect((await notebook.outputs(3)).join()).not.toContain("secret");
  });

  test("what an async generator gives is seen while it comes", async () => {
    const gate = join(lab.notebooks, "gate-2");
    await notebook.start(
      4,
      `import { existsSync } from "node:fs";
(async function* () {
  yield "first ";
  while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
  yield "second";
})()`,
    );
    await notebook.shows(4, /^first\s*$/);
    expect(await notebook.isBusy(4)).toBe(true);
    writeFileSync(gate, "");
    await notebook.finished(4);
    await notebook.shows(4, "first second");
    expect(await notebook.outputs(4)).toHaveLength(1);
  });
});
