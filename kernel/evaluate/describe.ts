/**
 * A thrown value → what a person should see of it.
 * First the name and message, then the frames, with the line that failed and a caret; then causes and the errors of an AggregateError.
 */
import { CellSyntaxError, type CellPosition } from "./errors.ts";
import { explain } from "./explain.ts";
import { excerpt, offsetOf, positionOf as positionIn } from "./lines.ts";
import { preview, readSafely, safely } from "./preview.ts";
import type { CellRecords } from "./records.ts";
import { framesOf, type Frame } from "./stack.ts";

export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: string[];
  /** Where it happened: in a cell if any frame is a cell's, else in the innermost module. */
  readonly position?: CellPosition;
}

interface Context {
  readonly records: CellRecords;
  readonly isInternal: ((url: string) => boolean) | undefined;
  /** Causes may go round in circles. */
  readonly seen: Set<unknown>;
}

export function describeError(
  error: unknown,
  records: CellRecords,
  isInternal?: (url: string) => boolean,
): CellError {
  return describeOne(error, { records, isInternal, seen: new Set() });
}

function describeOne(error: unknown, context: Context): CellError {
  context.seen.add(error);
  if (!isErrorLike(error)) return describeThrown(error);
  const frames = error instanceof CellSyntaxError ? [frameAt(error.position)] : readFrames(error, context);
  const inCell = frames.findIndex((frame) => frame.isCell);
  const failing = inCell >= 0 ? inCell : frames.findIndex((frame) => frame.line !== undefined);
  const ename = nameOf(error);
  const evalue = refine(textOf(readSafely(error, "message")), frames, failing, context);
  const traceback = [
    ...headline(ename, evalue),
    ...frameLines(frames, failing, error, context),
    ...related(error, context),
  ];
  const position = frames[failing] && positionOf(frames[failing]);
  return { ename, evalue, traceback, ...(position ? { position } : {}) };
}

// Says better what V8 says beside the point; moves the failing frame to it.
function refine(message: string, frames: Frame[], failing: number, { records }: Context): string {
  const frame = frames[failing];
  const source = frame && failing === 0 ? records.get(frame.file)?.source : undefined;
  if (!frame || source === undefined || frame.line === undefined || frame.column === undefined)
    return message;
  const explained = explain(message, source, offsetOf(source, { line: frame.line, column: frame.column }));
  frames[failing] = { ...frame, ...positionIn(source, explained.offset) };
  return explained.message;
}

// `throw "text"` has no place and no name.
function describeThrown(value: unknown): CellError {
  const evalue = typeof value === "string" ? value : preview(value);
  const hint = "    (not an Error, so nobody knows where; try throw new Error(…))";
  return { ename: "Uncaught", evalue, traceback: [...headline("Uncaught", evalue), hint] };
}

function readFrames(error: object, { records, isInternal }: Context): Frame[] {
  const stack = readSafely(error, "stack");
  const frames = typeof stack === "string" ? framesOf(stack, records, isInternal) : [];
  const origin = records.originOf(error);
  return origin ? [...frames, frameAt(origin)] : frames;
}

function frameAt({ file, line, column }: CellPosition): Frame {
  return { name: undefined, file, line, column, isCell: true };
}

function frameLines(
  frames: readonly Frame[],
  failing: number,
  error: object,
  { records }: Context,
): string[] {
  const shown: string[] = [];
  let repeats = 0;
  for (const [index, frame] of frames.entries()) {
    const text = showFrame(frame);
    // Endless recursion fills a stack with one frame.
    if (index > 0 && text === showFrame(frames[index - 1])) repeats++;
    else {
      if (repeats > 0) shown.push(`    … ${repeats} more of these`);
      repeats = 0;
      shown.push(`    at ${text}`);
    }
    if (index === failing)
      shown.push(...(error instanceof CellSyntaxError ? error.excerpt : excerptOf(frame, records)));
  }
  return repeats > 0 ? [...shown, `    … ${repeats} more of these`] : shown;
}

function showFrame({ name, file, line, column }: Frame): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return name === undefined ? place : `${name} (${place})`;
}

function excerptOf({ file, line, column }: Frame, records: CellRecords): readonly string[] {
  const source = records.get(file)?.source;
  return source === undefined || line === undefined || column === undefined
    ? []
    : excerpt(source, { line, column });
}

function positionOf({ file, line, column }: Frame): CellPosition | undefined {
  return line === undefined ? undefined : { file, line, column: column ?? 1 };
}

// Causes, and the parts of an AggregateError, each described in full.
function related(error: object, context: Context): string[] {
  const parts: [label: string, value: unknown][] = [];
  if (safely(() => "cause" in error, false)) parts.push(["Caused by", readSafely(error, "cause")]);
  const errors = readSafely(error, "errors");
  if (Array.isArray(errors))
    parts.push(
      ...errors.map((each, index): [string, unknown] => [`Error ${index + 1} of ${errors.length}`, each]),
    );
  return parts
    .filter(([, value]) => !context.seen.has(value))
    .flatMap(([label, value]) => {
      const [first, ...rest] = describeOne(value, context).traceback;
      return [`${label}: ${first}`, ...rest];
    });
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return safely(() => value instanceof Error, false) || typeof readSafely(value, "stack") === "string";
}

// A class that extends Error is known by its own name, though it inherits `name` from Error.
function nameOf(error: object): string {
  const name = textOf(readSafely(error, "name")) || "Error";
  const className = readSafely(readSafely(error, "constructor"), "name");
  return name === "Error" && typeof className === "string" && className !== "" ? className : name;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : preview(value);
}

function headline(ename: string, evalue: string): string[] {
  return (evalue === "" ? ename : `${ename}: ${evalue}`).split("\n");
}
