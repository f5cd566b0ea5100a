/**
 * A thrown value → what a person should see of it.
 * First the name and message, then the frames, with the line that failed and a caret; then causes and the errors of an AggregateError.
 */
import { CellSyntaxError, type CellPosition } from "./errors.ts";
import { excerpt } from "./lines.ts";
import { preview, readSafely } from "./preview.ts";
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
  const ename = nameOf(error);
  const evalue = textOf(readSafely(error, "message"));
  const frames = error instanceof CellSyntaxError ? [frameAt(error.position)] : readFrames(error, context);
  const failing = frames.find((frame) => frame.isCell) ?? frames.find((frame) => frame.line !== undefined);
  const traceback = [headline(ename, evalue)];
  for (const [index, frame] of frames.entries())
    traceback.push(...lines(frame, frames[index - 1], frame === failing, error, context));
  traceback.push(...related(error, context));
  const position = failing && positionOf(failing);
  return { ename, evalue, traceback, ...(position ? { position } : {}) };
}

// `throw "text"` has no place and no name.
function describeThrown(value: unknown): CellError {
  const evalue = typeof value === "string" ? value : preview(value);
  const hint = "    (not an Error, so nobody knows where; try throw new Error(…))";
  return { ename: "Uncaught", evalue, traceback: [headline("Uncaught", evalue), hint] };
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

function lines(
  frame: Frame,
  before: Frame | undefined,
  isFailing: boolean,
  error: object,
  { records }: Context,
): string[] {
  const text = `    at ${showFrame(frame)}`;
  if (before && showFrame(before) === showFrame(frame)) return [];
  if (!isFailing) return [text];
  const shown = error instanceof CellSyntaxError ? error.excerpt : excerptOf(frame, records);
  return [text, ...shown];
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
  if ("cause" in error) parts.push(["Caused by", readSafely(error, "cause")]);
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
  return value instanceof Error || typeof readSafely(value, "stack") === "string";
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

function headline(ename: string, evalue: string): string {
  return evalue === "" ? ename : `${ename}: ${evalue}`;
}
