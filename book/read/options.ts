/**
 * The options of a code cell, in both forms that jupytext writes: lines `:name: value` after the fence, each value
 * YAML, or a YAML block between two `---` lines (for values longer than a line).
 * `:fails: RangeError: want …` needs quotes, else JupyterLab could not open the chapter: a fault here.
 */
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { CELL_OPTIONS, type Tag, TAGS } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import { nearest } from "../../kernel/nearest.mjs";

export interface Options {
  readonly options: Readonly<Record<string, string>>;
  readonly tags: ReadonlySet<Tag>;
  /** 0-based line of the first line of source. */
  readonly sourceFrom: number;
  readonly faults: readonly Fault[];
}

/** One option as it stands in the file; value is undefined where it is not YAML. */
interface Entry {
  readonly name: string;
  /** 1-based, of the line; and where name and value start in it. */
  readonly line: number;
  readonly nameColumn: number;
  readonly valueColumn: number;
  readonly raw: string;
  readonly value: Value | undefined;
}

interface Value {
  readonly text: string;
  readonly list: readonly string[];
}

type Report = (who: string, want: string, got: string, hint?: string, offset?: number) => void;

/** Reads options from line `from` (0-based) of a cell whose fence closes at line `end`. */
export function readOptions(file: string, lines: readonly string[], from: number, end: number): Options {
  const { entries, next } =
    lines[from]?.trim() === "---" ? readBlock(lines, from, end) : readLines(lines, from, end);
  const options: Record<string, string> = {};
  const faults: Fault[] = [];
  let tags: ReadonlySet<Tag> = new Set();
  for (const entry of entries) {
    const { name, value, raw } = entry;
    const fault = reporter(file, entry, faults);
    if (!(CELL_OPTIONS as readonly string[]).includes(name))
      fault("option", `one of ${CELL_OPTIONS.join(", ")}`, name, nearest(name, CELL_OPTIONS));
    else if (name in options) fault("option", `${name} once in a cell`, "it again", "keeping one");
    else if (value === undefined) fault(name, "a YAML value", raw, repair(name, raw));
    else if (name === "tags") tags = readTags(value, raw, fault);
    else if (name === "points" && !/^\d+(\.\d+)?$/.test(value.text))
      fault(name, "a number", JSON.stringify(value.text));
    options[name] ??= value?.text ?? raw;
  }
  faults.push(...contradictions(file, from, tags, options));
  // jupytext sets one blank line between the options and the source.
  const sourceFrom = next > from && next < end && lines[next].trim() === "" ? next + 1 : next;
  return { options, tags: tags.size === 0 ? new Set(["show"]) : tags, sourceFrom, faults };
}

function repair(name: string, raw: string): string {
  return raw === "---" ? "YAML between two lines ---" : `quotes: :${name}: ${JSON.stringify(raw)}`;
}

interface Entries {
  readonly entries: readonly Entry[];
  /** 0-based line after the options. */
  readonly next: number;
}

function readLines(lines: readonly string[], from: number, end: number): Entries {
  const entries: Entry[] = [];
  let at = from;
  for (; at < end; at++) {
    const found = /^:(?<name>[\w-]+):(?<gap>[ \t]*)(?<raw>.*)$/.exec(lines[at])?.groups;
    if (found === undefined) break;
    const { name, gap, raw } = found;
    const valueColumn = name.length + gap.length + 3;
    entries.push({ name, line: at + 1, nameColumn: 2, valueColumn, raw, value: parseValue(raw) });
  }
  return { entries, next: at };
}

/** A block that is no YAML map is one entry without a value, so that it is refused as a whole. */
function readBlock(lines: readonly string[], from: number, end: number): Entries {
  const close = lines.findIndex((line, index) => index > from && index < end && line.trim() === "---");
  const counter = new LineCounter();
  const text = lines.slice(from + 1, close < 0 ? end : close).join("\n");
  const document = parseDocument(text, { lineCounter: counter });
  const next = close < 0 ? end : close + 1;
  if (close < 0 || document.errors.length > 0 || !isMap(document.contents)) {
    const whole = {
      name: "tags",
      line: from + 1,
      nameColumn: 1,
      valueColumn: 1,
      raw: "---",
      value: undefined,
    };
    return { entries: [whole], next };
  }
  const entries = document.contents.items.map(({ key, value }): Entry => {
    const at = counter.linePos(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    const valueAt = counter.linePos((value as { range?: readonly number[] } | null)?.range?.[0] ?? 0);
    const name = String(isScalar(key) ? key.value : key);
    const parsed = toValue((document.toJS() as Record<string, unknown>)[name], "");
    const valueColumn = valueAt.line === at.line ? valueAt.col : at.col;
    return {
      name,
      line: from + 1 + at.line,
      nameColumn: at.col,
      valueColumn,
      raw: parsed?.text ?? "",
      value: parsed,
    };
  });
  return { entries, next };
}

function reporter(file: string, { line, nameColumn, valueColumn }: Entry, faults: Fault[]): Report {
  return (who, want, got, hint, offset = 0) => {
    const column = (who === "option" ? nameColumn : valueColumn) + offset;
    faults.push({ file, line, column, who, want, got, hint });
  };
}

function parseValue(raw: string): Value | undefined {
  const document = parseDocument(`value: ${raw}`);
  if (document.errors.length > 0) return undefined;
  return toValue((document.toJS() as { value: unknown }).value, raw.trim());
}

/** raw: what was written, for numbers and the like, which need not be spelt as JavaScript does. */
function toValue(value: unknown, raw: string): Value | undefined {
  if (Array.isArray(value)) return { text: value.join(", "), list: value.map(String) };
  if (value !== null && typeof value === "object") return undefined;
  const text = typeof value === "string" ? value : raw || JSON.stringify(value ?? "");
  const list = text.split(",").map((item) => item.trim());
  return { text, list: list.filter(Boolean) };
}

function readTags(value: Value, raw: string, fault: Report): ReadonlySet<Tag> {
  const tags = new Set<Tag>();
  for (const name of value.list) {
    const tag = TAGS.find((known) => known === name);
    if (tag !== undefined) tags.add(tag);
    else
      fault("tags", `some of ${TAGS.join(", ")}`, name, nearest(name, TAGS), Math.max(0, raw.indexOf(name)));
  }
  return tags;
}

/** Tags and options that say two things at once. */
function contradictions(
  file: string,
  from: number,
  tags: ReadonlySet<Tag>,
  options: Readonly<Record<string, string>>,
): Fault[] {
  const all = [...tags].join(", ");
  const fault = (who: string, want: string, got: string, hint: string): Fault[] => [
    { file, line: from + 1, column: 1, who, want, got, hint },
  ];
  if (tags.has("fails") && !options["fails"])
    return fault("fails", "the error it describes", "none", ':fails: "part of the error"');
  if (!tags.has("fails") && options["fails"] !== undefined)
    return fault("fails", "the tag fails too", all || "no tags", ":tags: [fails]");
  if (tags.has("hidden") && !tags.has("test"))
    return fault("tags", "test beside hidden", all, "[test, hidden]");
  if (tags.has("export") && (tags.has("test") || tags.has("fails")))
    return fault("tags", "export without test or fails", all, "two cells");
  return [];
}
