/** Roles that point: {eq}, {ref}, {numref}, {term}, {cite}. A label that nothing has is a fault at its line. */
import type { Anchor } from "./anchors.ts";
import { addressOf, shortAuthors } from "../bibliography.ts";
import { BASE, faultAt, type PageContext } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import { type Node, textField } from "./myst.ts";

type Children = (node: Node, page: PageContext) => string;

export function crossReference(children: Children) {
  return (node: Node, page: PageContext): string => {
    const label = node.label ?? "";
    if (textField(node, "identifier").startsWith("term-")) return term(node, page, children);
    const anchor = page.resolve(page.source.chapter.slug, label);
    if (anchor === undefined) {
      faultAt(page, node, `{${textField(node, "kind") || "ref"}}`, "a label of this book", label);
      return "";
    }
    const words = (node.children ?? []).length > 0 ? children(node, page) : escapeHtml(nameOf(anchor, page));
    return `<a class="ref" href="${escapeHtml(hrefOf(anchor, page))}">${words}</a>`;
  };
}

function term(node: Node, page: PageContext, children: Children): string {
  const word = (node.label ?? "").toLowerCase();
  if (!page.terms.has(word)) faultAt(page, node, "{term}", "a word of GLOSSARY.md", word);
  return `<a class="term" href="${BASE}glossary/#${encodeURIComponent(word.replaceAll(" ", "-"))}">${children(node, page)}</a>`;
}

function hrefOf(anchor: Anchor, page: PageContext): string {
  const own = anchor.slug === page.source.chapter.slug;
  return `${own ? "" : `${BASE}${anchor.slug}/`}#${anchor.label}`;
}

/** How a sentence names it where the author gave no words. */
function nameOf({ kind, number, title, slug }: Anchor, page: PageContext): string {
  const abroad = slug === page.source.chapter.slug ? "" : ` of ${slug}`;
  switch (kind) {
    case "equation":
      return `(${number})`;
    case "figure":
      return `figure ${number}`;
    case "exercise":
      return `exercise ${number}`;
    case "cell":
      return `cell ${number}${abroad}`;
    case "section":
      return title;
  }
}

/** {cite:p}`a,b` → (Hu et al., 2022; …), {cite:t}`a` → Hu et al. (2022). */
export function citation(node: Node, page: PageContext): string {
  const cites = node.type === "citeGroup" ? (node.children ?? []) : [node];
  const isTextual = node["kind"] === "narrative";
  const parts = cites.map((cite) => one(cite, isTextual, page));
  return isTextual ? parts.join("; ") : `(${parts.join("; ")})`;
}

function one(node: Node, isTextual: boolean, page: PageContext): string {
  const key = node.label ?? "";
  const reference = page.bibliography.get(key);
  if (reference === undefined) {
    faultAt(page, node, "{cite}", "an entry of chapters/references.bib", key);
    return "";
  }
  page.cited.add(key);
  const [authors, year] = [
    escapeHtml(shortAuthors(reference)),
    escapeHtml(reference.fields["year"] ?? "n.d."),
  ];
  const title = escapeHtml(
    `${reference.fields["title"]}${addressOf(reference) === undefined ? "" : `, ${addressOf(reference)}`}`,
  );
  const words = isTextual ? `${authors} (${year})` : `${authors}, ${year}`;
  return `<a class="cite" href="#source-${escapeHtml(key)}" title="${title}">${words}</a>`;
}
