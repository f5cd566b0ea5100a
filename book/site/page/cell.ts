/**
 * One code cell and what it showed → HTML. Tests fold under the words that name their judge; solutions and hints
 * fold; hidden tests are the teacher's and not on the site.
 */
import type { Cell } from "../../chapter.ts";
import type { PageContext } from "./context.ts";
import { freshId } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import { parseText } from "./myst.ts";
import { outputHtml } from "./output.ts";
import { codeBlock, inlineText } from "./prose.ts";

export function cellHtml(cell: Cell, page: PageContext): string {
  if (cell.tags.has("hidden")) return "";
  const id = cell.label === undefined ? "" : ` id="${escapeHtml(freshId(page, cell.label))}"`;
  const outputs = (page.outputs.get(cell.id) ?? []).map((output) => outputHtml(output, cell, page)).join("");
  const shown = outputs === "" ? "" : `<div class="outputs">${outputs}</div>`;
  return `<div class="cell ${kindOf(cell)}"${id}>${head(cell, page)}${code(cell, page)}${shown}</div>${hint(cell, page)}\n`;
}

function kindOf({ tags }: Cell): string {
  return tags.has("test")
    ? "cell-test"
    : tags.has("fails")
      ? "cell-fails"
      : tags.has("export")
        ? "cell-export"
        : "cell-show";
}

/** What a reader should know before reading the code: where it goes, or that it is meant to fail. */
function head({ tags }: Cell, page: PageContext): string {
  const { slug } = page.source.chapter;
  const words = tags.has("export")
    ? `<code>below/${escapeHtml(slug)}</code>`
    : tags.has("fails")
      ? "fails, as described"
      : "";
  return words === "" ? "" : `<p class="cell-head">${words}</p>`;
}

function code(cell: Cell, page: PageContext): string {
  if (cell.tags.has("test"))
    return `<details class="test"><summary>${testSummary(cell)}</summary>${codeBlock(cell.source, "typescript", page)}</details>`;
  if (!cell.tags.has("solution")) return codeBlock(cell.source, "typescript", page);
  const { stub, solution } = splitSolution(cell.source);
  return `${codeBlock(stub, "typescript", page)}<details class="solution"><summary>Solution</summary>${codeBlock(solution, "typescript", page)}</details>`;
}

/** "Test. Judge: a law, (eq-linear)." from the comment that opens the test. */
function testSummary({ source, options }: Cell): string {
  const judge = /^\s*\/\/\s*(?<words>Judges?:(?:.*\n\s*\/\/)*.*)$/m.exec(source)?.groups?.["words"] ?? "";
  const first = /^.*?[.;](?=\s|$)/.exec(judge.replaceAll(/\n\s*\/\/\s*/g, " "))?.[0] ?? judge;
  const points =
    options["points"] === undefined
      ? ""
      : `, ${options["points"]} ${options["points"] === "1" ? "point" : "points"}`;
  return `<strong>Test${escapeHtml(points)}</strong> ${escapeHtml(first.replace(/;$/, "."))}`;
}

/** What the student gets, and what stands between BEGIN SOLUTION and END SOLUTION. */
export function splitSolution(source: string): { readonly stub: string; readonly solution: string } {
  const block = /^(?<indent>[ \t]*)\/\/ BEGIN SOLUTION\n(?<body>[\s\S]*?)^[ \t]*\/\/ END SOLUTION\n?/gm;
  const solution = source.replaceAll(/^[ \t]*\/\/ (?:BEGIN|END) SOLUTION\n?/gm, "");
  const stub = source.replace(block, (_, indent: string) => `${indent}throw new Error("not written yet");\n`);
  return stub === source ? { stub: "// yours to write", solution } : { stub, solution };
}

function hint({ options }: Cell, page: PageContext): string {
  const text = options["hint"];
  return text === undefined
    ? ""
    : `<details class="hint"><summary>Hint</summary><p>${inlineText(parseText(text), page)}</p></details>`;
}
