/**
 * MyST's syntax tree → HTML. One small function a kind of node; what a page cannot show is a fault at its line,
 * never silence.
 */
import { posix } from "node:path";
import { readExercise } from "./anchors.ts";
import { BASE, faultAt, freshId, type PageContext, slugOf } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import { mathml } from "./math.ts";
import { type Node, plainText, textField } from "./myst.ts";
import { citation, crossReference } from "./references.ts";

type Writer = (node: Node, page: PageContext) => string;

const transparent: Writer = (node, page) => children(node, page);
const tagged =
  (tag: string): Writer =>
  (node, page) =>
    `<${tag}>${children(node, page)}</${tag}>`;

const WRITERS: Readonly<Record<string, Writer>> = {
  root: transparent,
  block: transparent,
  paragraph: (node, page) => `<p>${children(node, page)}</p>\n`,
  text: (node) => autolink(escapeHtml(node.value ?? "")),
  emphasis: tagged("em"),
  strong: tagged("strong"),
  delete: tagged("s"),
  subscript: tagged("sub"),
  superscript: tagged("sup"),
  underline: tagged("u"),
  break: () => "<br>",
  thematicBreak: () => "<hr>\n",
  comment: () => "",
  mystComment: () => "",
  mystTarget: () => "",
  inlineCode: (node) => `<code>${escapeHtml(node.value ?? "")}</code>`,
  inlineExpression: (node) => `<code>${escapeHtml(node.value ?? "")}</code>`,
  inlineMath: (node, page) => inlineMath(node, page),
  math: (node, page) => equation(node, page),
  code: (node, page) => codeBlock(node.value ?? "", textField(node, "lang"), page),
  heading: (node, page) => heading(node, page, undefined),
  list: (node, page) => list(node, page),
  listItem: (node, page) => `<li>${tight(node, page)}</li>\n`,
  blockquote: (node, page) => `<blockquote>\n${children(node, page)}</blockquote>\n`,
  link: (node, page) => link(node, page),
  image: (node, page) => image(node, page),
  table: (node, page) => table(node, page),
  container: (node, page) => figure(node, page),
  caption: transparent,
  details: (node, page) => `<details class="fold">\n${children(node, page)}</details>\n`,
  summary: (node, page) => `<summary>${children(node, page)}</summary>\n`,
  admonition: (node, page) => admonition(node, page),
  admonitionTitle: (node, page) => `<p class="aside-title">${children(node, page)}</p>\n`,
  abbreviation: (node, page) =>
    `<abbr title="${escapeHtml(textField(node, "title"))}">${children(node, page)}</abbr>`,
  mystDirective: (node, page) => directive(node, page),
  mystRole: (node, page) => role(node, page),
  crossReference: crossReference(children),
  citeGroup: citation,
  cite: citation,
  include: (node, page) => include(node, page),
  footnoteReference: (node) =>
    `<sup class="footnote"><a href="#fn-${attribute(node.label)}" id="fnref-${attribute(node.label)}">${attribute(node.label)}</a></sup>`,
  footnoteDefinition: (node, page) =>
    `<div class="footnote-text" id="fn-${attribute(node.label)}"><sup>${attribute(node.label)}</sup> ${children(node, page)}</div>\n`,
};

export function write(node: Node, page: PageContext): string {
  const writer = WRITERS[node.type];
  page.line = node.position?.start.line ?? page.line;
  if (writer !== undefined) return writer(node, page);
  faultAt(
    page,
    node,
    node.type,
    `one of ${Object.keys(WRITERS).toSorted().join(", ")}`,
    node.type,
    "plain Markdown",
  );
  return "";
}

export function children(node: Node, page: PageContext): string {
  return (node.children ?? []).map((child) => write(child, page)).join("");
}

/** Words of a hint or a caption: inline, without the paragraph around them. */
export function inlineText(root: Node, page: PageContext): string {
  return (root.children ?? [])
    .map((node) => (node.type === "paragraph" ? children(node, page) : write(node, page)))
    .join(" ");
}

function attribute(value: unknown): string {
  return escapeHtml(typeof value === "string" ? value : "");
}

/** Sources are named as `doi:10.…` and `arXiv:…` in prose; the reader wants to follow them. */
function autolink(html: string): string {
  return html
    .replaceAll(/\bdoi:(10\.\d{4,9}\/[^\s,;]*[^\s,;.)])/g, '<a href="https://doi.org/$1">doi:$1</a>')
    .replaceAll(/\barXiv:(\d{4}\.\d{4,5})/g, '<a href="https://arxiv.org/abs/$1">arXiv:$1</a>');
}

function tex(node: Node, page: PageContext, isDisplay: boolean): string {
  try {
    return mathml(node.value ?? "", isDisplay);
  } catch (error) {
    faultAt(page, node, "math", "TeX that can be set", (error as Error).message.split("\n")[0]);
    return "";
  }
}

function inlineMath(node: Node, page: PageContext): string {
  return `<span class="math">${tex(node, page, false)}</span>`;
}

/** The number stands beside the formula and is a link to it. */
function equation(node: Node, page: PageContext): string {
  const number = page.numbers.get(node);
  const formula = `<div class="formula" tabindex="0">${tex(node, page, true)}</div>`;
  if (number === undefined || node.label === undefined) return `<div class="equation">${formula}</div>\n`;
  const id = escapeHtml(freshId(page, node.label));
  return `<div class="equation" id="${id}">${formula}<a class="equation-number" href="#${id}" aria-label="Equation ${number}">(${number})</a></div>\n`;
}

/** code: text; language: "" shows it plain. */
export function codeBlock(code: string, language: string, page: PageContext): string {
  const name = language === "" ? "" : ` class="language-${escapeHtml(language)}"`;
  return `<pre class="code" tabindex="0"><code${name}>${page.highlight(code.replace(/\n$/, ""), language)}</code></pre>\n`;
}

/** label: of the target before it. An exercise shows its number, not the one that the author counted. */
export function heading(node: Node, page: PageContext, label: string | undefined): string {
  const depth = Math.max(2, Number(node["depth"] ?? 2));
  const number = page.numbers.get(node);
  const text = plainText(node);
  const id = freshId(page, label ?? slugOf(text));
  const exercise = number === undefined ? undefined : readExercise(text);
  const words = exercise === undefined ? children(node, page) : escapeHtml(exercise.title);
  const mark = exercise === undefined ? "" : `<span class="exercise-number">Exercise ${number}</span> `;
  const note =
    exercise === undefined || exercise.note === ""
      ? ""
      : ` <span class="exercise-note">${escapeHtml(exercise.note)}</span>`;
  page.headings.push({ depth, id, text: exercise === undefined ? text : `${number} ${exercise.title}` });
  return `<h${depth} id="${escapeHtml(id)}">${mark}${words}${note}</h${depth}>\n`;
}

function list(node: Node, page: PageContext): string {
  const start = Number(node["start"] ?? 1);
  if (node["ordered"] !== true) return `<ul>\n${children(node, page)}</ul>\n`;
  return `<ol${start === 1 ? "" : ` start="${start}"`}>\n${children(node, page)}</ol>\n`;
}

/** An item of one paragraph shows its words without the paragraph's distance. */
function tight(node: Node, page: PageContext): string {
  const [only, ...rest] = node.children ?? [];
  return only?.type === "paragraph" && rest.length === 0 ? children(only, page) : children(node, page);
}

function link(node: Node, page: PageContext): string {
  const url = textField(node, "url");
  return `<a href="${escapeHtml(address(node, url, page))}">${children(node, page)}</a>`;
}

/** Addresses with a scheme stay; a chapter's file is its page; any other file is not on the site. */
function address(node: Node, url: string, page: PageContext): string {
  if (/^[a-z][a-z+.-]*:|^#/i.test(url)) return url;
  const slug = /(?:^|\/)(?:\d+-)?(?<slug>[a-z0-9-]+)\/chapter\.md(?<hash>#.*)?$/.exec(url)?.groups;
  if (slug !== undefined) return `${BASE}${slug["slug"]}/${slug["hash"] ?? ""}`;
  faultAt(
    page,
    node,
    "link",
    "an address with a scheme, or ../NN-slug/chapter.md",
    url,
    `{ref}\`label\` or https://…`,
  );
  return url;
}

function image(node: Node, page: PageContext): string {
  const url = textField(node, "url");
  const alt = textField(node, "alt").trim();
  if (alt === "") faultAt(page, node, "image", "a text alternative", "none", ":alt: what the picture shows");
  const path = posix.normalize(url);
  const found = page.source.pictures.get(path);
  if (found === undefined) {
    faultAt(page, node, "image", `a picture in ${page.source.folder}/figures`, url);
    return "";
  }
  const asset = `figures/${page.source.chapter.slug}/${posix.basename(path)}`;
  page.assets.set(asset, found);
  return `<img src="${BASE}${escapeHtml(asset)}" alt="${escapeHtml(alt)}" loading="lazy">`;
}

function figure(node: Node, page: PageContext): string {
  if (node["kind"] !== "figure") return children(node, page);
  const number = page.numbers.get(node) ?? "";
  const id = freshId(page, node.label ?? `figure-${number}`);
  const [pictures, words] = [true, false].map((wanted) =>
    (node.children ?? []).filter(({ type }) => (type === "image") === wanted),
  );
  const caption = words
    .map((each) =>
      each.type === "paragraph" || each.type === "caption"
        ? inlineText({ type: "root", children: [each] }, page)
        : write(each, page),
    )
    .join(" ");
  return `<figure class="figure" id="${escapeHtml(id)}">${pictures.map((each) => write(each, page)).join("")}<figcaption><strong>Figure ${number}.</strong> ${caption}</figcaption></figure>\n`;
}

function table(node: Node, page: PageContext): string {
  const row = (each: Node): string =>
    `<tr>${(each.children ?? []).map((cell) => tableCell(cell, page)).join("")}</tr>`;
  const [head, ...rows] = node.children ?? [];
  return `<div class="table" tabindex="0"><table><thead>${row(head)}</thead><tbody>${rows.map(row).join("")}</tbody></table></div>\n`;
}

function tableCell(node: Node, page: PageContext): string {
  const align = typeof node["align"] === "string" ? ` class="align-${node["align"]}"` : "";
  return node["header"] === true
    ? `<th scope="col"${align}>${children(node, page)}</th>`
    : `<td${align}>${children(node, page)}</td>`;
}

function admonition(node: Node, page: PageContext): string {
  const kind = textField(node, "kind") || "note";
  const hasTitle = (node.children ?? [])[0]?.type === "admonitionTitle";
  const title = hasTitle
    ? ""
    : `<p class="aside-title">${escapeHtml(kind.charAt(0).toUpperCase() + kind.slice(1))}</p>\n`;
  return `<div class="aside aside-${escapeHtml(kind)}" role="note">${title}${children(node, page)}</div>\n`;
}

/** A directive that myst-parser knows has children; another one would lose its words in silence. */
function directive(node: Node, page: PageContext): string {
  if (node.children !== undefined) return children(node, page);
  faultAt(
    page,
    node,
    `{${textField(node, "name")}}`,
    "a directive that a page can show",
    textField(node, "name"),
    "{note}, {dropdown}, {figure}, {math} or {literalinclude}",
  );
  return "";
}

function role(node: Node, page: PageContext): string {
  if (node.children !== undefined) return children(node, page);
  faultAt(
    page,
    node,
    `{${textField(node, "name")}}`,
    "a role that a page can show",
    textField(node, "name"),
    "{eq}, {ref}, {numref}, {cite:p}, {cite:t} or {term}",
  );
  return "";
}

/** `literalinclude` of a companion: what stands in the file now, or some lines of it. */
function include(node: Node, page: PageContext): string {
  const file = textField(node, "file");
  const text = page.source.companions.get(file);
  if (text === undefined) {
    faultAt(
      page,
      node,
      "literalinclude",
      `a companion (${[...page.source.companions.keys()].join(", ") || "there is none"})`,
      file,
    );
    return "";
  }
  const ranges = (node["filter"] as { lines?: readonly (number | readonly [number, number?])[] } | undefined)
    ?.lines;
  return codeBlock(ranges === undefined ? text : cut(text, ranges), "typescript", page);
}

function cut(text: string, ranges: readonly (number | readonly [number, number?])[]): string {
  const lines = text.split("\n");
  return ranges
    .flatMap((range) =>
      typeof range === "number" ? lines.slice(range - 1, range) : lines.slice(range[0] - 1, range[1]),
    )
    .join("\n");
}
