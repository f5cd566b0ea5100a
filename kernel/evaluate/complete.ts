/**
 * Whether a cell may run as it stands, for consoles that decide at Enter: Jupyter's is_complete_request.
 * A text is incomplete if the parser stumbles at its end: more text could still make it right.
 */
import { parseCell } from "./parse.ts";
import { skipTrivia } from "./scan.ts";
import { ParseFault, type Parse } from "./syntax.ts";

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  /** For an incomplete text: the white space the next line should start with. */
  readonly indent?: string;
}

export function isComplete(source: string, parsers: readonly Parse[]): Completeness {
  const fault = faultOf(source, parsers);
  if (!fault) return { status: "complete" };
  // `x?.` and `(a) =>` are reported further left; with a name after them they are right, or stop at the end as others do.
  const longer = `${source} _`;
  const longerFault = faultOf(longer, parsers);
  const unfinished = stopsAtEnd(fault, source) || !longerFault || stopsAtEnd(longerFault, longer);
  return unfinished ? { status: "incomplete", indent: indentAfter(source) } : { status: "invalid" };
}

function faultOf(source: string, parsers: readonly Parse[]): ParseFault | undefined {
  try {
    parseCell(source, parsers);
    return undefined;
  } catch (error) {
    if (error instanceof ParseFault) return error;
    throw error;
  }
}

// Some faults are reported where the thing began, though it is its end that is missing.
const OPEN_ENDED = /^(Unterminated (template|comment)|Missing catch or finally clause)/;

function stopsAtEnd(fault: ParseFault, source: string): boolean {
  return OPEN_ENDED.test(fault.message) || skipTrivia(source, fault.offset) >= source.length;
}

function indentAfter(source: string): string {
  const last = source.trimEnd().split(/\r?\n/).at(-1) ?? "";
  const indent = /^\s*/.exec(last)![0];
  return /([{[(]|=>)$/.test(last) ? `${indent}  ` : indent;
}
