/**
 * Diagnostics of a cell's module → the type errors that its reader should see, in the cell's own lines.
 * Left out: what is no mistake in a notebook, and what the evaluator or the import itself says better.
 */
import { excerpt, linesOf, lineStarts, type LineColumn } from "../evaluate/lines.ts";
import type { Failure } from "../host/port.ts";
import type { CellModule } from "./modules.ts";
import type { Diagnostic, Position } from "./server.ts";
import { wordingOf } from "./wording.ts";

export interface TypeError {
  readonly code: number;
  readonly message: string;
  readonly details: readonly string[];
  /** In the cell, from 1. */
  readonly start: LineColumn;
  readonly end: LineColumn;
  /** Offset in the module's own text (`outline.text`). */
  readonly offset: number;
  /** The text that is underlined. */
  readonly text: string;
}

const isError = 1;

/** Not errors in a cell, by TypeScript's codes. */
const left = new Set([
  // Modules that are not found: the import itself says which, and what to try. Untyped ones may be used.
  2307, 2732, 2882, 2792, 2834, 2835, 7016,
  // Implicit any: a cell may hold plain JavaScript. What an annotation says is still held against it.
  2683, 7005, 7006, 7008, 7009, 7010, 7011, 7017, 7018, 7019, 7020, 7022, 7023, 7024, 7025, 7029, 7031, 7034,
  7041, 7050, 7055,
  // A name twice in one cell: the evaluator's SyntaxError.
  2300, 2451,
  // An unused part of an expression: cells are made of expressions.
  2695,
]);

/** TypeScript knows no such name; a notebook may have it all the same, set by running code. */
const unknownName = new Set([2304, 2552, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593, 2662, 2663, 18004]);

export function isUnknownName({ code }: TypeError): boolean {
  return unknownName.has(code);
}

/** A module has no such export. */
const missingExport = new Set([1192, 2305, 2459, 2613, 2614, 2724]);

/** before: the text up to the error. */
function isSaidBetter(error: TypeError, before: string): boolean {
  // `typeof name` asks whether there is one.
  if (isUnknownName(error)) return /(?<![\w$.])typeof\s+$/.test(before);
  // The import of a value says which exports there are; one of a type is never run.
  return missingExport.has(error.code) && !/\bimport\s+type\b[^;]*$|\btype\s+$/.test(before);
}

export function typeErrors(module: CellModule, diagnostics: readonly Diagnostic[]): readonly TypeError[] {
  const { text, shift } = module.outline;
  const starts = lineStarts(text);
  const lines = linesOf(text).length;
  const inCell = ({ line }: Position): boolean => line >= 1 && line <= lines;
  // The module has one line in front of the cell; an object literal has one bracket in front of its first line.
  const placeOf = ({ line, character }: Position): LineColumn => ({
    line,
    column: character + 1 - (line === 1 ? shift : 0),
  });
  return diagnostics
    .filter(({ severity, code, range }) => severity === isError && !left.has(code) && inCell(range.start))
    .map(({ code, message, range }) => {
      const [first, ...details] = wordingOf(message);
      const offset = starts[range.start.line - 1] + range.start.character;
      const end = inCell(range.end) ? (starts[range.end.line - 1] ?? 0) + range.end.character : text.length;
      return {
        code,
        message: first,
        details,
        start: placeOf(range.start),
        end: placeOf(range.end),
        offset,
        text: text.slice(offset, end),
      };
    })
    .filter((error) => !isSaidBetter(error, text.slice(0, error.offset)))
    .toSorted((a, b) => a.offset - b.offset);
}

const mostShown = 10;

/** As a compiler prints it: place, code, message, the line, a caret and a squiggle under what is wrong. */
export function report(file: string, source: string, errors: readonly TypeError[]): readonly string[] {
  const shown = errors
    .slice(0, mostShown)
    .flatMap((error) => [
      `${file}:${error.start.line}:${error.start.column} - error TS${error.code}: ${error.message}`,
      ...error.details,
      ...squiggle(source, error),
    ]);
  return errors.length > mostShown ? [...shown, `… and ${errors.length - mostShown} more`] : shown;
}

/** What a cell that was stopped by type errors fails with. */
export function failureOf(file: string, source: string, errors: readonly TypeError[]): Failure {
  const [{ code, message }] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const ename = "TypeScriptError";
  const evalue = `${message} (TS${code})${more}`;
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...report(file, source, errors)] };
}

function squiggle(source: string, { start, end }: TypeError): string[] {
  const length = end.line === start.line ? end.column - start.column : Infinity;
  return excerpt(source, start, length);
}
