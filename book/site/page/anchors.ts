/**
 * What a chapter's page can be referred to by, and under which number: sections, equations, figures, exercises,
 * cells. Numbers run through a chapter and start with its own: equation (1.3), figure 1.2, exercise 1.1.
 */
import type { Block, Cell, Chapter } from "../../chapter.ts";
import type { Outputs } from "./outputs.ts";
import { isFigure } from "./mime.ts";
import { type Node, parseProse, plainText, walk } from "./myst.ts";

export type AnchorKind = "section" | "equation" | "figure" | "exercise" | "cell";

export interface Anchor {
  readonly slug: string;
  readonly label: string;
  readonly kind: AnchorKind;
  /** "1.3"; empty for sections. */
  readonly number: string;
  /** Words of a heading or caption; empty where there are none. */
  readonly title: string;
}

export interface Numbering {
  readonly anchors: readonly Anchor[];
  /** Number of a node of the tree or of a cell (its figure, or itself where it shows none). */
  readonly numbers: ReadonlyMap<Node | Cell, string>;
}

interface Count {
  readonly chapter: Chapter;
  readonly anchors: Anchor[];
  readonly numbers: Map<Node | Cell, string>;
  readonly counted: Map<AnchorKind, number>;
  cells: number;
}

export function numberChapter(chapter: Chapter, outputs: Outputs): Numbering {
  const count: Count = { chapter, anchors: [], numbers: new Map(), counted: new Map(), cells: 0 };
  for (const block of chapter.blocks) numberBlock(count, block, outputs);
  return count;
}

function numberBlock(count: Count, block: Block, outputs: Outputs): void {
  if (block.kind === "prose") return numberProse(count, parseProse(block));
  count.cells++;
  const isPicture = (outputs.get(block.id) ?? []).some(isFigure);
  const kind = isPicture ? "figure" : "cell";
  const number = isPicture ? next(count, "figure") : String(count.cells);
  count.numbers.set(block, number);
  if (block.label !== undefined) add(count, block.label, kind, number, "");
}

function numberProse(count: Count, root: Node): void {
  let target: string | undefined;
  for (const node of walk(root)) {
    if (node.type === "mystTarget") target = node.label;
    else if (node.type === "heading") target = numberHeading(count, node, target);
    else if (node.type === "math" && node.label !== undefined) give(count, node, "equation", node.label, "");
    else if (node.type === "container" && node["kind"] === "figure")
      give(count, node, "figure", node.label, captionOf(node));
  }
}

/** An exercise is a heading whose label says so. Returns the label that is left for what follows: none. */
function numberHeading(count: Count, node: Node, label: string | undefined): undefined {
  if (label?.startsWith("ex-")) give(count, node, "exercise", label, readExercise(plainText(node)).title);
  else if (label !== undefined) add(count, label, "section", "", plainText(node));
}

/** "Exercise 2: the smallest answer (medium, 3 points)" in its parts. */
export function readExercise(heading: string): { readonly title: string; readonly note: string } {
  const { title = heading, note = "" } =
    /^(?:Exercise\b[^:]*:\s*)?(?<title>.*?)(?:\s*\((?<note>[^()]*)\))?$/.exec(heading)?.groups ?? {};
  return { title, note };
}

function captionOf(figure: Node): string {
  return (figure.children ?? [])
    .filter(({ type }) => type !== "image")
    .map(plainText)
    .join(" ");
}

function give(count: Count, node: Node, kind: AnchorKind, label: string | undefined, title: string): void {
  const number = next(count, kind);
  count.numbers.set(node, number);
  if (label !== undefined) add(count, label, kind, number, title);
}

function next({ chapter, counted }: Count, kind: AnchorKind): string {
  const number = (counted.get(kind) ?? 0) + 1;
  counted.set(kind, number);
  return `${chapter.number}.${number}`;
}

function add(
  { chapter, anchors }: Count,
  label: string,
  kind: AnchorKind,
  number: string,
  title: string,
): void {
  anchors.push({ slug: chapter.slug, label, kind, number, title });
}
