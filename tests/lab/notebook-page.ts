/**
 * One notebook in JupyterLab, used as a person uses it: menus, toolbar, keyboard; what is read is what is shown.
 * Every wait is for something in the page, never for a time.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Locator, Page } from "playwright-core";

/** Longer than any single step takes on a slow machine with cold caches. */
export const stepLimitMs = 120_000;

export interface ShownOutput {
  readonly mimeType: string;
  readonly text: string;
  /** Width times height. */
  readonly sizePx: number;
}

export class NotebookPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens a notebook by its address and waits until its kernel is idle. */
  static async open(page: Page, url: string): Promise<NotebookPage> {
    page.setDefaultTimeout(stepLimitMs);
    await page.goto(url);
    const notebook = new NotebookPage(page);
    await notebook.codeCells.first().waitFor();
    await notebook.waitForIdle();
    return notebook;
  }

  get codeCells(): Locator {
    return this.page.locator(".jp-Notebook .jp-CodeCell");
  }

  /** The status bar's word, not the circle's: the circle is idle before there is a kernel, and a run would then ask for one. */
  async waitForIdle(): Promise<void> {
    await this.idle.waitFor();
  }

  /** Chooses an item by its words, as in `menu("Run", "Run All Cells")`. */
  async menu(name: string, item: string | RegExp): Promise<void> {
    await this.page.getByRole("menuitem", { name, exact: true }).click();
    await this.page.locator(".lm-Menu-itemLabel", { hasText: item }).first().click();
  }

  /** Clears what is there, so that whatever is shown afterwards comes from this run; waits for the last cell. */
  async runAll(): Promise<void> {
    await this.menu("Edit", "Clear Outputs of All Cells");
    await this.waitForPrompts(/^\[ \]:$/);
    await this.menu("Run", "Run All Cells");
    await this.waitForPrompts(/^\[\d+\]:$/);
    await this.waitForIdle();
  }

  /** Puts `source` in a code cell and starts it. Use `finished` or `shows` to wait for what it does. */
  async start(cell: number, source: string): Promise<void> {
    await this.write(cell, source);
    await this.page.keyboard.press("Control+Enter");
  }

  /** Runs `source` in a code cell to its end; its outputs, as texts. */
  async run(cell: number, source: string): Promise<string[]> {
    await this.write(cell, source);
    await this.clear(cell); // so that a number in the prompt is this run's
    await this.page.keyboard.press("Control+Enter");
    await this.finished(cell);
    return this.outputs(cell);
  }

  /** Replaces a cell's text, by the keyboard; leaves the cursor in it. */
  async write(cell: number, source: string): Promise<void> {
    const editor = this.codeCells.nth(cell).locator(".cm-content");
    await editor.click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(source);
  }

  async clear(cell: number): Promise<void> {
    await this.menu("Edit", /^Clear Cell Output$/);
    await this.waitForPrompt(cell, /^\[ \]:$/);
    await this.codeCells.nth(cell).locator(".cm-content").click();
  }

  async finished(cell: number): Promise<void> {
    await this.waitForPrompt(cell, /^\[\d+\]:$/);
  }

  /** The number in the brackets of a cell that has run. */
  async executionCount(cell: number): Promise<number> {
    return Number(/\d+/.exec((await this.prompt(cell).textContent()) ?? "")?.[0]);
  }

  async isBusy(cell: number): Promise<boolean> {
    return (await this.prompt(cell).textContent())?.trim() === "[*]:";
  }

  /** Waits until a cell's outputs show `text`. */
  async shows(cell: number, text: string | RegExp): Promise<void> {
    await this.codeCells.nth(cell).locator(".jp-OutputArea-output", { hasText: text }).first().waitFor();
  }

  /** What a cell shows, one text per output, without the spaces around it. */
  async outputs(cell: number): Promise<string[]> {
    const texts = await this.codeCells.nth(cell).locator(".jp-OutputArea-output").allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /** What a cell shows, one entry per output: how it is shown, its text, and the area it takes. */
  async shownOutputs(cell: number): Promise<readonly ShownOutput[]> {
    return this.codeCells
      .nth(cell)
      .locator(".jp-OutputArea-output")
      .evaluateAll((elements) =>
        elements.map((element) => {
          const { width, height } = element.getBoundingClientRect();
          // Lab's Vega renderer does not write down what it renders.
          const isVegaLite = element.classList.contains("jp-RenderedVegaLite");
          const mimeType =
            element.getAttribute("data-mime-type") ?? (isVegaLite ? "application/vnd.vegalite.v5+json" : "");
          return { mimeType, text: element.innerText.trim(), sizePx: width * height };
        }),
      );
  }

  /** The output of a cell that is shown as `mimeType`. */
  output(cell: number, mimeType: string): Locator {
    return this.codeCells.nth(cell).locator(`.jp-OutputArea-output[data-mime-type="${mimeType}"]`);
  }

  /** The field in which a running cell waits for the answer to `prompt`. */
  question(cell: number, prompt: string): Locator {
    return this.codeCells.nth(cell).locator(".jp-Stdin", { hasText: prompt }).locator(".jp-Stdin-input");
  }

  /** Waits for a question and answers it by the keyboard. */
  async answer(cell: number, prompt: string, text: string): Promise<void> {
    await this.question(cell, prompt).fill(text);
    await this.question(cell, prompt).press("Enter");
  }

  /** The menu's "Save Notebook", until nothing is left to save. */
  async save(): Promise<void> {
    await this.menu("File", /^Save Notebook$/);
    await this.page
      .locator(".lm-DockPanel .lm-TabBar-tab.lm-mod-current:not(.jp-mod-dirty)")
      .first()
      .waitFor();
  }

  /** What the popup offers after Tab, at the end of `source` in a code cell; Escape closes it. */
  async completions(cell: number, source: string): Promise<readonly { text: string; type: string }[]> {
    await this.write(cell, source);
    await this.page.keyboard.press("Tab");
    const items = this.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item");
    await items.first().waitFor();
    const offered = await items.evaluateAll((elements) =>
      elements.map((element) => ({
        text: element.querySelector(".jp-Completer-match")?.textContent ?? "",
        type: element.querySelector(".jp-Completer-typeExtended")?.textContent ?? "",
      })),
    );
    await this.page.keyboard.press("Escape");
    return offered;
  }

  /** What the tooltip shows after Shift+Tab, at the end of `source` in a code cell; Escape closes it. */
  async tooltip(cell: number, source: string): Promise<string> {
    await this.write(cell, source);
    await this.page.keyboard.press("Shift+Tab");
    const tooltip = this.page.locator(".jp-Tooltip");
    await tooltip.locator(".jp-RenderedHTMLCommon, pre").first().waitFor();
    const text = await tooltip.innerText();
    await this.page.keyboard.press("Escape");
    return text;
  }

  /** The coloured pieces of a cell's source. */
  async editorTokens(cell: number): Promise<readonly { text: string; colour: string }[]> {
    return this.codeCells
      .nth(cell)
      .locator(".cm-line span")
      .evaluateAll((elements) => {
        const window = globalThis as unknown as { getComputedStyle(of: unknown): { color: string } };
        return elements.map((element) => ({
          text: element.textContent ?? "",
          colour: window.getComputedStyle(element).color,
        }));
      });
  }

  /** The toolbar's square. */
  async interrupt(): Promise<void> {
    await this.page.locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]').click();
  }

  /** The menu's "Restart Kernel…", and yes to its question. */
  async restart(): Promise<void> {
    await this.menu("Kernel", /^Restart Kernel…$/);
    // Watched from before the click: the status is away from Idle only as long as a kernel needs to start.
    const left = this.idle.waitFor({ state: "hidden" });
    await this.page.locator(".jp-Dialog .jp-mod-accept").click();
    await left;
    await this.waitForIdle();
  }

  async screenshot(file: string): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  private get idle(): Locator {
    return this.page.locator(".jp-StatusBar-TextItem", { hasText: /\| Idle$/ });
  }

  private prompt(cell: number): Locator {
    return this.codeCells.nth(cell).locator(".jp-InputPrompt");
  }

  private async waitForPrompt(cell: number, pattern: RegExp): Promise<void> {
    await this.prompt(cell).filter({ hasText: pattern }).waitFor();
  }

  /** Until the prompt of every code cell reads like `pattern`; an empty cell is never run and never numbered. */
  private async waitForPrompts(pattern: RegExp): Promise<void> {
    const count = await this.codeCells.count();
    for (let cell = 0; cell < count; cell++) {
      const source = await this.codeCells.nth(cell).locator(".cm-content").textContent();
      if (source !== "") await this.waitForPrompt(cell, pattern);
    }
  }
}
