/**
 * What could follow at a cursor: what TypeScript knows of the text, and what the running session's values have.
 * Code and cursor in (code points), matches with kinds out. Nothing of the user's runs (live.ts).
 */
import { inTime } from "./check.ts";
import type { Documents } from "./documents.ts";
import { membersOf, objectBefore, type Peek } from "./live.ts";
import type { CellModules } from "./modules.ts";
import { draftPosition, fromCodePoints, toCodePoints } from "./offsets.ts";
import { offsetAt, type CompletionItem } from "./server.ts";

export interface Match {
  readonly text: string;
  /** `function`, `class`, `property`, …: front ends draw an icon for it. */
  readonly type: string;
  /** As TypeScript would show it on hover. */
  readonly signature?: string;
}
export interface Completion {
  readonly matches: readonly Match[];
  /** Code points, not UTF-16 units: the protocol's since 5.2. */
  readonly start: number;
  readonly end: number;
}
export interface Asker {
  readonly documents: Documents;
  readonly modules: CellModules;
  readonly peek: Peek;
}

/** A reader waits for a popup no longer than this; what is known by then is shown. */
const typedMs = 3000;
/** So many matches get their signatures: more are not read. */
const mostDescribed = 40;
const describeMs = 1000;

export async function complete(asker: Asker, code: string, cursor: number): Promise<Completion> {
  const offset = fromCodePoints(code, cursor);
  const wordStart = offset - /[\p{ID_Continue}$]*$/u.exec(code.slice(0, offset))![0].length;
  const peeked = liveMatches(asker.peek, code.slice(0, wordStart), code.slice(wordStart, offset));
  if (isKnownLive(asker.modules, code, wordStart)) {
    const matches = await peeked;
    if (matches.length > 0) return { matches, start: toCodePoints(code, wordStart), end: cursor };
  }
  const [typed, live] = await Promise.all([typedMatches(asker, code, offset, wordStart, peeked), peeked]);
  const start = typed.start;
  // In a string TypeScript alone knows what may stand there.
  const isWord = start === wordStart && !typed.isText;
  const matches = merge(typed.matches, isWord ? live : []);
  return { matches, start: toCodePoints(code, start), end: cursor };
}

/**
 * Whether the value before the cursor says by itself what may follow: an earlier cell's object literal, whose type has no
 * other keys. Not where the name could be another one here, or the cursor stand in a text or a comment: TypeScript knows.
 */
function isKnownLive(modules: CellModules, code: string, wordStart: number): boolean {
  const before = code.slice(0, wordStart);
  const object = objectBefore(before) ?? "";
  const isOther = wordsBesideMembers(code).has(object) || mayBeText.test(before.replace(wholeTexts, ""));
  return modules.find(object)?.isLiteral === true && !isOther;
}

const wholeTexts = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
/** Also a division and a regular expression: too often rather than too seldom. */
const mayBeText = /["'`/]/;

/** Words that no dot follows: only these can be declarations. */
function wordsBesideMembers(code: string): ReadonlySet<string> {
  return new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*(?![\p{ID_Continue}$]|\s*\??\.)/gu));
}

function merge(typed: readonly Match[], live: readonly Match[]): Match[] {
  const known = new Set(typed.map(({ text }) => text));
  const now = new Map(live.map(({ text, signature }) => [text, signature]));
  const described = typed.map((match) => {
    const signature = match.signature ?? now.get(match.text);
    return signature === undefined ? match : { ...match, signature };
  });
  return [...described, ...live.filter(({ text }) => !known.has(text))];
}

interface Typed {
  readonly matches: readonly Match[];
  /** Offset in the code of what a match replaces. */
  readonly start: number;
  /** Whether the cursor is in a string: a path, a key, a literal of a union. */
  readonly isText: boolean;
}

async function typedMatches(
  asker: Asker,
  code: string,
  offset: number,
  wordStart: number,
  peeked: Promise<readonly Match[]>,
): Promise<Typed> {
  const position = draftPosition(code, offset);
  const asked = asker.documents.askDraft<{ items: CompletionItem[] } | CompletionItem[] | null>(
    "textDocument/completion",
    code,
    { position },
    code.slice(wordStart, offset),
  );
  const answer = await inTime(asked, typedMs).catch(() => undefined); // no server: what lives is still shown
  // What would have to be imported first is left out: a match is only text.
  const items = ((Array.isArray(answer) ? answer : answer?.items) ?? []).filter(
    ({ sortText }) => !/^z?16/.test(sortText ?? ""),
  );
  const inText = items.flatMap((item) => textStart(code, item) ?? []);
  const start = inText.length > 0 ? Math.min(...inText) : wordStart;
  const isText = inText.length > 0 || isPath(items);
  const part = code.slice(start, offset);
  const isRelative = /^\.{1,2}\//.test(/[^"'`]*$/.exec(code.slice(0, offset))![0]);
  const found = items
    .map((item) => ({ item, text: isText ? textOf(item, isRelative) : nameOf(item) }))
    .filter(({ text }) => text.startsWith(part) && (isText || /^[\p{ID_Start}$_#]/u.test(text)))
    .toSorted((a, b) => compare(a.item, b.item));
  // What a live value's member is, its value says: that saves a question.
  const live = objectBefore(code.slice(0, wordStart)) === undefined ? [] : await peeked;
  const isLive = new Set(live.map(({ text }) => text));
  const unknown = found.length > mostDescribed ? [] : found.filter(({ text }) => !isLive.has(text));
  const signatures = await describeItems(asker, unknown);
  const matches = found.map(({ item, text }) => matchOf(text, item, signatures.get(text)));
  return { matches, start, isText };
}

/** A name of an earlier cell is an alias to TypeScript, and to the reader what it stands for. */
function matchOf(text: string, { kind }: CompletionItem, signature: string | undefined): Match {
  const [, aliased] = /^\(alias\) (function|class|enum|const|let)\b/.exec(signature ?? "") ?? [];
  const type = aliased ?? kinds[kind ?? 0] ?? "text";
  if (signature === undefined) return { text, type };
  return { text, type, signature: signature.replace(/^\(alias\) /gm, "").replace(/\nimport [^\n]*$/, "") };
}

/** Where a text edit in a string begins; undefined for one that only adds `?.` or `["…"]` to a member. */
function textStart(code: string, { textEdit }: CompletionItem): number | undefined {
  if (!textEdit?.range || /^(\?\.|\[)/.test(textEdit.newText)) return undefined;
  const { line, character } = textEdit.range.start;
  return offsetAt(code, { line: line - 1, character });
}

/** Modules, files and folders are only offered in a specifier. */
function isPath(items: readonly CompletionItem[]): boolean {
  const file = 17;
  const folder = 19;
  return items.some(({ kind }) => kind === file || kind === folder);
}

/** The label of an optional member ends in a question mark, which is no part of its name. */
function nameOf({ label }: CompletionItem): string {
  return label.replace(/\?$/, "");
}

/** In the words that TypeScript's answers have. */
function kindOf(type: string | undefined, isMember: boolean): string {
  if (type === "function") return isMember ? "method" : "function";
  return isMember ? "property" : "variable";
}

/** An import of a file needs its ending here, as in Node; TypeScript would leave it out. */
function textOf({ label, detail, textEdit }: CompletionItem, isRelative: boolean): string {
  const text = textEdit?.newText ?? label;
  return isRelative && detail?.startsWith(`${label}.`) ? detail : text;
}

function compare(a: CompletionItem, b: CompletionItem): number {
  return (a.sortText ?? "").localeCompare(b.sortText ?? "") || a.label.localeCompare(b.label);
}

async function describeItems(
  { documents }: Asker,
  items: readonly { readonly item: CompletionItem; readonly text: string }[],
): Promise<ReadonlyMap<string, string>> {
  const signatures = new Map<string, string>();
  const asked = items.map(async ({ item, text }) => {
    const { detail } = await documents.ask<CompletionItem>("completionItem/resolve", item);
    if (detail !== undefined) signatures.set(text, detail);
  });
  await inTime(Promise.all(asked), describeMs).catch(() => undefined); // what has come by then is shown
  return signatures;
}

async function liveMatches(peek: Peek, before: string, part: string): Promise<readonly Match[]> {
  const object = objectBefore(before);
  // `f().na`: what a call would give cannot be looked up.
  if (object === undefined && /\.\s*$/.test(before)) return [];
  const members = await membersOf(peek, object ?? "globalThis");
  return members
    .filter(({ name }) => name.startsWith(part))
    .toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn) || a.name.localeCompare(b.name))
    .map(({ name, type }) => ({
      text: name,
      type: kindOf(type, object !== undefined),
      ...(type === undefined ? {} : { signature: `${name}: ${type}` }),
    }));
}

/** LSP's CompletionItemKind. */
const kinds: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "constructor",
  5: "property",
  6: "variable",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  12: "value",
  13: "enum",
  14: "keyword",
  17: "path",
  19: "path",
  20: "enumMember",
  21: "constant",
  25: "typeParameter",
};
