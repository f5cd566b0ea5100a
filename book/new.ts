/**
 * `below new SLUG`: a chapter that passes the checks and runs, with a place for everything that the rubric asks.
 * A planned slug gets a stub and a test for each export that contents.json promises; another one is added there.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderName } from "./chapter.ts";
import { CONTENTS_FILE, type Entry, readContents } from "./contents.ts";
import type { BookOptions } from "./options.ts";
import { writeWhole } from "./write/files.ts";

const FENCE = "```";

/** Returns an exit code: 0 written, 1 refused (one line on stderr). Never changes a chapter that is there. */
export function newChapter(
  { root, stdout, stderr }: Pick<BookOptions, "root" | "stdout" | "stderr">,
  slug: string,
): number {
  const refuse = (want: string, got: string, hint: string): number => (
    stderr.write(`below new: want ${want}, got ${got}; try ${hint}\n`),
    1
  );
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(slug))
    return refuse("a slug: lower-case words joined by -", JSON.stringify(slug), "below new linear-algebra");
  const { entries } = readContents(root);
  const planned = entries.find((entry) => entry.slug === slug);
  const entry = planned ?? {
    number: Math.max(-1, ...entries.map(({ number }) => number)) + 1,
    slug,
    title: `What is ${slug.replaceAll("-", " ")}?`,
    exports: [],
    users: [],
  };
  const file = `chapters/${folderName(entry)}/chapter.md`;
  if (existsSync(join(root, file))) return refuse("a chapter that is not written", file, "opening it");
  if (planned === undefined)
    writeWhole(join(root, CONTENTS_FILE), withEntry(readFileSync(join(root, CONTENTS_FILE), "utf8"), entry));
  writeWhole(join(root, file), chapterTemplate(entry));
  stdout.write(
    `${file} is written${planned ? "" : `, and ${CONTENTS_FILE} names it`}; try below dev ${slug}\n`,
  );
  return 0;
}

/** Added at the end of the text, so that the other entries stay as they are written. */
function withEntry(text: string, { number, slug, title }: Entry): string {
  const entry = `  {\n    "number": ${number},\n    "slug": ${JSON.stringify(slug)},\n    "title": ${JSON.stringify(title)},\n    "exports": [],\n    "users": []\n  }`;
  const before = text.replace(/\s*\]\s*$/, "");
  return `${before}${before.trimEnd().endsWith("[") ? "" : ","}\n${entry}\n]\n`;
}

export function chapterTemplate(entry: Entry): string {
  return `${frontMatter(entry)}
# ${entry.title}

One paragraph: the thing that the reader wants to do, and the naive way to do it.

${cell(
  [":label: cell-first-break"],
  `const answer = 0.1 + 0.2;
console.log(answer === 0.3);`,
)}

What broke, and what this chapter does about it.

## The idea

Derive it. Each displayed formula has a label, and each symbol a shape: $x$ is a number.

$$
x + x = 2x
$$ (eq-double)

By {eq}\`eq-double\` … **Predict:** what does the next cell print?

${entry.exports.length === 0 ? cell([], "console.log(1 + 1 === 2 * 1);") : entry.exports.map(stub).join("\n\n")}

## What does not work

${cell([":tags: [fails]", ':fails: "RangeError"'], "new Array(-1);")}

Why it fails, and what it teaches.

## Exercises

(ex-first)=
### Exercise 1: what to do (easy, 1 point)

Say what the reader writes, and what the tests ask.

## Questions on why

1. Why does this work?

:::{dropdown} Answer
Because of {eq}\`eq-double\`.
:::

## What this hides

- What the simplification leaves out, with primary sources (DOI or arXiv).
`;
}

function frontMatter({ title, number, slug }: Entry): string {
  return `---
jupytext:
  notebook_metadata_filter: all,-jupytext.text_representation.jupytext_version
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Below (TypeScript)
  language: typescript
  name: below
title: ${/[:#"'{}[\]]/.test(title) ? JSON.stringify(title) : title}
chapter: ${number}
slug: ${slug}
---
`;
}

/** What the chapter promises, not kept yet, and a test that says so: both go as it is written. */
function stub(name: string): string {
  const isClass = /^[A-Z]/.test(name);
  const words = `${name}: not written yet`;
  const declared = isClass
    ? `export class ${name} {\n  constructor() {\n    throw new Error("${words}");\n  }\n}`
    : `export function ${name}(): never {\n  throw new Error("${words}");\n}`;
  const call = isClass ? `new ${name}()` : `${name}()`;
  return `${cell([":tags: [export]"], `/** Say its meaning, shapes, units, what it throws, and its source. */\n${declared}`)}

${cell([":tags: [test]"], `import assert from "node:assert/strict";\n// Judge: none yet; name a law, a closed form or a file of another program.\nassert.throws(() => ${call}, /not written yet/);`)}`;
}

function cell(options: readonly string[], source: string): string {
  return [`${FENCE}{code-cell}`, ...options, source, FENCE].join("\n");
}
