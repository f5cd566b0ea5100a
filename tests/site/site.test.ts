/**
 * The exported book, as `npm start` leaves it: every page of the real chapters. Judges that are not ours:
 * html-validate for the markup, axe-core for accessibility, Chromium for everything that a reader sees.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { HtmlValidate } from "html-validate";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { serveFolder, type Served } from "../../book/site/serve.ts";
import { readBook } from "../../book/book.ts";
import { findBrowser } from "../../scripts/browser.ts";
import { describeWith, root, tool } from "../lab/tools.ts";
import { launchBrowser, visit } from "./browse.ts";
import { addressesOf, brokenAddress, readPages, type SitePage } from "./pages.ts";

// The first run of all chapters may come before it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 480_000 });

const folder = join(root, "build/site");
const chapters = readBook(root).sources.map(({ chapter }) => chapter.slug);
let pages: readonly SitePage[];

beforeAll(async () => {
  const child = spawn(process.execPath, [...loaderFlags(), join(root, "scripts/start.ts")], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve, reject) =>
    child.on("error", reject).on("close", resolve),
  );
  const [said, complained, ended] = await Promise.all([text(child.stdout), text(child.stderr), code]);
  expect(ended, `${said}${complained}`).toBe(0);
  expect(said).toContain("the book as a site: build/site/");
  pages = readPages(folder);
});

function loaderFlags(): string[] {
  return [
    "--no-force-async-hooks-checks",
    "--no-additive-safe-int-feedback",
    "--import",
    "./kernel/loader/register.mjs",
  ];
}

describe("the exported files", () => {
  test("each written chapter has a page, beside contents and glossary", () => {
    const files = pages.map(({ file }) => file);
    for (const slug of chapters) expect(files).toContain(`${slug}/index.html`);
    expect(files).toEqual(expect.arrayContaining(["index.html", "glossary/index.html"]));
  });

  test("every page is valid HTML", async () => {
    const validator = new HtmlValidate({
      extends: ["html-validate:standard"],
      rules: {
        // Starlight's own markup: a trailing slash and the like are style, not validity.
        "void-style": "off",
        "no-trailing-whitespace": "off",
        "no-inline-style": "off",
        "attribute-boolean-style": "off",
        "attribute-empty-style": "off",
        "long-title": "off",
        "doctype-style": "off",
        "no-implicit-button-type": "off",
        "prefer-native-element": "off",
        "require-sri": "off",
      },
    });
    const faults: string[] = [];
    for (const { file, html } of pages) {
      const report = await validator.validateString(html, file);
      for (const { messages } of report.results)
        faults.push(
          ...messages.map(
            ({ line, column, ruleId, message }) => `${file}:${line}:${column} ${ruleId}: ${message}`,
          ),
        );
    }
    expect([...new Set(faults)].slice(0, 20)).toEqual([]);
  });

  test("every link leads somewhere, and none leaves the folder", () => {
    const faults = pages.flatMap((page) =>
      [...new Set(addressesOf(page.html))].flatMap((address) => {
        const problem = brokenAddress(folder, pages, page, address);
        return problem === undefined ? [] : [`${page.file}: ${address}: ${problem}`];
      }),
    );
    expect(faults).toEqual([]);
    expect(pages.flatMap(({ html }) => addressesOf(html)).length).toBeGreaterThan(100);
  });

  test("every picture has a text alternative, and every figure a number of its own", () => {
    for (const { file, html } of pages) {
      const pictures = [...html.matchAll(/<img[^>]*>/g)].map(
        ([tag]) => /\salt="([^"]*)"/.exec(tag)?.[1] ?? "",
      );
      expect(
        pictures.filter((alt) => alt.trim().length < 10),
        file,
      ).toEqual([]);
      const numbers = [...html.matchAll(/<strong>(Figure [\d.]+)<\/strong>/g)].map(([, number]) => number);
      expect(new Set(numbers).size, file).toBe(numbers.length);
    }
  });

  test("no hidden test is on a page", () => {
    for (const { chapter } of readBook(root).sources) {
      const page = pages.find(({ file }) => file === `${chapter.slug}/index.html`);
      const hidden = chapter.blocks.filter((block) => block.kind === "code" && block.tags.has("hidden"));
      // The first line that stands in a hidden cell alone.
      const shown = chapter.blocks
        .filter((block) => !hidden.includes(block))
        .map(({ source }) => source)
        .join("\n");
      const lines = hidden.flatMap(
        ({ source }) =>
          source.split("\n").find((line) => /^\/\/ Judge|^assert/.test(line) && !shown.includes(line)) ?? [],
      );
      const words = (page?.html ?? "").replaceAll(/<[^>]*>/g, "");
      for (const line of lines)
        expect(words, chapter.slug).not.toContain(line.replaceAll("&", "&amp;").replaceAll('"', "&quot;"));
    }
  });
});

const browserTool = tool("browser", await findBrowser(), "installing Chromium, Chrome or Edge");

describeWith("the site in a browser", [browserTool], (browserFile) => {
  let browser: Browser;
  let served: Served;
  // In a folder of a folder, so that an address from the root would be seen.
  beforeAll(async () => {
    browser = await launchBrowser(browserFile);
    served = await serveFolder({ folder, port: 0, base: "/some/where/" });
  });
  afterAll(async () => {
    await browser?.close();
    await served?.dispose();
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const addresses = (): readonly string[] =>
    pages.map(({ file }) => served.address + file.replace(/index\.html$/, ""));

  /** Half of axe's time is the contrast of coloured code: of thousands of pieces in a dozen styles one of each is left. */
  const thinned = `{
    const seen = new Set();
    for (const piece of document.querySelectorAll("pre span")) {
      const look = piece.className + piece.closest("pre").parentElement.className;
      if (seen.has(look)) piece.replaceWith(...piece.childNodes);
      else seen.add(look);
    }
  }`;
  /** Dark differs in its colours alone: there the one rule that sees colours is asked. */
  const rules = { light: {}, dark: { runOnly: ["color-contrast"] } };
  test.each(["light", "dark"] as const)(
    "%s: axe finds nothing, nothing is asked of another origin, the console is silent",
    async (scheme) => {
      for (const address of addresses()) {
        const { page, trouble, close } = await visit(browser, address, { scheme, width: 1280 });
        await page.evaluate(
          "document.querySelectorAll('main details').forEach((fold) => (fold.open = true))",
        );
        await page.evaluate(thinned);
        await page.evaluate(axe);
        const asked = JSON.stringify({ resultTypes: ["violations"], ...rules[scheme] });
        const found = (await page.evaluate(`axe.run(document, ${asked})`)) as {
          violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
        };
        const violations = found.violations.flatMap(({ id, nodes }) =>
          nodes
            .slice(0, 3)
            .map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
        );
        expect({ address, violations, trouble }).toEqual({ address, violations: [], trouble: [] });
        await close();
      }
    },
  );

  test("at 390 px nothing sticks out, with every fold open", async () => {
    for (const address of addresses()) {
      const { page, close } = await visit(browser, address, { scheme: "light", width: 390 });
      await page.evaluate("document.querySelectorAll('main details').forEach((fold) => (fold.open = true))");
      const sticksOut = await page.evaluate(`[...document.querySelectorAll("main *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest("pre, .formula, .table, .output"))
        .slice(0, 5).map((element) => element.outerHTML.slice(0, 200))`);
      const widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
      expect({ address, sticksOut, widths }).toEqual({ address, sticksOut: [], widths: [390, 390] });
      await close();
    }
  });

  test("formulas are set, pictures are drawn, outputs are there", async () => {
    for (const slug of chapters) {
      const { page, close } = await visit(browser, `${served.address}${slug}/`, {
        scheme: "light",
        width: 1280,
      });
      const [formulas, empty, pictures, outputs] = (await page.evaluate(`(async () => {
        const formulas = [...document.querySelectorAll(".formula math")];
        const images = [...document.querySelectorAll("figure img")];
        for (const image of images) { image.loading = "eager"; await image.decode(); }
        return [formulas.length, formulas.filter((each) => each.getBoundingClientRect().height < 8).length,
          images.filter((image) => image.naturalWidth === 0).length, document.querySelectorAll(".output").length];
      })()`)) as [number, number, number, number];
      expect({ slug, empty, pictures, hasFormulas: formulas > 0, hasOutputs: outputs > 0 }).toEqual({
        slug,
        empty: 0,
        pictures: 0,
        hasFormulas: true,
        hasOutputs: true,
      });
      await close();
    }
  });

  test("a page's numbers are those of its run", async () => {
    const run = readFileSync(join(root, "build/notebooks-run/01-linear-algebra.ipynb"), "utf8");
    const printed = /reads (0\.\d+) of the unseen digits/.exec(run)?.[1] ?? "none";
    const { page, close } = await visit(browser, `${served.address}linear-algebra/`, {
      scheme: "light",
      width: 1280,
    });
    expect(await page.locator("#cell-nearest .output").innerText()).toContain(printed);
    await close();
  });

  test("search finds a word and leads to its chapter, also in a folder of another server", async () => {
    const { page, trouble, close } = await visit(browser, served.address, { scheme: "light", width: 1280 });
    await page.locator("site-search button[data-open-modal]").click();
    await page.locator("site-search input").fill("Householder");
    const link = page.locator(".pagefind-ui__result-link").first();
    await link.waitFor();
    expect(await link.getAttribute("href")).toMatch(/^\/some\/where\/linear-algebra\//);
    await link.click();
    await page.waitForURL(/\/some\/where\/linear-algebra\//);
    expect(trouble).toEqual([]);
    await close();
  });

  test("a solution and a hint are folded until asked for", async () => {
    const { page, close } = await visit(browser, `${served.address}linear-algebra/`, {
      scheme: "light",
      width: 1280,
    });
    const exercise = page.locator("section.exercise").nth(1);
    const solution = exercise.locator("details.solution");
    expect(await solution.locator("pre").isVisible()).toBe(false);
    await solution.locator("summary").click();
    expect(await solution.locator("pre").innerText()).toContain("matmul");
    expect(await exercise.locator("details.hint").count()).toBeGreaterThan(0);
    await close();
  });
});
