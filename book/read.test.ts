import { expect, test } from "vitest";
import { chapterText, DICE, fixtureBook, MEANS, WEIGHTS } from "./fixtures/chapters.ts";
import { cellsOf } from "./chapter.ts";
import { describeFault } from "./fault.ts";
import { readChapter, readGoodChapter } from "./read.ts";

const FRONT = { title: "Why?", chapter: 5, slug: "why" };
const FILE = "chapters/05-why/chapter.md";

function faultsOf(text: string): readonly string[] {
  return readChapter(FILE, text).faults.map(describeFault);
}

/** Line (1-based) of the first line of a text that holds a part. */
function lineOf(text: string, part: string): number {
  return text.split("\n").findIndex((line) => line.includes(part)) + 1;
}

test("a cell knows its tags, options, source and the line of its source", () => {
  const text = chapterText(FRONT, "# Why", {
    tags: "test, hidden",
    options: [":label: cell-a", ":points: 2", ':hint: "two: words"'],
    source: "const a = 1;\na",
  });
  const [cell] = cellsOf(readGoodChapter(FILE, text));
  expect([...cell.tags]).toEqual(["test", "hidden"]);
  expect(cell.options).toMatchObject({ points: "2", hint: "two: words" });
  expect(cell.label).toBe("cell-a");
  expect(cell.source).toBe("const a = 1;\na");
  expect(cell.line).toBe(lineOf(text, "const a"));
});

test("options in a YAML block are those of option lines, as jupytext writes long ones", () => {
  const lines = {
    tags: "test",
    options: [":points: 2", ':hint: "a running sum, not a product"'],
    source: "1",
  };
  const block =
    "```{code-cell}\n---\ntags: [test]\npoints: 2\nhint: a running sum,\n  not a product\n---\n1\n```";
  const [want] = cellsOf(readGoodChapter(FILE, chapterText(FRONT, lines)));
  const [got] = cellsOf(readGoodChapter(FILE, chapterText(FRONT, block)));
  expect({ ...got, line: 0, options: { ...got.options } }).toEqual({ ...want, line: 0 });
  expect(got.line).toBe(lineOf(chapterText(FRONT, block), "not a product") + 2);
});

test("prose is cut at cells and at +++, and what stands in a fence is neither", () => {
  const text = chapterText(
    FRONT,
    "one\n\n+++\n\ntwo\n\n````md\n+++\n```{code-cell}\n```\n````",
    { source: "1" },
    "three",
  );
  const { blocks } = readGoodChapter(FILE, text);
  expect(blocks.map(({ kind, line }) => [kind, text.split("\n")[line - 1]])).toEqual([
    ["prose", "one"],
    ["prose", "two"],
    ["code", "1"],
    ["prose", "three"],
  ]);
});

test("Windows line ends and a byte order mark change nothing", () => {
  const text = chapterText(FRONT, "# Why", { tags: "show", source: "1\n2" });
  const windows = `\uFEFF${text.replaceAll("\n", "\r\n")}`;
  expect(readGoodChapter(FILE, windows)).toEqual(readGoodChapter(FILE, text));
});

test("a labelled cell keeps its id when its text changes, another keeps it when text around it changes", () => {
  const ids = (...blocks: Parameters<typeof chapterText>[1][]): string[] =>
    cellsOf(readGoodChapter(FILE, chapterText(FRONT, ...blocks))).map(({ id }) => id);
  const labelled = { options: [":label: cell-a"], source: "1" };
  const [a, b] = ids(labelled, { source: "x" });
  expect(ids("new prose", { source: "y" }, { source: "x" }, { ...labelled, source: "2" }).slice(1)).toEqual([
    b,
    a,
  ]);
});

test("equal cells have different ids", () => {
  const cells = cellsOf(readGoodChapter(FILE, chapterText(FRONT, { source: "1" }, { source: "1" })));
  expect(new Set(cells.map(({ id }) => id)).size).toBe(2);
});

test("the fixture chapters have no faults", () => {
  const files = fixtureBook();
  for (const file of [WEIGHTS, MEANS, DICE]) expect(readChapter(file, files[file]).faults).toEqual([]);
});

const cell = (...lines: string[]): string =>
  chapterText(FRONT, ["```{code-cell}", ...lines, "```"].join("\n"));

test.each([
  [
    "an unknown tag",
    cell(":tags: [exprot]", "1"),
    "12:9: tags: want some of export, show, test, hidden, solution, fails, slow, gpu, got exprot; try export",
  ],
  [
    "an unknown option",
    cell(":lable: a", "1"),
    "12:2: option: want one of tags, label, exercise, points, hint, fails, got lable; try label",
  ],
  [
    "an unknown tag in a block",
    cell("---", "points: 2", "tags: [tset]", "---", "1"),
    "14:7: tags: want some of export, show, test, hidden, solution, fails, slow, gpu, got tset; try test",
  ],
  [
    "an option block that never ends",
    cell("---", "tags: [test]", "1"),
    "12:1: tags: want a YAML value, got ---; try YAML between two lines ---",
  ],
  [
    "a label twice in blocks",
    chapterText(
      FRONT,
      "```{code-cell}\n---\nlabel: a\n---\n1\n```\n```{code-cell}\n---\nlabel: a\n---\n1\n```",
    ),
    '19:8: label: want a label once in a chapter, got "a" again (first on line 13); try another label',
  ],
  [
    "an option twice",
    cell(":label: a", ":label: b", "1"),
    "13:2: option: want label once in a cell, got it again; try keeping one",
  ],
  [
    "an option that YAML reads otherwise",
    cell(":hint: a: b", "1"),
    '12:8: hint: want a YAML value, got a: b; try quotes: :hint: "a: b"',
  ],
  ["points that are no number", cell(":points: many", "1"), '12:10: points: want a number, got "many"'],
  [
    "fails without a description",
    cell(":tags: [fails]", "1"),
    '12:1: fails: want the error it describes, got none; try :fails: "part of the error"',
  ],
  [
    "hidden without test",
    cell(":tags: [hidden]", "1"),
    "12:1: tags: want test beside hidden, got hidden; try [test, hidden]",
  ],
  [
    "an unterminated cell",
    chapterText(FRONT, "```{code-cell}\n1"),
    "11:1: {code-cell}: want a closing line ```, got the end of the file; try closing the fence where its content ends",
  ],
  [
    "an unterminated directive",
    chapterText(FRONT, ":::{note}\nwords"),
    "11:1: {note}: want a closing line :::, got the end of the file; try closing the fence where its content ends",
  ],
  [
    "a misspelt code-cell",
    chapterText(FRONT, "```{code-cel}\n1\n```"),
    "11:5: directive: want a known name, got {code-cel}; try {code-cell}",
  ],
  [
    "an indented cell",
    chapterText(FRONT, "- item\n\n  ```{code-cell}\n  1\n  ```"),
    '13:1: code-cell: want a fence of backticks that starts the line, got "  ```{code-cell}"; try ```{code-cell} at column 1',
  ],
  [
    "a cell in a directive",
    chapterText(FRONT, "::::{note}\n```{code-cell}\n1\n```\n::::"),
    "12:1: code-cell: want a cell at the top level of the chapter, got a cell inside {note} of line 11; try closing the directive before the cell; a notebook cannot nest them",
  ],
  [
    "a cell break with text",
    chapterText(FRONT, "+++ {}"),
    '11:4: cell break: want +++ alone on its line, got "+++ {}"; try removing what follows +++: prose cells carry no metadata',
  ],
  [
    "a label twice",
    chapterText(FRONT, "(a)=\n## A\n\n(a)=\n## B"),
    '14:2: label: want a label once in a chapter, got "a" again (first on line 11); try another label',
  ],
  [
    "no title",
    "---\nchapter: 5\nslug: why\n---\n",
    '1:1: title: want the chapter\'s question, got none; try a line "title: …" in the front matter',
  ],
  [
    "a slug with capitals",
    "---\ntitle: A\nchapter: 5\nslug: Why\n---\n",
    '4:7: slug: want lower-case words joined by -, got "Why"; try a line "slug: …" in the front matter',
  ],
  [
    "no front matter",
    "# Why\n",
    '1:1: front matter: want front matter that starts with a line ---, got "# Why"; try copying that of another chapter',
  ],
  [
    "front matter that never ends",
    "---\ntitle: A\n",
    "1:1: front matter: want front matter that ends with a line ---, got the end of the file; try copying that of another chapter",
  ],
])("%s is one fault with its place", (_, text, want) => {
  expect(faultsOf(text)).toEqual([`${FILE}:${want}`]);
});

test("front matter that is not YAML is one fault on its line", () => {
  const faults = faultsOf("---\ntitle: A\nchapter: [5\nslug: why\n---\n");
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^chapters\/05-why\/chapter\.md:[345]:\d+: front matter: want YAML, got /);
});

test("a file cut anywhere is read or refused, never an exception", () => {
  const text = fixtureBook()[WEIGHTS];
  for (let end = 0; end <= text.length; end++) {
    const { chapter, faults } = readChapter(WEIGHTS, text.slice(0, end));
    expect(chapter === undefined).toBe(faults.length > 0);
  }
});
