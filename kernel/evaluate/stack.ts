/**
 * Reads V8's stack text: header and frames. Every position becomes the reader's own, internal frames go.
 * In: the text of `error.stack`. Out: frames, the innermost first.
 */
import type { LineColumn } from "./lines.ts";
import type { CellRecords } from "./records.ts";

export interface Frame {
  /** The function's name as V8 gives it; undefined for a cell's or module's top level. */
  readonly name: string | undefined;
  /** "cell-3.ts", "/home/me/a.ts", "https://…"; "<anonymous>" for the engine's own functions. */
  readonly file: string;
  readonly line?: number;
  /** Undefined where only the line is still known. */
  readonly column?: number;
  readonly isCell: boolean;
}

/** The frames a reader should see. */
export function framesOf(
  stack: string,
  records: CellRecords,
  isInternal: (url: string) => boolean = () => false,
): Frame[] {
  const frames = withoutCaller(rawFrames(stack), records).filter(
    ({ file }) => !isOwn(file) && !isInternal(file),
  );
  const shown = frames.map((frame) =>
    isCellFile(frame.file)
      ? cellFrame(frame, records)
      : { ...frame, file: pathOf(frame.file), isCell: false },
  );
  // The engine's own functions (`JSON.parse`) say something only above a frame of the reader's.
  return shown.slice(0, shown.findLastIndex((frame) => frame.line !== undefined) + 1);
}

// Below a cell's own top level, or below the evaluator if no cell follows, there is only who called the evaluator.
function withoutCaller(frames: readonly RawFrame[], records: CellRecords): readonly RawFrame[] {
  const top = frames.findIndex((frame) => isTopLevel(frame, records));
  if (top >= 0) return frames.slice(0, top + 1);
  const lastCell = frames.findLastIndex(({ file }) => isCellFile(file));
  const caller = frames.findIndex(({ file }, index) => index > lastCell && isEvaluator(file));
  return caller < 0 ? frames : frames.slice(0, caller);
}

function isTopLevel({ name, file }: RawFrame, records: CellRecords): boolean {
  return isCellFile(file) && name === (records.get(file)?.frameName ?? "__cell");
}

interface RawFrame {
  readonly name: string | undefined;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

function rawFrames(stack: string): RawFrame[] {
  const lines = stack.split("\n");
  const frames = lines.slice(lines.findLastIndex((line) => !/^\s+at /.test(line)) + 1).map(parseFrame);
  // A module that does not parse has no frame; Node puts its place in front: "file:///a.ts:3".
  const place = /^((?:file|https?):\/\/\S+):(\d+)$/.exec(lines[0]);
  return place ? [{ name: undefined, file: pathOf(place[1]), line: Number(place[2]) }, ...frames] : frames;
}

// "at f (place)", "at async f (place)", "at place", "at f (eval at g (place), place)"
function parseFrame(text: string): RawFrame {
  const body = text.trim().replace(/^at (async )?/, "");
  const open = body.endsWith(")") ? body.indexOf(" (") : -1;
  const name = open < 0 ? undefined : body.slice(0, open);
  const inside = open < 0 ? body : body.slice(open + 2, -1);
  const place = inside.startsWith("eval at ") ? inside.slice(inside.lastIndexOf("), ") + 3) : inside;
  const at = /^(.*?):(\d+)(?::(\d+))?$/.exec(place);
  if (!at) return { name, file: pathOf(place) };
  return {
    name,
    file: pathOf(at[1]),
    line: Number(at[2]),
    ...(at[3] === undefined ? {} : { column: Number(at[3]) }),
  };
}

function cellFrame(raw: RawFrame, records: CellRecords): Frame {
  const positions = records.get(raw.file);
  const name = isTopLevel(raw, records) ? undefined : raw.name?.replace(/\beval(?= \[as |$)/, "<anonymous>");
  const frame = { name, file: raw.file, isCell: true };
  if (raw.line === undefined || raw.column === undefined) return frame;
  // Forgotten cells keep their lines: the scripts have the reader's.
  const at: Partial<LineColumn> = positions?.toSource({ line: raw.line, column: raw.column }) ?? {
    line: raw.line,
  };
  return { ...frame, ...at };
}

// A cell's file is a bare name; everything else has a scheme or a path, or is the engine's ("<anonymous>", "index 0").
function isCellFile(file: string): boolean {
  return !/[\\/:<]|^index \d|^native$/.test(file);
}

const OWN_FILE = pathOf(import.meta.url);
// As source files the evaluator is a folder; bundled for the page it is one file among the page's.
const OWN_FOLDER = OWN_FILE.endsWith("/stack.ts") ? OWN_FILE.slice(0, -"stack.ts".length) : undefined;

function isOwn(file: string): boolean {
  return file.startsWith("node:") || isEvaluator(file);
}

function isEvaluator(file: string): boolean {
  return OWN_FOLDER === undefined
    ? file === OWN_FILE
    : file.startsWith(OWN_FOLDER) && !file.includes(".test.");
}

// file:///a%20b.ts?v=1 → /a b.ts; file:///C:/a.ts → C:/a.ts
function pathOf(url: string): string {
  const withoutQuery = url.replace(/\?[^/]*$/, "");
  if (!withoutQuery.startsWith("file://")) return withoutQuery;
  const path = withoutQuery.slice("file://".length).replace(/^\/(?=[A-Za-z]:\/)/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
