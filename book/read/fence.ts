/** Fences of Markdown and MyST: ```lang, ```{directive}, ~~~, :::{directive}. */

export interface Fence {
  readonly mark: "`" | "~" | ":";
  readonly size: number;
  /** Of the opening line, in spaces. */
  readonly indent: number;
  /** "code-cell", "math", …; empty for a plain fence. */
  readonly directive: string;
}

/** The fence that a line opens, if it opens one (CommonMark §4.5; MyST's colon fence must name a directive). */
export function openFence(line: string): Fence | undefined {
  const found = /^(?<indent> *)(?<marks>`{3,}|~{3,}|:{3,})(?:\{(?<name>[^\s}]+)\})?(?<rest>.*)$/.exec(
    line,
  )?.groups;
  if (found === undefined) return undefined;
  const { indent, marks, name, rest } = found;
  const mark = marks[0] as Fence["mark"];
  if (mark === ":" && name === undefined) return undefined;
  // "```inline```" is a code span, and four spaces are an indented block, unless a directive is clearly meant.
  if (mark === "`" && rest.includes("`")) return undefined;
  if (indent.length > 3 && name === undefined) return undefined;
  return { mark, size: marks.length, indent: indent.length, directive: name ?? "" };
}

/** Whether a line closes a fence: the same mark, at least as many, nothing after. */
export function closes(line: string, fence: Fence): boolean {
  const marks = line.trim();
  return marks.length >= fence.size && marks === fence.mark.repeat(marks.length);
}
