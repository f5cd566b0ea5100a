/** The pages that are no chapters: contents, glossary, bibliography. */
import type { Book } from "../book.ts";
import { type Bibliography, referenceHtml, sortKey } from "./bibliography.ts";
import { BASE, type Heading, slugOf } from "./page/context.ts";
import { escapeHtml } from "./page/escape.ts";
import { plainText, parseText, type Node, walk } from "./page/myst.ts";
import { byPart } from "./parts.ts";

export interface FrontPage {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly html: string;
  readonly headings: readonly Heading[];
}

export const TITLE = "Below the API";
export const DESCRIPTION =
  "Language models from tensors to agents, in TypeScript: a book whose chapters are programs.";

/** The book's contents: a written chapter is a link, a planned one its question. */
export function contentsPage(book: Book): FrontPage {
  const written = new Set(book.sources.map(({ chapter }) => chapter.slug));
  const parts = byPart(book.contents.toSorted((a, b) => a.number - b.number));
  const sections = parts.map(({ title, items }) => {
    const entries = items.map(({ number, slug, title: question }) => {
      const words = `<span class="contents-number">${number}</span> ${escapeHtml(question)}`;
      return written.has(slug)
        ? `<li><a href="${BASE}${slug}/">${words}</a></li>`
        : `<li class="planned">${words}</li>`;
    });
    return `<h2 id="${slugOf(title)}">${escapeHtml(title)}</h2>\n<ul class="contents">\n${entries.join("\n")}\n</ul>`;
  });
  const intro = `<p class="lead">Language models from tensors to agents, in TypeScript. Each chapter opens with a question, breaks something naive, derives what repairs it, builds it from scratch, and checks it against a judge that is not our code. What a chapter exports, later chapters import.</p>
<p>Every result on these pages was computed by the code beside it, when the site was built. ${written.size} of ${book.contents.length} chapters are written; the others are planned.</p>`;
  return {
    id: "index",
    title: TITLE,
    description: DESCRIPTION,
    html: `${intro}\n${sections.join("\n")}`,
    headings: parts.map(({ title }) => ({ depth: 2, id: slugOf(title), text: title })),
  };
}

/** GLOSSARY.md is a table: word, meaning, what it does not mean. */
export function readGlossary(
  text: string,
): readonly { readonly word: string; readonly meaning: string; readonly not: string }[] {
  const rows = [...walk(parseText(text))].filter(({ type }) => type === "tableRow").slice(1);
  return rows.map((row) => {
    const [word = "", meaning = "", not = ""] = (row.children ?? []).map(cellText);
    return { word, meaning, not };
  });
}

function cellText(cell: Node): string {
  return plainText(cell).trim();
}

export function glossaryPage(text: string): FrontPage | undefined {
  const entries = readGlossary(text);
  if (entries.length === 0) return undefined;
  const items = entries.map(({ word, meaning, not }) => {
    const unlike = not === "" ? "" : ` <span class="not">Not: ${escapeHtml(not)}.</span>`;
    return `<dt id="${escapeHtml(word.toLowerCase().replaceAll(" ", "-"))}">${escapeHtml(word)}</dt>\n<dd>${escapeHtml(meaning)}${unlike}</dd>`;
  });
  return {
    id: "glossary",
    title: "Glossary",
    description: "Which word means what in this book.",
    html: `<p>One word, one meaning, in code and prose alike.</p>\n<dl class="glossary">\n${items.join("\n")}\n</dl>`,
    headings: [],
  };
}

export function bibliographyPage(bibliography: Bibliography): FrontPage | undefined {
  if (bibliography.size === 0) return undefined;
  const list = [...bibliography.values()]
    .toSorted((a, b) => sortKey(a).localeCompare(sortKey(b), "en"))
    .map((reference) => `<li id="source-${escapeHtml(reference.key)}">${referenceHtml(reference)}</li>`);
  return {
    id: "bibliography",
    title: "Bibliography",
    description: "The sources that the chapters cite.",
    html: `<ul class="sources">\n${list.join("\n")}\n</ul>`,
    headings: [],
  };
}
