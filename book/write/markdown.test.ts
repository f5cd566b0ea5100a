import { expect, test } from "vitest";
import type { Prose } from "../chapter.ts";
import { proseContext, toMarkdown } from "./markdown.ts";

function markdown(...sources: string[]): string {
  const prose = sources.map((source): Prose => ({ kind: "prose", id: "", source, line: 1 }));
  return toMarkdown(sources.at(-1) ?? "", proseContext(prose, "../chapters/05-why"));
}

const EQUATIONS = "```{math}\n:label: eq-a\na\n```\n\n$$\nb\n$$ (eq-b)";

test.each([
  ["an equation is $$ with its number", EQUATIONS, "$$\na\n\\tag{1}\n$$\n\n$$\nb\n\\tag{2}\n$$"],
  [
    "a role becomes its text",
    "{ref}`words <x>`, {cite:p}`knuth1984`, {term}`cell`, {math}`x^2`",
    "words, [knuth1984], cell, $x^2$",
  ],
  ["code spans and math are left alone", "`{eq}`, ``{eq}`a` ``, $a_{eq}$", "`{eq}`, ``{eq}`a` ``, $a_{eq}$"],
  ["an admonition is a quote", ":::{note} Mind\ntext\n\nmore\n:::", "> **Mind**\n>\n> text\n>\n> more"],
  ["an untitled one has its kind as title", "```{warning}\ntext\n```", "> **Warning**\n>\n> text"],
  [
    "an answer folds",
    ":::{dropdown} Answer\nSince **a**.\n:::",
    "<details>\n<summary>Answer</summary>\n\nSince **a**.\n\n</details>",
  ],
  [
    "directives nest",
    "::::{note} A\n:::{dropdown} B\nc\n:::\n::::",
    "> **A**\n>\n> <details>\n> <summary>B</summary>\n>\n> c\n>\n> </details>",
  ],
  ["targets and comments show nothing", "(ex-a)=\n### Exercise\n% later\nText", "### Exercise\nText"],
  [
    "paths are from notebooks/",
    "![p](figures/p.svg) [s](https://a.b/c) [o](../01-x/chapter.md)",
    "![p](../chapters/05-why/figures/p.svg) [s](https://a.b/c) [o](../chapters/05-why/../01-x/chapter.md)",
  ],
  [
    "a figure is an image and its caption",
    ":::{figure} figures/p.svg\n:alt: a line\nThe caption.\n:::",
    "![a line](../chapters/05-why/figures/p.svg)\n\nThe caption.",
  ],
  [
    "code stays as it is",
    "```ts\nconst a = `{eq}`; // +++ % ()=\n```",
    "```ts\nconst a = `{eq}`; // +++ % ()=\n```",
  ],
])("%s", (_, source, want) => {
  expect(markdown(source)).toBe(want);
});

test("references find equations and headings of the whole chapter", () => {
  expect(markdown(EQUATIONS, "(sec-a)=\n## Shapes", "By {eq}`eq-b` in {ref}`sec-a`")).toBe(
    "By (2) in Shapes",
  );
});
