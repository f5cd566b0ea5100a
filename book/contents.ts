/**
 * chapters/contents.json: every chapter of the book, written or planned. It settles which name belongs to
 * which chapter and which chapter may import which, before the chapters exist.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.ts";

export interface Entry {
  readonly number: number;
  /** For ever; numbers may move. */
  readonly slug: string;
  /** The question that the chapter answers. */
  readonly title: string;
  /** Values that the chapter's module exports. */
  readonly exports: readonly string[];
  /** Slugs of the later chapters that are planned to import it. */
  readonly users: readonly string[];
}

export const CONTENTS_FILE = "chapters/contents.json";

export interface Contents {
  readonly entries: readonly Entry[];
  readonly faults: readonly Fault[];
}

export function readContents(root: string): Contents {
  let text: string;
  try {
    text = readFileSync(join(root, CONTENTS_FILE), "utf8");
  } catch (error) {
    return {
      entries: [],
      faults: [fault("", 0, "contents", "a list of chapters", (error as Error).message)],
    };
  }
  try {
    const entries = (JSON.parse(text) as unknown[]).map(toEntry);
    return { entries, faults: contentsFaults(text, entries) };
  } catch (error) {
    return {
      entries: [],
      faults: [fault("", 0, "contents", "a JSON list of chapters", (error as Error).message)],
    };
  }
}

function toEntry(value: unknown, index: number): Entry {
  const { number, slug, title, exports, users } = value as Partial<Record<keyof Entry, unknown>>;
  const names = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((x) => typeof x === "string");
  if (typeof number !== "number" || typeof slug !== "string" || typeof title !== "string")
    throw new TypeError(`entry ${index} without number, slug or title`);
  if (!names(exports) || !names(users))
    throw new TypeError(`entry ${index} (${slug}) without exports or users`);
  return { number, slug, title, exports, users };
}

/** Numbers, slugs and exports once each; users are later chapters. */
function contentsFaults(text: string, entries: readonly Entry[]): Fault[] {
  const numberOf = new Map(entries.map((entry) => [entry.slug, entry.number]));
  return [
    ...repeated(
      text,
      "number",
      entries.map((entry) => String(entry.number)),
    ),
    ...repeated(
      text,
      "slug",
      entries.map((entry) => entry.slug),
    ),
    ...repeated(
      text,
      "export",
      entries.flatMap((entry) => entry.exports),
    ),
    ...entries.flatMap((entry) =>
      entry.users
        .filter((user) => !((numberOf.get(user) ?? -1) > entry.number))
        .map((user) =>
          fault(text, text.indexOf(`"${entry.slug}"`), `users of ${entry.slug}`, "later chapters", user),
        ),
    ),
  ];
}

function repeated(text: string, what: string, names: readonly string[]): Fault[] {
  return names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) =>
      fault(
        text,
        text.lastIndexOf(what === "number" ? `"number": ${name}` : `"${name}"`),
        what,
        `${name} once`,
        "it twice",
      ),
    );
}

function fault(text: string, offset: number, who: string, want: string, got: string): Fault {
  const before = text.slice(0, Math.max(0, offset));
  const line = before.split("\n").length;
  return { file: CONTENTS_FILE, line, column: offset - before.lastIndexOf("\n"), who, want, got };
}
