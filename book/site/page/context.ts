/** What the writers of one page share: where it looks things up, and what it gathers on the way. */
import type { Source } from "../../book.ts";
import type { Cell, Prose } from "../../chapter.ts";
import type { Fault } from "../../fault.ts";
import type { Bibliography } from "../bibliography.ts";
import type { Anchor } from "./anchors.ts";
import type { Highlight } from "./code.ts";
import type { Node } from "./myst.ts";
import type { Outputs } from "./outputs.ts";

/** Stands before every address of the site until ../fill.ts knows how deep the page lies. */
export const BASE = "/__below__/";

export interface Heading {
  readonly depth: number;
  readonly id: string;
  readonly text: string;
}

/** What every page of the book may look up. */
export interface Library {
  readonly highlight: Highlight;
  readonly bibliography: Bibliography;
  /** Lower-case words of the glossary. */
  readonly terms: ReadonlySet<string>;
  /** What a label names, seen from a chapter: its own first. */
  readonly resolve: (slug: string, label: string) => Anchor | undefined;
}

export interface PageContext extends Library {
  readonly source: Source;
  readonly outputs: Outputs;
  readonly numbers: ReadonlyMap<Node | Cell, string>;
  /** Gathered while the page is written. */
  readonly headings: Heading[];
  readonly cited: Set<string>;
  /** Path below the site → content, base64. */
  readonly assets: Map<string, string>;
  readonly faults: Fault[];
  readonly ids: Set<string>;
  /** The prose that is being written: for the lines of faults. */
  prose: Prose | undefined;
  /** Line in it of the last node that knew its own: roles do not. */
  line: number;
}

/** Notes a fault at a node of the prose that is being written. */
export function faultAt(
  page: PageContext,
  node: Node,
  who: string,
  want: string,
  got: string,
  hint?: string,
): void {
  const line = (page.prose?.line ?? 1) + (node.position?.start.line ?? page.line) - 1;
  page.faults.push({ file: page.source.chapter.file, line, column: 1, who, want, got, hint });
}

/** An id that the page has not used yet. */
export function freshId(page: PageContext, wanted: string): string {
  let id = wanted;
  for (let n = 2; page.ids.has(id); n++) id = `${wanted}-${n}`;
  page.ids.add(id);
  return id;
}

/** "What any matrix does" → "what-any-matrix-does" */
export function slugOf(text: string): string {
  const words = text
    .toLowerCase()
    .normalize("NFC")
    .match(/[\p{L}\p{N}]+/gu);
  return words?.join("-") ?? "section";
}
