/** What each kind of MyST becomes on a page, and what is refused with its line instead of being left out. */
import { expect, test } from "vitest";
import type { Source } from "../../book.ts";
import { chapterText, type FixtureCell } from "../../fixtures/chapters.ts";
import { describeFault } from "../../fault.ts";
import { readGoodChapter } from "../../read.ts";
import { cellsOf } from "../../chapter.ts";
import type { Output } from "../../write/notebook.ts";
import { readBibliography } from "../bibliography.ts";
import { numberChapter } from "./anchors.ts";
import { splitSolution } from "./cell.ts";
import { openHighlighter } from "./code.ts";
import type { Outputs } from "./outputs.ts";
import { type Written, writePage } from "./page.ts";

const highlight = await openHighlighter();
const bibliography = readBibliography(
  "@misc{hu2022, author = {Hu, Edward and Shen, Yelong}, title = {LoRA}, year = {2022}, eprint = {2106.09685}}",
);

function sourceOf(...blocks: (string | FixtureCell)[]): Source {
  const file = "chapters/05-why/chapter.md";
  const chapter = readGoodChapter(file, chapterText({ title: "Why?", chapter: 5, slug: "why" }, ...blocks));
  const companions = new Map([["plot.ts", "export const a = 1;\nexport const b = 2;\n"]]);
  const pictures = new Map([["figures/x.svg", Buffer.from("<svg/>").toString("base64")]]);
  return { chapter, folder: "chapters/05-why", companions, oracles: new Map(), pictures };
}

/** outputs: of the first cell. */
function page(blocks: readonly (string | FixtureCell)[], ...outputs: readonly Output[]): Written {
  const source = sourceOf(...blocks);
  const [first] = cellsOf(source.chapter);
  const stored: Outputs = new Map(first && outputs.length > 0 ? [[first.id, outputs]] : []);
  const { anchors } = numberChapter(source.chapter, stored);
  const resolve = (_: string, label: string) =>
    anchors.find((anchor) => anchor.label === label) ??
    (label === "eq-far"
      ? { slug: "other", label, kind: "equation" as const, number: "2.7", title: "" }
      : undefined);
  return writePage(source, stored, { highlight, bibliography, terms: new Set(["kernel"]), resolve });
}

const html = (...blocks: (string | FixtureCell)[]): string => page(blocks).page.html;

test.each([
  [
    "an equation has a number, and a reference to it leads there",
    "$$\nx\n$$ (eq-x)\n\nBy {eq}`eq-x`.",
    ['id="eq-x"', '<a class="ref" href="#eq-x">(5.1)</a>', "<math"],
  ],
  [
    "a reference to another chapter leads to its page",
    "By {eq}`eq-far`.",
    ['href="/__below__/other/#eq-far">(2.7)</a>'],
  ],
  [
    "a figure has number, caption and text alternative",
    "```{figure} figures/x.svg\n:name: fig-x\n:alt: a small box\nThe *box*.\n```\n\nSee {ref}`fig-x`.",
    [
      'id="fig-x"',
      'alt="a small box"',
      "<strong>Figure 5.1.</strong> The <em>box</em>.",
      'href="#fig-x">figure 5.1</a>',
    ],
  ],
  [
    "an exercise is a section with a number of its own",
    "(ex-a)=\n### Exercise 1: try it (easy, 2 points)\n\nDo.\n\n## Next",
    [
      '<section class="exercise" aria-labelledby="ex-a">',
      "Exercise 5.1",
      '<span class="exercise-note">easy, 2 points</span>',
      '</section>\n<h2 id="next">',
    ],
  ],
  [
    "a citation names its source, and the page lists it",
    "As {cite:t}`hu2022` say {cite:p}`hu2022`.",
    ["Hu &amp; Shen (2022)", "(<a", 'id="source-hu2022"', "arXiv:2106.09685"],
  ],
  ["a term leads to the glossary", "A {term}`kernel`.", ['href="/__below__/glossary/#kernel">kernel</a>']],
  [
    "a DOI and an arXiv number in prose are links",
    "doi:10.1137/0613074 · arXiv:2009.06489.",
    ['href="https://doi.org/10.1137/0613074"', 'href="https://arxiv.org/abs/2009.06489"'],
  ],
  [
    "an answer folds",
    ":::{dropdown} Answer\nYes.\n:::",
    ['<details class="fold">', "<summary>Answer</summary>"],
  ],
  ["a remark has a title", ":::{warning}\nCare.\n:::", ['role="note"', ">Warning</p>"]],
  [
    "a companion is quoted by lines",
    "```{literalinclude} plot.ts\n:lines: 2\n```",
    ['<span class="t-constant">b</span>'],
  ],
  ["markup in text is text", "a < b & `<i>`", ["a &lt; b &amp; <code>&lt;i&gt;</code>"]],
])("%s", (_, prose, parts) => {
  const written = page([prose]);
  expect(written.faults).toEqual([]);
  for (const part of parts) expect(written.page.html).toContain(part);
});

test.each([
  [
    "a label that nothing has",
    "x\n\nBy {eq}`eq-none`.",
    ":13:1: {eq}: want a label of this book, got eq-none",
  ],
  [
    "a source that is not in the file",
    "{cite:p}`none`",
    ":11:1: {cite}: want an entry of chapters/references.bib, got none",
  ],
  ["TeX that cannot be set", "$\\frac{1$", ":11:1: math: want TeX that can be set, got "],
  [
    "a picture that is not there",
    "![words](figures/none.svg)",
    ":11:1: image: want a picture in chapters/05-why/figures, got figures/none.svg",
  ],
  ["a picture without words", "![](figures/x.svg)", ":11:1: image: want a text alternative, got none"],
  [
    "a link to a file that is not on the site",
    "[x](../../README.md)",
    ":11:1: link: want an address with a scheme, or ../NN-slug/chapter.md, got ../../README.md",
  ],
  [
    "a directive that no page can show",
    ":::{tabbed} x\ny\n:::",
    ":11:1: {tabbed}: want a directive that a page can show, got tabbed",
  ],
  [
    "a word that the glossary lacks",
    "{term}`shader`",
    ":11:1: {term}: want a word of GLOSSARY.md, got shader",
  ],
])("%s is a fault at its line", (_, prose, want) => {
  const [fault] = page([prose]).faults.map(describeFault);
  expect(fault).toContain(`chapters/05-why/chapter.md${want}`);
});

const bundle = (data: Record<string, unknown>): Output => ({
  output_type: "display_data",
  data,
  metadata: {},
});
const SVG = '<svg width="10" height="20"><title>A line</title><desc>It rises.</desc></svg>';

test("a picture is a numbered figure with a file of its own, its title as caption, its words as alternative", () => {
  const { page: written, faults } = page(
    [{ source: "1", options: [":label: cell-a"] }],
    bundle({ "image/svg+xml": SVG }),
  );
  expect(faults).toEqual([]);
  expect(written.html).toMatch(
    /<img src="\/__below__\/figures\/why\/[0-9a-f]{16}\.svg" alt="A line\. It rises\." width="10" height="20"/,
  );
  expect(written.html).toContain("<strong>Figure 5.1.</strong> A line");
  expect(Buffer.from(Object.values(written.assets)[0], "base64").toString()).toContain(
    '<svg xmlns="http://www.w3.org/2000/svg" width="10"',
  );
});

test("a specification is shown by its picture, and a picture without words is a fault at its cell", () => {
  const vega = { "application/vnd.vegalite.v5+json": {}, "text/html": "<b>x</b>", "image/svg+xml": "<svg/>" };
  const { page: written, faults } = page([{ source: "1" }], bundle(vega));
  expect(written.html).not.toContain("<b>x</b>");
  expect(faults.map(describeFault)[0]).toContain(
    "chapter.md:12:1: figure: want a text alternative, got none",
  );
});

test("what a cell printed as HTML cannot act in the page", () => {
  const hostile =
    '<table onclick="x()"><tr><td style="color:red;position:fixed">1</td></tr></table><script>x()</script><img src="https://a.example/x.png" alt="x"><a href="javascript:x()">y</a><iframe src="//a.example"></iframe>';
  const written = page([{ source: "1" }], bundle({ "text/html": hostile })).page.html;
  expect(written).toContain('<td style="color:red">1</td>');
  for (const part of ["<script", "onclick", "javascript", "iframe", "position", "a.example"])
    expect(written).not.toContain(part);
});

test("streams, errors and colours of a terminal are text", () => {
  const stream: Output = { output_type: "stream", name: "stdout", text: "\u001B[31m<red>\u001B[0m\n" };
  const error: Output = {
    output_type: "error",
    ename: "RangeError",
    evalue: "x < 0",
    traceback: ["RangeError: x < 0", "    at cell-1.ts:1:1"],
  };
  const written = page([{ source: "1" }], stream, error).page.html;
  expect(written).toContain("<samp>&lt;red&gt;</samp>");
  expect(written).toContain("<strong>RangeError</strong>: x &lt; 0");
  expect(written).toContain("at cell-1.ts:1:1");
});

test("hidden tests are not on a page; tests fold under their judge; a solution folds below its stub", () => {
  const written = html(
    { tags: "test, hidden", source: "secret();" },
    {
      tags: "test",
      options: [":points: 1", ":hint: Look at $x$."],
      source: "// Judge: a law, by hand; more.\nassert(1);",
    },
    {
      tags: "export, solution",
      source: "export function f() {\n  // BEGIN SOLUTION\n  return 42;\n  // END SOLUTION\n}",
    },
  );
  expect(written).not.toContain("secret");
  expect(written).toContain("<summary><strong>Test, 1 point</strong> Judge: a law, by hand.</summary>");
  expect(written).toMatch(/<details class="hint"><summary>Hint<\/summary><p>Look at .*<math/s);
  expect(written.split('<details class="solution">')[0]).not.toContain("42");
  expect(splitSolution("f();\n// BEGIN SOLUTION\ng();\n// END SOLUTION\n").stub).toBe(
    'f();\nthrow new Error("not written yet");\n',
  );
});
