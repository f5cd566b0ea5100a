/**
 * One fault in the book's source, and how a person reads it:
 * `chapters/01-linear-algebra/chapter.md:28:15: WHO: want WANT, got GOT; try TRY`.
 */
export interface Fault {
  /** Path from the root of the book, with forward slashes. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  readonly who: string;
  readonly want: string;
  readonly got: string;
  /** What to do about it; only where it would work. */
  readonly hint?: string | undefined;
  /** Further lines for a person: the source line, a traceback. */
  readonly detail?: string;
}

export function describeFault(fault: Fault): string {
  const hint = fault.hint === undefined ? "" : `; try ${fault.hint}`;
  const detail = fault.detail === undefined ? "" : `\n${fault.detail}`;
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.who}: want ${fault.want}, got ${fault.got}${hint}${detail}`;
}

/** By file, then place: the order in which a person mends them. */
export function sortFaults(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted(
    (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column || compare(a.who, b.who),
  );
}

/** By code unit, so that the order is the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Line and column (1-based) of an offset in a text. */
export function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - start + 1 };
}
