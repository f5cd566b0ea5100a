/**
 * Offsets ↔ lines and columns, both counted from 1, columns in UTF-16 units, as V8 and editors do.
 */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** The offset at which each line starts. */
export function lineStarts(text: string): number[] {
  return [0, ...Array.from(text.matchAll(LINE_END), (match) => match.index + match[0].length)];
}

export function positionOf(text: string, offset: number): LineColumn {
  const starts = lineStarts(text);
  let line = starts.length;
  while (line > 1 && starts[line - 1] > offset) line--;
  return { line, column: offset - starts[line - 1] + 1 };
}

export function offsetOf(text: string, { line, column }: LineColumn): number {
  return (lineStarts(text)[line - 1] ?? text.length) + column - 1;
}

/** The lines of a text, without what ends them. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/);
}

/**
 * The line a position is in, with a caret under the column, and a squiggle behind it for more than one character:
 * `   4 | const y = "a"` and `     |           ^~~`. Nothing for a line the text does not have.
 * length: in UTF-16 units; what is beyond the line's end is not underlined.
 */
export function excerpt(text: string, { line, column }: LineColumn, length = 1): string[] {
  const content = linesOf(text)[line - 1];
  if (content === undefined) return [];
  const [shown, before] = around(content, column - 1);
  const marked = shown.slice(before.length, before.length + length);
  const squiggle = "~".repeat(Math.max(0, Array.from(marked).length - 1));
  // A tab stays a tab, and a surrogate pair takes one place, so that the caret stands under its character.
  const padding = Array.from(before, (character) => (character === "\t" ? "\t" : " ")).join("");
  const number = String(line).padStart(6);
  return [`${number} | ${shown}`, `${" ".repeat(number.length)} | ${padding}^${squiggle}`];
}

// A minified line is cut to the part around the column.
function around(content: string, index: number): [shown: string, before: string] {
  const WIDTH = 120;
  if (content.length <= 2 * WIDTH) return [content, content.slice(0, index)];
  const start = Math.max(0, index - WIDTH / 2);
  const lead = start > 0 ? "…" : "";
  const tail = start + WIDTH < content.length ? "…" : "";
  return [lead + content.slice(start, start + WIDTH) + tail, lead + content.slice(start, index)];
}
