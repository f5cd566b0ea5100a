/**
 * Cell text → tree. Tries each parser in turn, and reads `{ a: 1 }` as an object, as consoles do.
 * The tree's offsets are those of `text`, which has `shift` characters more in front than the reader's source.
 */
import { skipTrivia } from "./scan.ts";
import { ParseFault, type Parse, type Program } from "./syntax.ts";

export interface ParsedCell {
  readonly text: string;
  readonly shift: 0 | 1;
  readonly program: Program;
}

/** Throws ParseFault, with the offset in `source`, when no parser accepts the cell. */
export function parseCell(source: string, parsers: readonly Parse[]): ParsedCell {
  const text = blankHashbang(source);
  if (text[skipTrivia(text, 0)] !== "{") return { text, shift: 0, program: parseWith(text, parsers) };
  const wrapped = `(${text}\n)`;
  const object = attempt(wrapped, parsers);
  if (isObjectLiteral(object)) return { text: wrapped, shift: 1, program: object };
  const block = attempt(text, parsers);
  if (!(block instanceof ParseFault)) return { text, shift: 0, program: block };
  if (!(object instanceof ParseFault)) return { text: wrapped, shift: 1, program: object };
  // Of two readings that both fail, the one that got further is the one that was meant.
  const asObject = new ParseFault(object.message, Math.min(object.offset - 1, text.length));
  throw asObject.offset > block.offset ? asObject : block;
}

/** The first parser's tree, or the next one's; if all refuse, what the first one said. */
export function parseWith(text: string, parsers: readonly Parse[]): Program {
  const result = attempt(text, parsers);
  if (result instanceof ParseFault) throw result;
  return result;
}

function attempt(text: string, parsers: readonly Parse[]): Program | ParseFault {
  let first: ParseFault | undefined;
  for (const parse of parsers) {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ParseFault)) throw error;
      first ??= error;
    }
  }
  return first ?? new ParseFault("bug: no parser was given", 0);
}

function isObjectLiteral(result: Program | ParseFault): result is Program {
  if (result instanceof ParseFault) return false;
  const [first] = result.body;
  return (
    first?.type === "ExpressionStatement" &&
    first.expression.type === "ObjectExpression" &&
    result.body.length === 1
  );
}

// `#!` may only stand first in a file, and a cell is evaluated inside a function.
function blankHashbang(source: string): string {
  return source.replace(/^\uFEFF?#![^\r\n\u2028\u2029]*/, (line) => " ".repeat(line.length));
}
