/**
 * `npm run bench -- site`: how long the site of a whole book takes. 50 synthetic chapters of 40 kB each, whose
 * outputs are stored already; each sample is a process of its own, as `npm start` and `below site` are.
 * No peer: the goals are absolute (docs/design.md, "Measuring").
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cellsOf } from "../../book/chapter.ts";
import { chapterText, type FixtureCell } from "../../book/fixtures/chapters.ts";
import { type Clone, cloneWith } from "../../book/fixtures/clone.ts";
import { readGoodChapter } from "../../book/read.ts";
import { executedNotebook, notebookName, notebookText } from "../../book/write/notebook.ts";
import { type Row, row } from "./row.ts";

const CHAPTERS = 50;
const SIZE_BYTES = 40_000;
const EXPORT = `import { exportSite } from "./book/index.ts";
process.exitCode = await exportSite({ root: import.meta.dirname, stdout: process.stdout, stderr: process.stderr });
`;

export async function benchSite(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  progress(`writing ${CHAPTERS} chapters of ${SIZE_BYTES / 1000} kB`);
  const clone = syntheticBook();
  try {
    const [cold, warm, changed]: [number[], number[], number[]] = [[], [], []];
    for (let round = 1; round <= Math.min(rounds, 3); round++) {
      clone.write("build/cache/page", undefined);
      clone.write("build/cache/search", undefined);
      clone.write("build/site", undefined);
      cold.push(timeExport(clone));
      progress(`round ${round}: everything in ${cold.at(-1)?.toFixed(1)} s`);
      warm.push(timeExport(clone));
      changeParagraph(clone, round);
      changed.push(timeExport(clone));
    }
    const claim = (what: string, goal: string) => ({ what, unit: "s", peerName: null, goal });
    return [
      row(
        claim(`site of ${CHAPTERS} chapters of ${SIZE_BYTES / 1000} kB, outputs stored`, "<=60"),
        cold,
        null,
      ),
      row(claim("the same again, nothing changed", "<=3"), warm, null),
      row(claim("the same, one paragraph changed, search index included", "<=20"), changed, null),
    ];
  } finally {
    clone.dispose();
  }
}

/** Seconds from the start of a process to its end. */
function timeExport({ root }: Clone): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", "./kernel/loader/register.mjs", "export.ts"],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`bench: want a site, got exit code ${status}: ${stderr}`);
  return (performance.now() - started) / 1000;
}

function syntheticBook(): Clone {
  const numbers = Array.from({ length: CHAPTERS }, (_, index) => index + 1);
  const texts = numbers.map((number) => [fileOf(number), syntheticChapter(number)] as const);
  const contents = numbers.map((number) => ({
    number,
    slug: slugOf(number),
    title: titleOf(number),
    exports: [],
    users: [],
  }));
  const clone = cloneWith({
    "chapters/contents.json": JSON.stringify(contents),
    "export.ts": EXPORT,
    ...Object.fromEntries(texts),
  });
  for (const [file, text] of texts) {
    const chapter = readGoodChapter(file, text);
    const executed = cellsOf(chapter).map(
      ({ id }, index) =>
        [
          id,
          {
            executionCount: index + 1,
            outputs: [{ output_type: "stream", name: "stdout", text: `step ${index}: loss 0.${index}\n` }],
          },
        ] as const,
    );
    clone.write(
      `build/notebooks-run/${notebookName(chapter)}`,
      notebookText(executedNotebook(chapter, new Map(executed))),
    );
  }
  return clone;
}

const slugOf = (number: number): string => `synthetic-${number}`;
const titleOf = (number: number): string => `What does synthetic chapter ${number} measure?`;
const fileOf = (number: number): string =>
  `chapters/${String(number).padStart(2, "0")}-${slugOf(number)}/chapter.md`;

/** Sections of prose, formulas, references and code, as real chapters mix them, until it is long enough. */
function syntheticChapter(number: number): string {
  const blocks: (string | FixtureCell)[] = [`# ${titleOf(number)}`];
  let sizeBytes = 0;
  for (let section = 1; sizeBytes < SIZE_BYTES; section++) {
    const prose = proseOf(number, section);
    const cell = { options: [`:label: cell-${section}`], source: codeOf(number, section) };
    blocks.push(prose, cell);
    sizeBytes += prose.length + cell.source.length + 50;
  }
  return chapterText({ title: titleOf(number), chapter: number, slug: slugOf(number) }, ...blocks);
}

function proseOf(number: number, section: number): string {
  const sentence = `In section ${section} of chapter ${number} the weights $W$: [n, m] meet the row $x$: [1, n], and *each* entry of the product is a sum over $j$ of $x_j W_{jk}$, as \`matmul\` computes it. `;
  return `## Section ${section}\n\n${sentence.repeat(4)}\n\n$$\nL_{${section}} = \\sum_{j=1}^{n} \\frac{(x_j - \\mu)^2}{2\\sigma^2} + \\log \\sqrt{2\\pi\\sigma^2}\n$$ (eq-${section})\n\nBy {eq}\`eq-${section}\` and {ref}\`cell-${section}\`: ${sentence}`;
}

function codeOf(number: number, section: number): string {
  const lines = Array.from(
    { length: 12 },
    (_, index) =>
      `  const value${index} = Math.fround(weights[${index}] * ${number}.${section} + Math.exp(-${index} / ${section})); // [n]`,
  );
  return `/** Step ${section}. weights: [n] → a number. */\nfunction step${section}(weights: readonly number[]): number {\n${lines.join("\n")}\n  return value0 + value11;\n}\nconsole.log("step ${section}", step${section}([1, 2, 3]));`;
}

function changeParagraph({ root }: Clone, round: number): void {
  writeFileSync(
    join(root, fileOf(1)),
    syntheticChapter(1).replace("In section 1", `In round ${round}, in section 1`),
  );
}
