/** Words that only TypeScript knows before a class member or a constructor's parameter. */
import type { Patch } from "./patch.ts";
import { wordsBetween } from "./scan.ts";

const MODIFIERS: ReadonlySet<string> = new Set([
  "public",
  "private",
  "protected",
  "readonly",
  "override",
  "abstract",
  "declare",
]);

/**
 * Blanks the modifiers between two offsets. `first` stands in for one that begins the range:
 * before a class member a `;`, because `public *g() {}` must not continue the field above it.
 */
export function blankModifiers(start: number, end: number, patch: Patch, first = ""): void {
  for (const word of wordsBetween(patch.source, start, end)) {
    if (MODIFIERS.has(word.text)) patch.blank(word.start, word.end, word.start === start ? first : "");
  }
}
