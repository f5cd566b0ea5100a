/** Hostile chapters: each fault gives exactly one error with place, want and got, and changes nothing that readers use. */
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildBook } from "./build.ts";
import { checkBook } from "./check.ts";
import type { Row } from "./check/rubric.ts";
import { CONTENTS, DICE, fixtureBook, MEANS, WEIGHTS } from "./fixtures/chapters.ts";
import { type Clone, cloneWith } from "./fixtures/clone.ts";

const GOOD = fixtureBook();
const COMPANION = "chapters/01-weights/ratio.ts";
let clone: Clone;
beforeAll(() => (clone = cloneWith(GOOD)));
afterAll(() => clone.dispose());

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function say(
  command: typeof checkBook,
  more: Partial<Parameters<typeof checkBook>[0]> = {},
): Promise<Said> {
  const [stdout, stderr] = [new PassThrough({ encoding: "utf8" }), new PassThrough({ encoding: "utf8" })];
  const code = await command({ root: clone.root, stdout, stderr, ...more });
  return {
    code,
    stdout: (stdout.read() as string | null) ?? "",
    stderr: (stderr.read() as string | null) ?? "",
  };
}

/** What readers use. */
function products(): unknown {
  return [clone.hashes("notebooks"), clone.hashes("build/modules"), clone.hashes("build/notebooks-run")];
}

/** Changes a file of the good book for the time of `use`. */
async function withChange<T>(
  file: string,
  change: (text: string) => string,
  use: () => Promise<T>,
): Promise<T> {
  const changed = change(GOOD[file] ?? "");
  if (changed === GOOD[file]) throw new Error("bug: the change changes nothing");
  clone.write(file, changed);
  try {
    return await use();
  } finally {
    clone.write(file, GOOD[file]);
  }
}

/** Line of the first line that holds a part of the text. */
function lineOf(text: string, part: string): number {
  return text.split("\n").findIndex((line) => line.includes(part)) + 1;
}

test("a good book has no faults, and check writes nothing that readers use", async () => {
  expect(await say(checkBook)).toEqual({ code: 0, stdout: "3 chapters: no faults\n", stderr: "" });
  expect(products()).toEqual([{}, {}, {}]);
});

type Hostile = readonly [
  name: string,
  file: string,
  change: (text: string) => string,
  mark: string,
  want: string,
];

const HOSTILE: readonly Hostile[] = [
  [
    "a syntax error",
    MEANS,
    (t) => t.replace("weigh(a + b);", "weigh(a + ;"),
    "weigh(a + ;",
    ":20: syntax: want TypeScript that parses, got Unexpected token: return weigh(a + ;",
  ],
  [
    "a type error",
    MEANS,
    (t) => t.replace("mean(2, 4)", 'mean(2, "4")'),
    "the mean is",
    ":36: types (TS2345): want number, got string",
  ],
  [
    "a type error in an exported function",
    WEIGHTS,
    (t) => t.replace("x * ratio", '"x"'),
    "return",
    ":3: types (TS2322): want number, got string",
  ],
  [
    "a name that only another cell has",
    WEIGHTS,
    (t) => t.replace("x * ratio", "x * ratio * k").replace("weigh(8)", "const k = 1"),
    "return",
    ":22: types (TS2304): want a program that TypeScript accepts, got Cannot find name 'k'.",
  ],
  [
    "a type error in a companion",
    COMPANION,
    (t) => t.replace("0.5", '"half" as number'),
    "half",
    ":22: types (TS2352): want a program",
  ],
  [
    "a package that is not installed",
    DICE,
    (t) =>
      t
        .replace("/** Sum", 'import { d } from "no-such-package";\nd.map((x) => x);\n/** Sum')
        .replace("assert.equal(", 'import { e } from "no-such-package";\nassert.equal('),
    "no-such",
    ":19: types (TS2307): want a program that TypeScript accepts, got Cannot find module 'no-such-package'",
  ],
  [
    "a missing data set",
    DICE,
    (t) => t.replace("datasets/dice", "datasets/dise"),
    "import { faces",
    ":23: import: want a data set (dice), got below/datasets/dise; try below/datasets/dice",
  ],
  [
    "a forward import",
    WEIGHTS,
    (t) => t.replace("weigh(8)", 'import { mean } from "below/means";'),
    "below/means",
    ":22: import: want a chapter before 1, got means, which is chapter 2",
  ],
  [
    "an import of no chapter",
    MEANS,
    (t) => t.replace('"below/weights"', '"below/wieghts"'),
    "below/wieghts",
    ":23: import: want a chapter of contents.json, got below/wieghts; try below/weights",
  ],
  [
    "an import by path",
    MEANS,
    (t) => t.replace('"below/weights"', '"../01-weights/ratio.ts"'),
    "ratio.ts",
    ":23: import: want a package or below/…, got the path ../01-weights/ratio.ts; try below/means/ratio",
  ],
  [
    "a companion that is not there",
    WEIGHTS,
    (t) => t.replace("below/weights/ratio", "below/weights/ration"),
    "ration",
    ":23: import: want a file of chapters/01-weights (ratio, oracle/weigh.json), got ration; try below/weights/ratio",
  ],
  [
    "a display in exported code",
    MEANS,
    (t) => t.replace("import { weigh", 'import { html } from "below/display";\nimport { weigh'),
    "below/display",
    ":22: import: want exported code that shows nothing, got below/display; try showing the result in a cell without the export tag",
  ],
  [
    "an unknown tag",
    DICE,
    (t) => t.replace("[test]", "[tset]"),
    "[tset]",
    ":9: tags: want some of export, show, test, hidden, solution, fails, slow, gpu, got tset; try test",
  ],
  [
    "a duplicate export",
    DICE,
    (t) =>
      t
        .replace("/** Sum", "/** One. */\nexport const mean = 1;\n/** Sum")
        .replace("assert.equal(", "assert.equal(mean, 1);\nassert.equal("),
    "const mean",
    `:14: export: want mean in one chapter, got it again (first at ${MEANS}:19:17); try importing it from below/means`,
  ],
  [
    "an export of a planned chapter",
    DICE,
    (t) =>
      t
        .replace("/** Sum", "/** One. */\nexport const next = 1;\n/** Sum")
        .replace("assert.equal(", "assert.equal(next, 1);\nassert.equal("),
    "const next",
    ":14: export: want next in one chapter, got it here, and contents.json gives it to planned; try another name",
  ],
  [
    "a promised export that is missing",
    "chapters/contents.json",
    (t) => t.replace('"fall"', '"fall", "rise"'),
    "",
    `${DICE}:4:1: slug: want the export rise, as in contents.json, got none; try exporting it, or removing it from chapters/contents.json`,
  ],
  [
    "an export that contents.json does not list",
    DICE,
    (t) =>
      t
        .replace("/** Sum", "/** One. */\nexport const one = 1;\n/** Sum")
        .replace("assert.equal(", "assert.equal(one, 1);\nassert.equal("),
    "const one",
    ":14: export: want a name that contents.json lists, got one; try adding it to chapters/contents.json",
  ],
  [
    "an export without a comment",
    DICE,
    (t) => t.replace("/** Sum of all faces. */\n", ""),
    "export function",
    ":17: export: want a /** comment */ before fall, got none; try saying its meaning, shapes, units and source",
  ],
  [
    "an export without a test",
    DICE,
    (t) => t.replace("assert.equal(fall(), 21)", "assert.ok(true)"),
    "export function",
    ":17: export: want a test cell that uses fall, got none; try a cell tagged [test]",
  ],
  [
    "a default export",
    DICE,
    (t) => t.replace("/** Sum", "export default 1;\n/** Sum"),
    "default",
    ":8: export: want names that contents.json can list, got export default; try export { name }",
  ],
  [
    "a name declared twice",
    MEANS,
    (t) =>
      t
        .replace("console.log", "const mean2 = 1;\nconsole.log")
        .replace("assert.equal(", "const mean2 = 2;\nassert.equal("),
    "const mean2 = 2",
    ":7: mean2: want a name once in a chapter, got it again (first on line 25); try another name, or a block { … }",
  ],
  [
    "a name that only a hidden cell declares",
    WEIGHTS,
    (t) =>
      t
        .replace("assert.equal(weigh(-2), -1);", "const secret = 1;")
        .replace(':tags: [fails]\n:fails: "RangeError: too heavy"\n', "")
        .replace('throw new RangeError("too heavy by far");', "secret + 1"),
    "secret + 1",
    ":1: secret: want a name that the reader's notebook has, got one of the hidden cell on line",
  ],
  [
    "a module that prints",
    DICE,
    (t) => t.replace("/** Sum", 'console.log("hi");\n/** Sum'),
    "import { faces",
    ':1: below/dice: want a module that only declares when it is imported, got the output "hi"; try moving what acts to a cell without the export tag',
  ],
  [
    "a module that opens something",
    DICE,
    (t) => t.replace("/** Sum", "setInterval(() => 1, 1e6);\n/** Sum"),
    "import { faces",
    ":1: below/dice: want a module that only declares when it is imported, got an open Timeout; try moving",
  ],
  [
    "a module that changes globalThis",
    DICE,
    (t) => t.replace("/** Sum", "Object.assign(globalThis, { sides: 6 });\n/** Sum"),
    "import { faces",
    ":1: below/dice: want a module that only declares when it is imported, got the new global sides; try moving",
  ],
  [
    "a module that throws",
    DICE,
    (t) => t.replace("/** Sum", 'if (faces.length) throw new RangeError("no");\n/** Sum'),
    "throw new",
    ":25: below/dice: want a module that only declares when it is imported, got RangeError: no",
  ],
  [
    "a module that ends the process",
    DICE,
    (t) => t.replace("/** Sum", "if (faces.length) process.exit(3);\n/** Sum"),
    "import { faces",
    ":1: below/dice: want a module that only declares when it is imported, got an import that ended the process (3)",
  ],
  [
    "another number than in contents.json",
    DICE,
    (t) => t.replace("chapter: 3", "chapter: 9"),
    "---",
    ":1: chapter: want the folder 09-dice, got 03-dice; try renaming it",
  ],
  [
    "another title than in contents.json",
    DICE,
    (t) => t.replace("title: What falls?", "title: What?"),
    "title:",
    ':1: title: want "What falls?", as in contents.json, got "What?"',
  ],
];

test.each(HOSTILE)("%s is one error", async (_, file, change, mark, want) => {
  const before = products();
  const { code, stderr } = await withChange(file, change, () => say(checkBook));
  const place = mark === "" ? "" : `${file}:${lineOf(change(GOOD[file]), mark)}`;
  expect(stderr.split("\n").filter((each) => each !== "" && !each.startsWith("  "))).toHaveLength(1);
  expect(stderr).toContain(`${place}${want}`);
  expect(code).toBe(1);
  expect(products()).toEqual(before);
});

test("a chapter that imports a planned one is told so", async () => {
  const change = (text: string): string =>
    text.replace('"below/datasets/dice"', '"below/planned"').replace("faces", "next as faces");
  const contents = CONTENTS.map((each) =>
    each.slug === "dice" ? { ...each, number: 5, slug: "dice" } : each,
  );
  clone.write("chapters/contents.json", JSON.stringify(contents, null, 2));
  clone.write("chapters/05-dice/chapter.md", change(GOOD[DICE]).replace("chapter: 3", "chapter: 5"));
  clone.write("chapters/03-dice", undefined);
  const { code, stderr } = await say(checkBook);
  for (const file of ["chapters/contents.json", DICE]) clone.write(file, GOOD[file]);
  clone.write("chapters/05-dice", undefined);
  expect(stderr).toMatch(
    /^chapters\/05-dice\/chapter\.md:\d+:\d+: import: want a written chapter, got planned, which is only planned; try writing chapter 4 first\n$/,
  );
  expect(code).toBe(1);
});

test.each([
  [
    "not JSON",
    (t: string) => t.slice(0, -3),
    /^chapters\/contents\.json:1:\d+: contents: want a JSON list of chapters, got .+\n/,
  ],
  [
    "with a number twice",
    (t: string) => t.replace('"number": 4', '"number": 3'),
    /^chapters\/contents\.json:\d+:\d+: number: want 3 once, got it twice\n$/,
  ],
  [
    "with a user that comes earlier",
    (t: string) => t.replace('"users": []', '"users": ["weights"]'),
    /^chapters\/contents\.json:\d+:\d+: users of dice: want later chapters, got weights\n$/,
  ],
])("contents.json %s is an error", async (_, change, want) => {
  const { code, stderr } = await withChange("chapters/contents.json", change, () => say(checkBook));
  expect(stderr).toMatch(want);
  expect(code).toBe(1);
});

test("two faulty chapters are two errors, in order, and those that import them are not blamed", async () => {
  clone.write(DICE, GOOD[DICE].replace("21", '"21" satisfies number'));
  const { stderr } = await withChange(
    WEIGHTS,
    (text) => text.replace("x * ratio", '"x"'),
    () => say(checkBook),
  );
  clone.write(DICE, GOOD[DICE]);
  const lines = stderr.split("\n").filter((line) => /^\S/.test(line));
  expect(lines.map((line) => line.split(":")[0])).toEqual([WEIGHTS, DICE]);
});

test("a type error that comes of another chapter's is not said again", async () => {
  const change = (text: string): string =>
    text
      .replace("weigh(x: number): number", "weigh(x: number): string")
      .replace("return x * ratio", "return String(x * ratio)")
      .replace("weigh(8)", 'const eight: number = "8";\neight');
  const { stderr } = await withChange(WEIGHTS, change, () => say(checkBook));
  const line = lineOf(change(GOOD[WEIGHTS]), "const eight");
  expect(stderr).toBe(`${WEIGHTS}:${line}:7: types (TS2322): want number, got string\n`);
});

test("a type error that comes of a name declared wrongly before is not said again", async () => {
  const change = (text: string): string =>
    text.replace(
      "weigh(8)",
      'const eight: number = "8";\neight.trim();\nconst word: string = eight;\nword.length',
    );
  const { stderr } = await withChange(WEIGHTS, change, () => say(checkBook));
  const line = lineOf(change(GOOD[WEIGHTS]), "const eight");
  const lines = stderr.split("\n").filter((each) => each !== "");
  expect(lines).toEqual([
    `${WEIGHTS}:${line}:7: types (TS2322): want number, got string`,
    `${WEIGHTS}:${line + 2}:7: types (TS2322): want string, got number`, // no echo: a declaration of its own
  ]);
});

test("build writes modules and notebooks once, and nothing from a faulty book", async () => {
  expect((await say(buildBook)).code).toBe(0);
  const good = products();
  expect(Object.keys(clone.hashes("notebooks"))).toEqual([
    "01-weights.ipynb",
    "02-means.ipynb",
    "03-dice.ipynb",
  ]);
  const faulty = await withChange(
    MEANS,
    (text) => `${text}\n\`\`\`{code-cell}\n`,
    () => say(buildBook),
  );
  expect(faulty.code).toBe(1);
  expect(products()).toEqual(good);
  expect((await say(buildBook)).code).toBe(0);
  expect(products()).toEqual(good);
});

test("a companion that is gone goes from build/modules, and so does a chapter", async () => {
  await say(buildBook);
  clone.write("chapters/01-weights/extra.ts", "export const extra = 1;\n");
  await say(buildBook);
  expect(clone.hashes("build/modules")).toHaveProperty("weights/extra.ts");
  clone.write("chapters/01-weights/extra.ts", undefined);
  clone.write("chapters/03-dice", undefined);
  await say(buildBook);
  expect(clone.hashes("build/modules")).not.toHaveProperty("weights/extra.ts");
  expect(clone.hashes("build/modules")).not.toHaveProperty("dice.ts");
  expect(clone.hashes("notebooks")).not.toHaveProperty("03-dice.ipynb");
  clone.write(DICE, GOOD[DICE]);
});

test("only what was asked for is judged, with what it imports", async () => {
  const faulty = (chapters: readonly string[]): Promise<Said> =>
    withChange(
      DICE,
      (text) => text.replace("[test]", "[tset]"),
      () => say(checkBook, { chapters }),
    );
  expect((await faulty(["02"])).stdout).toBe("2 chapters: no faults\n");
  expect((await faulty(["means", "dice"])).code).toBe(1);
});

test.each([
  ["7", 'chapter: want a number or a slug of a chapter, got "7"; try one of dice, means, weights\n'],
  ["wieghts", 'chapter: want a number or a slug of a chapter, got "wieghts"; try weights\n'],
  [
    "4",
    "chapter: want a written chapter, got 04-planned, which is only planned; try one of dice, means, weights\n",
  ],
])("asking for chapter %s is an error that helps", async (name, want) => {
  expect(await say(checkBook, { chapters: [name] })).toEqual({ code: 1, stdout: "", stderr: want });
});

test("json gives twelve rows a chapter and nothing else", async () => {
  const rows = JSON.parse((await say(checkBook, { json: true })).stdout) as Row[];
  expect(rows).toHaveLength(36);
  const weights = rows.filter(({ chapter }) => chapter === "weights");
  expect(weights.map(({ point }) => point)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(weights[5]).toMatchObject({ ok: true, detail: "1 cells that fail as described" });
  expect(weights[9]).toMatchObject({ ok: true, detail: "imported by means" });
});
