import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readBook } from "./book.ts";
import { describeFault } from "./fault.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const book = readBook(ROOT);

test("the book's contents are 53 chapters with one number, slug and owner of each export, used by later ones", () => {
  expect(book.faults.map(describeFault)).toEqual([]);
  expect(book.contents.map(({ number }) => number)).toEqual(Array.from({ length: 53 }, (_, index) => index));
});

test("every title is a question, every slug an import name that nothing else in the package has", () => {
  const taken = ["tensor", "display", "datasets"];
  for (const { slug, title } of book.contents) {
    expect(title).toMatch(/\?$/);
    expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(taken).not.toContain(slug);
  }
});

test("every chapter is used by another, or ends the book", () => {
  const unused = book.contents.filter(({ users }) => users.length === 0).map(({ slug }) => slug);
  expect(unused).toEqual(["product"]);
});
