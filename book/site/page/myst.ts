/** Prose → MyST's syntax tree, by myst-parser; worked out once for a block of prose. Knows nothing of HTML. */
import { mystParse } from "myst-parser";
import type { Prose } from "../../chapter.ts";

/** One node of mdast with MyST's additions. https://mystmd.org/spec */
export interface Node {
  readonly type: string;
  readonly children?: readonly Node[];
  readonly value?: string;
  readonly label?: string;
  readonly position?: { readonly start: { readonly line: number } };
  readonly [field: string]: unknown;
}

const known = new WeakMap<Prose, Node>();

export function parseProse(prose: Prose): Node {
  const found = known.get(prose) ?? parseText(prose.source);
  known.set(prose, found);
  return found;
}

/** Text that stands outside a chapter: a hint, a caption, a glossary's entry. */
export function parseText(text: string): Node {
  return mystParse(text) as Node;
}

/** The node and all below it, in the order of the text. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children ?? []) yield* walk(child);
}

/** The words of a node without their markup. */
export function plainText(node: Node): string {
  return node.children === undefined ? (node.value ?? "") : node.children.map(plainText).join("");
}

/** A field of a node that is a text; "" where there is none. */
export function textField(node: Node, name: string): string {
  const value = node[name];
  return typeof value === "string" ? value : "";
}
