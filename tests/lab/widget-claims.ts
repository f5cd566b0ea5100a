/** Drivable figures in JupyterLab, moved by mouse and keyboard, read from the page: claims that display.test.ts makes on its server. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { NotebookPage } from "./notebook-page.ts";
import { root } from "./tools.ts";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const screenshot = (name: string): string => join(root, "build", "screenshots", `lab-${name}.png`);

/** What the claims are about, in this order; the last is to try things in. */
export const widgetCells = [
  `import { animatedLine, live, points, sliders, widget } from "below/display";
const knobs = sliders({ t: { min: 0.1, max: 3, step: 0.1, value: 1, label: "temperature" } }, {
  description: "Softmax of four logits", data: [2, 1, 0.5, -1],
  plot: ({ t }, logits) => {
    const weights = logits.map((z) => Math.exp(z / t));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { x: [-0.5, 3.5], y: [0, 1], bars: [{ y: weights.map((w) => w / sum), names: ["a", "b", "c", "d"] }] };
  } });
knobs.on("change:t", (t) => console.log("kernel saw", t));
knobs`,
  `const columns = points({ description: "Two vectors and their sum", at: { v: [1, 0.5], w: [-0.5, 1] }, x: [-2, 2], y: [-2, 2], widthPx: 400, heightPx: 400,
  plot: ({ v, w }) => ({ arrows: [{ to: v }, { to: w }, { to: [v[0] + w[0], v[1] + w[1]], label: "sum" }] }) });
columns`,
  `const line = animatedLine({ description: "A spiral", framesPerSecond: 40, x: [-1, 1], y: [-1, 1],
  path: Array.from({ length: 20 }, (_, i) => [Math.cos(i / 2) / (1 + i / 5), Math.sin(i / 2) / (1 + i / 5)] as const) });
line`,
  `const own = widget<{ weights: Float32Array }>(\`export default { render({ model, el }) {
  const button = document.createElement("button");
  button.textContent = "double";
  button.onclick = () => {
    const { buffer, byteOffset } = model.get("weights");
    model.set("weights", new Float32Array(buffer.slice(byteOffset, byteOffset + 8)).map((w) => 2 * w));
    model.save_changes();
    model.send({ pressed: 1 }, undefined, [Float32Array.of(0.5).buffer]);
  };
  model.on("msg:custom", ({ answer }) => (button.textContent = answer));
  el.append(button);
} }\`, { weights: Float32Array.of(1, 2) }, { description: "A button" });
own.on("msg:custom", (content, [bytes]) => {
  console.log(content, new Float32Array(bytes.slice().buffer), own.get("weights"));
  own.send({ answer: "thanks" });
});
own`,
  `live(() => {
  const [x, y] = columns.get("at").v;
  return \`t \${knobs.get("t")}, v \${x.toFixed(1)} \${y.toFixed(1)}, frame \${line.get("frame")} \${line.get("isPlaying")}\`;
})`,
  "",
];

/** `started`: what the caller's beforeAll has made. first: where `widgetCells` stand in its notebook, whose other cells are empty. */
export function widgetClaims(
  started: () => { readonly notebook: NotebookPage; readonly file: string },
  first: number,
): void {
  const [knobs, columns, line, own, hot, scratch] = widgetCells.map((_, i) => first + i);

  describe("Drivable figures", () => {
    let notebook: NotebookPage;
    let page: Page;
    const cell = (index: number): Locator => notebook.codeCells.nth(index);
    const slider = (): Locator => cell(knobs).getByRole("slider", { name: "temperature" });
    const firstBar = (): Promise<string | null> =>
      cell(knobs).locator("svg rect[fill='#0072b2']").first().getAttribute("height");

    beforeAll(async () => {
      ({ notebook } = started());
      page = notebook.page;
      await notebook.runAll();
    });

    test("a slider moved by a key changes the plot, the kernel's value and an output, and its listener prints below it", async () => {
      const before = await firstBar();
      await slider().press("ArrowRight");
      await slider().press("ArrowRight");
      await notebook.shows(hot, "t 1.2,");
      await notebook.shows(knobs, /kernel saw 1\.2/);
      expect(await notebook.run(scratch, "knobs.get('t')")).toEqual(["1.2"]);
      expect(await slider().getAttribute("aria-valuetext")).toBe("1.2");
      expect(Number(await firstBar())).toBeLessThan(Number(before)); // hotter: flatter
    });

    test("what the kernel sets moves the page's slider", async () => {
      await notebook.run(scratch, "knobs.set('t', 2); 0");
      await cell(knobs).locator("output", { hasText: /^2$/ }).waitFor();
      await notebook.shows(hot, "t 2,");
    });

    test("a point is dragged by the mouse and moved by keys; what follows from it is drawn", async () => {
      const handle = cell(columns).getByRole("slider", { name: "point v" });
      await handle.scrollIntoViewIfNeeded();
      const box = (await handle.locator("circle").first().boundingBox())!;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 82, y - 85, { steps: 5 }); // an inner width of 328 px is 4 long, an inner height of 340 as well
      await page.mouse.up();
      await notebook.shows(hot, "v 0.0 1.5,");
      await handle.press("Shift+ArrowLeft");
      await handle.press("ArrowDown");
      await notebook.shows(hot, "v -0.4 1.5,");
      expect(await handle.getAttribute("aria-valuetext")).toMatch(/^x -0\.4\d*, y 1\.[45]\d*$/);
      expect(await cell(columns).locator("svg text", { hasText: "sum" }).count()).toBe(1);
    });

    test("an animation plays to its end, in the kernel too, and a listener of any front end gets bytes both ways", async () => {
      await cell(line).getByRole("button", { name: "Play" }).click();
      await cell(line)
        .locator("output", { hasText: /^19 \/ 19$/ })
        .waitFor();
      await cell(line).getByRole("button", { name: "Play" }).waitFor();
      await cell(own).getByRole("button", { name: "double" }).click();
      await cell(own).getByRole("button", { name: "thanks" }).waitFor();
      await notebook.shows(own, "{ pressed: 1 } Float32Array(1) [ 0.5 ] Float32Array(2) [ 2, 4 ]");
      await notebook.shows(hot, "frame 19 false");
      await notebook.screenshot(screenshot("drivable"));
    });

    test("no rule of accessibility is broken in the figures", async () => {
      await page.addScriptTag({ path: axe });
      const broken = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(where: string): Promise<{ violations: { id: string }[] }> };
        };
        return (await axe.run(".below-widget")).violations.map(({ id }) => id);
      });
      expect(broken).toEqual([]);
    });

    test("while the kernel computes the figure says that it waits; then the newest value counts", async () => {
      const gate = `${started().file}.gate`;
      await notebook.start(
        scratch,
        `import { existsSync } from "node:fs";\nwhile (!existsSync(${JSON.stringify(gate)})) {}`,
      );
      for (let i = 0; i < 5; i++) await slider().press("ArrowLeft");
      const status = cell(knobs).locator(".below-widget-status");
      await status.filter({ hasText: "Waiting for the kernel" }).waitFor();
      await notebook.screenshot(screenshot("drivable-waiting"));
      writeFileSync(gate, "");
      await notebook.finished(scratch);
      await status.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
      await notebook.shows(hot, "t 1.5,");
    });

    test("the saved notebook has the figures' states, and beside each a picture and words", async () => {
      await notebook.save();
      const { cells, metadata } = JSON.parse(readFileSync(started().file, "utf8")) as Saved;
      const { state } = metadata.widgets["application/vnd.jupyter.widget-state+json"];
      const bundle = cells[knobs].outputs[0].data;
      const view = bundle["application/vnd.jupyter.widget-view+json"] as { model_id: string };
      expect(state[view.model_id]).toMatchObject({ model_name: "AnyModel", state: { t: 1.5 } });
      expect([bundle["image/svg+xml"]].flat().join("")).toMatch(
        /^<svg .*aria-label="Softmax of four logits"/,
      );
      expect([bundle["text/plain"]].flat().join("")).toBe("Softmax of four logits");
    });

    test("a reload of the page keeps it; what its listener prints is then in the figure", async () => {
      await page.reload();
      await slider().waitFor();
      await notebook.waitForIdle();
      expect(await slider().getAttribute("aria-valuetext")).toBe("1.5");
      await slider().press("ArrowRight");
      await cell(knobs).locator(".below-widget-log", { hasText: "kernel saw 1.6" }).waitFor();
      await notebook.shows(hot, "t 1.6,");
      await notebook.screenshot(screenshot("drivable-reloaded"));
    });
  });
}

interface Saved {
  readonly cells: readonly {
    readonly outputs: readonly { readonly data: Readonly<Record<string, unknown>> }[];
  }[];
  readonly metadata: {
    readonly widgets: {
      readonly "application/vnd.jupyter.widget-state+json": {
        readonly state: Readonly<Record<string, unknown>>;
      };
    };
  };
}
