/**
 * Ids of notebook cells. A labelled cell keeps its id for ever; another keeps it while its own text stays,
 * wherever it moves: so a re-opened notebook, a diff and a reader's saved outputs still match.
 */
import { createHash } from "node:crypto";

export interface Identifiable {
  readonly kind: "code" | "prose";
  readonly label?: string | undefined;
  readonly source: string;
}

/** Names the blocks of one chapter: call it once a block, in order. */
export function createIdentifier(slug: string): (block: Identifiable) => string {
  const seen = new Map<string, number>();
  return (block) => {
    const own = block.label === undefined ? [block.kind, block.source] : ["label", block.label];
    const content = JSON.stringify([slug, ...own]);
    const ordinal = seen.get(content) ?? 0;
    seen.set(content, ordinal + 1);
    return createHash("sha256").update(`${ordinal}:${content}`).digest("hex").slice(0, 16);
  };
}
