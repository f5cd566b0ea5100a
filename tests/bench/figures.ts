/**
 * `npm run bench -- figures`: how long a slider's way is from the page to the kernel and back, in JupyterLab in a real browser. The same front-end
 * module on our kernel and on ipykernel with the Python package `anywidget`, in turns; timed inside the page, from the input's event
 * to the DOM's change by the value that the kernel computed.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { installKernelspec } from "../../kernel/index.ts";
import { launchBrowser, notebookOf } from "../lab/browser.ts";
import { startLab } from "../lab/lab-server.ts";
import { NotebookPage } from "../lab/notebook-page.ts";
import { type Claim, type Row, row } from "./row.ts";

const movesARound = 20;
/** Between moves: ipywidgets sends no change before the last one's job is told to be over, which is not this one's way. */
const restMs = 100;
const peerName = "ipykernel with anywidget";
const what = "slider → kernel → page";
const claims: readonly Claim[] = [
  { what, unit: "ms", peerName: null, goal: "<=50" },
  { what, unit: "ms", peerName, goal: null },
];

const esm = `export default { render({ model, el }) {
  const input = document.createElement("input");
  input.type = "range";
  input.max = "1000000";
  input.oninput = () => { model.set("x", input.valueAsNumber); model.save_changes(); };
  const square = document.createElement("output");
  model.on("change:y", () => (square.textContent = model.get("y")));
  el.append(input, square);
} }`;

const cells = {
  below: `import { widget } from "below/display";
const w = widget(${JSON.stringify(esm)}, { x: 0, y: 0 });
w.on("change:x", (x) => w.set("y", x * x));
w`,
  python3: `import anywidget, traitlets
class Slider(anywidget.AnyWidget):
    _esm = ${JSON.stringify(esm)}
    x = traitlets.Int(0).tag(sync=True)
    y = traitlets.Int(0).tag(sync=True)
w = Slider()
w.observe(lambda change: setattr(w, "y", change.new ** 2), "x")
w`,
};
type KernelName = keyof typeof cells;

/** browser: a Chromium's path. */
export async function benchFigures(
  python: string,
  browser: string,
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly Row[]> {
  const notebooks = mkdtempSync(join(tmpdir(), "below-bench-figures-"));
  for (const name of Object.keys(cells) as KernelName[])
    writeFileSync(join(notebooks, `${name}.ipynb`), notebookFor(name));
  const lab = await startLab(python, notebooks, installKernelspec);
  const chromium = await launchBrowser(browser);
  try {
    const pages = new Map<KernelName, Page>();
    for (const name of Object.keys(cells) as KernelName[]) {
      progress(`opening ${name}`);
      const page = await (await chromium.newContext()).newPage();
      const notebook = await NotebookPage.open(page, lab.urlOf(`lab/tree/${name}.ipynb?reset`));
      await notebook.runAll();
      await notebook.codeCells.first().locator("input[type=range]").waitFor();
      pages.set(name, page);
    }
    const samples: Record<KernelName, number[]> = { below: [], python3: [] };
    let moves = 0;
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? "warming up" : `round ${round}/${rounds}`);
      for (const [name, page] of pages)
        for (let i = 0; i < movesARound; i++) {
          const ms = await move(page, ++moves);
          if (round > 0) samples[name].push(ms);
          await sleep(restMs);
        }
    }
    return claims.map((claim) => row(claim, samples.below, claim.peerName === null ? null : samples.python3));
  } finally {
    await chromium.close();
    await lab.dispose();
    rmSync(notebooks, { recursive: true, force: true });
  }
}

function notebookFor(name: KernelName): string {
  const notebook = JSON.parse(notebookOf([cells[name]])) as { metadata: object };
  if (name === "below") return JSON.stringify(notebook);
  const kernelspec = { name, display_name: "Python 3 (ipykernel)", language: "python" };
  return JSON.stringify({ ...notebook, metadata: { ...notebook.metadata, kernelspec } });
}

/** Milliseconds until the square of `x` stands in the page. */
function move(page: Page, x: number): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    const input = document.querySelector(".jp-OutputArea-output input[type=range]");
    const square = input.parentElement.querySelector("output");
    const begun = performance.now();
    const observer = new MutationObserver(() => {
      if (square.textContent !== "${x * x}") return;
      observer.disconnect();
      resolve(performance.now() - begun);
    });
    observer.observe(square, { childList: true, characterData: true, subtree: true });
    input.value = "${x}";
    input.dispatchEvent(new Event("input"));
  })`);
}
