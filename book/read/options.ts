/**
 * The options of a code cell: lines `:name: value` after the fence, each value YAML, as jupytext reads them.
 * So `:fails: RangeError: want …` needs quotes, else JupyterLab could not open the chapter: a fault here.
 */
import { parseDocument } from "yaml";
import { CELL_OPTIONS, type Tag, TAGS } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import { nearest } from "../nearest.ts";

export interface Options {
  readonly options: Readonly<Record<string, string>>;
  readonly tags: ReadonlySet<Tag>;
  /** 0-based line of the first line of source. */
  readonly sourceFrom: number;
  readonly faults: readonly Fault[];
}

/** Reads options from line `from` (0-based) of a cell whose fence closes at line `end`. */
export function readOptions(file: string, lines: readonly string[], from: number, end: number): Options {
  const options: Record<string, string> = {};
  const faults: Fault[] = [];
  let tags: ReadonlySet<Tag> = new Set();
  let at = from;
  for (; at < end; at++) {
    const found = /^:(?<name>[\w-]+):(?<gap>[ \t]*)(?<value>.*)$/.exec(lines[at])?.groups;
    if (found === undefined) break;
    const { name, gap, value } = found;
    const column = name.length + gap.length + 3;
    const fault = (who: string, want: string, got: string, hint?: string, offset = 0): void => {
      faults.push({
        file,
        line: at + 1,
        column: (who === "option" ? 2 : column) + offset,
        who,
        want,
        got,
        hint,
      });
    };
    if (!(CELL_OPTIONS as readonly string[]).includes(name))
      fault("option", `one of ${CELL_OPTIONS.join(", ")}`, name, nearest(name, CELL_OPTIONS));
    else if (name in options) fault("option", `${name} once in a cell`, "it again", "keeping one");
    else {
      const parsed = parseValue(value);
      if (parsed === undefined)
        fault(name, "a YAML value", value, `quotes: :${name}: ${JSON.stringify(value)}`);
      else if (name === "tags") tags = readTags(parsed, value, fault);
      else if (name === "points" && !/^\d+(\.\d+)?$/.test(parsed.text))
        fault(name, "a number", JSON.stringify(parsed.text));
      options[name] = parsed?.text ?? value;
    }
  }
  faults.push(...contradictions(file, from, tags, options));
  // jupytext sets one blank line between the options and the source.
  if (at > from && at < end && lines[at].trim() === "") at++;
  return { options, tags: tags.size === 0 ? new Set(["show"]) : tags, sourceFrom: at, faults };
}

interface Value {
  readonly text: string;
  readonly list: readonly string[];
}

function parseValue(value: string): Value | undefined {
  const document = parseDocument(`value: ${value}`);
  if (document.errors.length > 0) return undefined;
  const parsed: unknown = (document.toJS() as { value: unknown }).value;
  if (Array.isArray(parsed)) return { text: parsed.join(", "), list: parsed.map(String) };
  if (parsed !== null && typeof parsed === "object") return undefined;
  const text = typeof parsed === "string" ? parsed : value.trim();
  return {
    text,
    list: text
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  };
}

type Report = (who: string, want: string, got: string, hint?: string, offset?: number) => void;

function readTags(parsed: Value, value: string, fault: Report): ReadonlySet<Tag> {
  const tags = new Set<Tag>();
  for (const name of parsed.list) {
    const tag = TAGS.find((known) => known === name);
    if (tag !== undefined) tags.add(tag);
    else
      fault(
        "tags",
        `some of ${TAGS.join(", ")}`,
        name,
        nearest(name, TAGS),
        Math.max(0, value.indexOf(name)),
      );
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
  const at = { file, line: from + 1, column: 1 };
  if (tags.has("fails") && !options["fails"])
    return [
      {
        ...at,
        who: "fails",
        want: "the error it describes",
        got: "none",
        hint: ':fails: "part of the error"',
      },
    ];
  if (!tags.has("fails") && options["fails"] !== undefined)
    return [
      {
        ...at,
        who: "fails",
        want: "the tag fails too",
        got: [...tags].join(", ") || "no tags",
        hint: ":tags: [fails]",
      },
    ];
  if (tags.has("hidden") && !tags.has("test"))
    return [
      { ...at, who: "tags", want: "test beside hidden", got: [...tags].join(", "), hint: "[test, hidden]" },
    ];
  if (tags.has("export") && (tags.has("test") || tags.has("fails")))
    return [
      {
        ...at,
        who: "tags",
        want: "export without test or fails",
        got: [...tags].join(", "),
        hint: "two cells",
      },
    ];
  return [];
}
