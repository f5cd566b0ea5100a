/** The book's own file of sources, on its form, and how an entry is cited. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  addressOf,
  BIBLIOGRAPHY_FILE,
  readBibliography,
  referenceHtml,
  sortKey,
  shortAuthors,
} from "./bibliography.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bibliography = readBibliography(readFileSync(join(root, BIBLIOGRAPHY_FILE), "utf8"));

/** ISO 2108: the weighted sum of thirteen digits is a multiple of ten. */
function isIsbn(text: string): boolean {
  const digits = text.replaceAll("-", "").split("").map(Number);
  return (
    digits.length === 13 &&
    digits.reduce((sum, digit, i) => sum + digit * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0
  );
}

test("every source of the book has authors, title, year, and a DOI, arXiv number or ISBN of the right form", () => {
  expect(bibliography.size).toBeGreaterThan(10);
  const faults = [...bibliography.values()].flatMap(({ key, line, fields }) => {
    const named = ["author", "title"].filter((name) => !fields[name]);
    const isDated = /^(?:1[5-9]|20)\d\d$/.test(fields["year"] ?? "");
    const identified =
      /^10\.\d{4,9}\/\S+$/.test(fields["doi"] ?? "") ||
      /^(?:\d{4}\.\d{4,5}|[a-z-]+\/\d{7})(?:v\d+)?$/.test(fields["eprint"] ?? "") ||
      isIsbn(fields["isbn"] ?? "");
    return named.length > 0 || !isDated || !identified ? [`${BIBLIOGRAPHY_FILE}:${line}: ${key}`] : [];
  });
  expect(faults).toEqual([]);
});

test("no source is there twice", () => {
  const text = readFileSync(join(root, BIBLIOGRAPHY_FILE), "utf8");
  expect([...text.matchAll(/^@\w+\s*\{/gm)]).toHaveLength(bibliography.size);
  const addresses = [...bibliography.values()].flatMap((each) => addressOf(each) ?? []);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test("an entry is read with nested braces, quotes, numbers and several authors", () => {
  const entries = readBibliography(
    '@article{a1, author = {Demmel, James and Veselić, Krešimir}, title = "The {QR} way", year = 1992, pages = {1--9},\n doi = {10.1137/0613074}}\n@misc{b2, author = {A, B and others}, title = {T}, year = {2020}, eprint = {2009.06489}}',
  );
  const [a, b] = [...entries.values()];
  expect(a.fields).toMatchObject({ title: "The QR way", year: "1992", pages: "1–9" });
  expect([shortAuthors(a), shortAuthors(b)]).toEqual(["Demmel & Veselić", "A et al."]);
  expect(referenceHtml(a)).toContain('<a href="https://doi.org/10.1137/0613074">doi:10.1137/0613074</a>');
  expect(referenceHtml(b)).toContain("B A, et al. (2020). T.");
});

test("an entry that does not end is said with its line", () => {
  expect(() => readBibliography("\n@misc{open, title = {x}")).toThrow(
    `${BIBLIOGRAPHY_FILE}:2: open: want a closing }`,
  );
});

test("sources are in order of family names and years, and TeX's escapes are gone", () => {
  const text = `@book{a, author = {Young, Zoe}, title = {T}, year = {1990}, publisher = {Hall \\& Sons}, isbn = {1}}
@book{b, author = {Adam Zwick}, title = {T}, year = {1980}, isbn = {2}}
@book{c, author = {Young, Zoe}, title = {T}, year = {1980}, isbn = {3}}`;
  const found = [...readBibliography(text).values()];
  const inOrder = found.toSorted((x, y) => sortKey(x).localeCompare(sortKey(y), "en")).map(({ key }) => key);
  expect(inOrder).toEqual(["c", "a", "b"]);
  expect(referenceHtml(found[0])).toContain("<em>Hall &amp; Sons</em>");
});
