/**
 * One chapter with its outputs → the HTML of its page and what belongs to it. Pure: no file, no clock; the shell
 * around it is somebody else's business (../shell.ts).
 */
import type { Source } from "../../book.ts";
import type { Block } from "../../chapter.ts";
import type { Fault } from "../../fault.ts";
import { referenceHtml } from "../bibliography.ts";
import { numberChapter } from "./anchors.ts";
import { cellHtml } from "./cell.ts";
import type { Heading, Library, PageContext } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import { type Node, parseProse } from "./myst.ts";
import type { Outputs } from "./outputs.ts";
import { heading, write } from "./prose.ts";

export interface Page {
  readonly html: string;
  /** For the table of contents. */
  readonly headings: readonly Heading[];
  /** Path below the site → content, base64. */
  readonly assets: Readonly<Record<string, string>>;
}

export interface Written {
  readonly page: Page;
  readonly faults: readonly Fault[];
}

export function writePage(source: Source, outputs: Outputs, library: Library): Written {
  const { numbers } = numberChapter(source.chapter, outputs);
  const page: PageContext = {
    ...library,
    source,
    outputs,
    numbers,
    headings: [],
    cited: new Set(),
    assets: new Map(),
    faults: [],
    ids: new Set(["_top"]),
    prose: undefined,
    line: 1,
  };
  const body = new Body();
  for (const block of source.chapter.blocks) writeBlock(block, page, body);
  const html = `${body.close()}${sources(page)}`;
  const { headings, assets, faults } = page;
  return { page: { html, headings, assets: Object.fromEntries(assets) }, faults };
}

/** The page's HTML as it grows. An exercise is a section that the next heading of its depth ends. */
class Body {
  readonly #parts: string[] = [];
  #openDepth: number | undefined;

  add(html: string): void {
    this.#parts.push(html);
  }

  /** Before a heading. exerciseId: of the heading if it opens an exercise. */
  section(depth: number, exerciseId: string | undefined): void {
    if (this.#openDepth !== undefined && depth <= this.#openDepth) this.#end();
    if (exerciseId === undefined) return;
    this.add(`<section class="exercise" aria-labelledby="${escapeHtml(exerciseId)}">\n`);
    this.#openDepth = depth;
  }

  close(): string {
    this.#end();
    return this.#parts.join("");
  }

  #end(): void {
    if (this.#openDepth !== undefined) this.add("</section>\n");
    this.#openDepth = undefined;
  }
}

function writeBlock(block: Block, page: PageContext, body: Body): void {
  if (block.kind === "code") return body.add(cellHtml(block, page));
  page.prose = block;
  page.line = 1;
  let label: string | undefined;
  for (const node of topLevel(parseProse(block))) {
    if (node.type === "mystTarget") label = node.label;
    else if (node.type === "heading") label = writeHeading(node, label, page, body);
    else body.add(write(node, page));
  }
}

function topLevel(root: Node): readonly Node[] {
  return (root.children ?? []).flatMap((node) => (node.type === "block" ? (node.children ?? []) : [node]));
}

/** The chapter's own title is the shell's. Returns the label that is left for what follows: none. */
function writeHeading(node: Node, label: string | undefined, page: PageContext, body: Body): undefined {
  const depth = Number(node["depth"]);
  if (depth === 1) return;
  body.section(depth, page.numbers.has(node) ? label : undefined);
  body.add(heading(node, page, label));
}

/** What the page cites, in the order of its first words. */
function sources(page: PageContext): string {
  if (page.cited.size === 0) return "";
  const entries = [...page.cited]
    .flatMap((key) => page.bibliography.get(key) ?? [])
    .map((reference) => ({ key: reference.key, html: referenceHtml(reference) }));
  const items = entries
    .toSorted((a, b) => (a.html < b.html ? -1 : 1))
    .map(({ key, html }) => `<li id="source-${escapeHtml(key)}">${html}</li>`);
  page.headings.push({ depth: 2, id: "cited-sources", text: "Cited sources" });
  return `<h2 id="cited-sources">Cited sources</h2>\n<ul class="sources">\n${items.join("\n")}\n</ul>\n`;
}
