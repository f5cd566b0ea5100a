/**
 * chapters/references.bib → entries and how a page cites them. Reads the part of BibTeX that such a file needs:
 * `@type{key, field = {value}, …}` with braces or quotes. Sources have a DOI, an arXiv number or an ISBN.
 */
import { escapeHtml } from "./page/escape.ts";

export interface Reference {
  readonly key: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, string>>;
  /** 1-based line of the file. */
  readonly line: number;
}

export type Bibliography = ReadonlyMap<string, Reference>;

export const BIBLIOGRAPHY_FILE = "chapters/references.bib";

/** Throws SyntaxError with the line of an entry that does not end. */
export function readBibliography(text: string): Bibliography {
  const found = new Map<string, Reference>();
  const entry = /^@(?<type>\w+)\s*\{\s*(?<key>[^,\s]+)\s*,/gm;
  for (let match = entry.exec(text); match !== null; match = entry.exec(text)) {
    const line = text.slice(0, match.index).split("\n").length;
    const { type = "", key = "" } = match.groups ?? {};
    const end = closingBrace(text, entry.lastIndex);
    if (end < 0)
      throw new SyntaxError(
        `${BIBLIOGRAPHY_FILE}:${line}: ${key}: want a closing }, got the end of the file`,
      );
    found.set(key, {
      key,
      type: type.toLowerCase(),
      fields: readFields(text.slice(entry.lastIndex, end)),
      line,
    });
    entry.lastIndex = end;
  }
  return found;
}

function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function readFields(body: string): Record<string, string> {
  const fields: Record<string, string> = {};
  const field =
    /(?<name>\w+)\s*=\s*(?:\{(?<braced>(?:[^{}]|\{[^{}]*\})*)\}|"(?<quoted>[^"]*)"|(?<number>\d+))\s*,?/g;
  for (const { groups = {} } of body.matchAll(field)) {
    const value = groups["braced"] ?? groups["quoted"] ?? groups["number"] ?? "";
    fields[groups["name"].toLowerCase()] = value
      .replaceAll(/[{}]/g, "")
      .replaceAll(/\\([&%$#_])/g, "$1")
      .replaceAll(/\s+/g, " ")
      .replaceAll("--", "–")
      .trim();
  }
  return fields;
}

/** "Demmel & Veselić", "Halko et al.": how a sentence names the authors. */
export function shortAuthors({ fields }: Reference): string {
  const names = (fields["author"] ?? fields["title"] ?? "").split(/\s+and\s+/).map(familyName);
  if (names.length > 2 || names.at(-1) === "others") return `${names[0]} et al.`;
  return names.join(" & ");
}

function familyName(author: string): string {
  const [family, given] = author.split(/,\s*/);
  return given === undefined ? (author.split(" ").at(-1) ?? author) : family;
}

/** By what a list of sources is in order: the authors' family names, then the year. */
export function sortKey({ fields }: Reference): string {
  const families = (fields["author"] ?? fields["title"] ?? "").split(/\s+and\s+/).map(familyName);
  return `${families.join(" ")} ${fields["year"] ?? ""}`;
}

/** Where the source itself is; undefined for a book with only an ISBN. */
export function addressOf({ fields }: Reference): string | undefined {
  if (fields["doi"]) return `https://doi.org/${fields["doi"]}`;
  if (fields["eprint"]) return `https://arxiv.org/abs/${fields["eprint"]}`;
  return fields["url"];
}

/** One entry of a list of sources, as HTML. */
export function referenceHtml(reference: Reference): string {
  const { fields } = reference;
  const authors = (fields["author"] ?? "")
    .split(/\s+and\s+/)
    .map((author) => (author === "others" ? "et al." : author.split(/,\s*/).toReversed().join(" ")));
  const venue = fields["journal"] ?? fields["booktitle"] ?? fields["publisher"];
  const place = [
    venue === undefined ? "" : `<em>${escapeHtml(venue)}</em>`,
    escapeHtml(fields["volume"] ?? ""),
    fields["pages"] ? `pp. ${escapeHtml(fields["pages"])}` : "",
  ];
  const address = addressOf(reference);
  const name = fields["doi"]
    ? `doi:${fields["doi"]}`
    : fields["eprint"]
      ? `arXiv:${fields["eprint"]}`
      : address;
  const link =
    address === undefined
      ? fields["isbn"]
        ? `ISBN ${escapeHtml(fields["isbn"])}`
        : ""
      : `<a href="${escapeHtml(address)}">${escapeHtml(name ?? "")}</a>`;
  const parts = [
    `${escapeHtml(authors.join(", "))} (${escapeHtml(fields["year"] ?? "n.d.")})`,
    escapeHtml(fields["title"] ?? ""),
    place.filter(Boolean).join(" "),
    link,
  ].map((part) => part.trim());
  return parts.filter(Boolean).join(". ");
}
