/**
 * The data model of the book: a chapter is prose and cells in order, and each knows its line in chapter.md.
 * Plain data; read.ts makes it, everything else in book/ reads it.
 */

/** What a cell is for. `show` is the default; `export` cells reach the module `below/<slug>`. */
export const TAGS = ["export", "show", "test", "hidden", "solution", "fails", "slow", "gpu"] as const;
export type Tag = (typeof TAGS)[number];

/** Options a code cell may carry, one a line: `:label: cell-x`. */
export const CELL_OPTIONS = ["tags", "label", "exercise", "points", "hint", "fails"] as const;

export interface Chapter {
  readonly number: number;
  readonly slug: string;
  /** The question that the chapter answers. */
  readonly title: string;
  /** Path from the root of the book, with forward slashes: chapters/01-linear-algebra/chapter.md */
  readonly file: string;
  /** The whole source; line ends are \n. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

export type Block = Prose | Cell;

export interface Cell {
  readonly kind: "code";
  /** Stable over edits elsewhere in the chapter: see identify.ts. */
  readonly id: string;
  readonly label?: string;
  readonly tags: ReadonlySet<Tag>;
  readonly options: Readonly<Record<string, string>>;
  readonly source: string;
  /** Of the first line of `source`, 1-based. */
  readonly line: number;
}

export interface Prose {
  readonly kind: "prose";
  readonly id: string;
  readonly source: string;
  readonly line: number;
}

/** The cells of a chapter, in order. */
export function cellsOf(chapter: Chapter): readonly Cell[] {
  return chapter.blocks.filter((block) => block.kind === "code");
}

/** "01-linear-algebra": the name of the chapter's folder and of its notebook. */
export function folderName(chapter: { readonly number: number; readonly slug: string }): string {
  return `${String(chapter.number).padStart(2, "0")}-${chapter.slug}`;
}

/** "1 chapter", "2 chapters" */
export function countChapters(count: number): string {
  return `${count} ${count === 1 ? "chapter" : "chapters"}`;
}
