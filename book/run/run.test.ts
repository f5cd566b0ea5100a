/** The book's own `npm start` on small books: what runs, what is kept, what a person sees when it goes wrong. */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { fixtureBook, type FixtureCell, chapterText, DICE, MEANS, WEIGHTS } from "../fixtures/chapters.ts";
import { type Clone, cloneWith, type Started } from "../fixtures/clone.ts";
import { isAlive } from "../write/files.ts";
import type { Notebook } from "../write/notebook.ts";

const GOOD = fixtureBook();
const clones: Clone[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  clones.splice(0).forEach((clone) => clone.dispose());
});

function book(changes: Readonly<Record<string, string>> = {}): Clone {
  const clone = cloneWith({ ...GOOD, ...changes });
  clones.push(clone);
  return clone;
}

/** Chapter 3 of the small book with other cells, which exports what it must. */
function diceWith(...cells: readonly FixtureCell[]): string {
  const good = { tags: "export", source: "/** Nothing. */\nexport function fall(): void {}" };
  const tested = { tags: "test", source: "fall();" };
  return chapterText({ title: "What falls?", chapter: 3, slug: "dice" }, good, tested, ...cells);
}

/** "01 weights cached" for each line of progress. */
function states(stdout: string): readonly string[] {
  const lines = stdout
    .split("\n\n")[0]
    .split("\n")
    .filter((line) => /^\d\d /.test(line));
  return lines.map((line) =>
    line
      .replace(/ {2}\d+ cells {2}/, " ")
      .replace(/\d+\.\d s/, "ran")
      .replace(/ {2}/, " "),
  );
}

function lineOf(text: string, part: string): number {
  return text.split("\n").findIndex((line) => line.includes(part)) + 1;
}

function outputsOf(clone: Clone, name: string): readonly unknown[] {
  const { cells } = JSON.parse(clone.read(`build/notebooks-run/${name}`)) as Notebook;
  return cells.flatMap(({ outputs }) => outputs ?? []);
}

/** Polls until it is so; a test that waits for ever fails by its time limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

/** Files that only a writer leaves who did not finish. */
function leftovers(clone: Clone): readonly string[] {
  return Object.keys(clone.hashes("build")).filter((file) => /\.tmp$|^\.stage-/.test(file));
}

test("chapters run in order with their outputs; a second run does nothing again", async () => {
  const clone = book();
  const first = await clone.start().ended;
  expect(first.stderr).toBe("");
  expect(states(first.stdout)).toEqual(["01 weights ran", "02 means ran", "03 dice ran"]);
  expect(outputsOf(clone, "02-means.ipynb")).toEqual([
    { output_type: "stream", name: "stdout", text: "the mean is 3\n" },
    {
      output_type: "execute_result",
      data: { "text/plain": expect.stringMatching(/1, 2/) as unknown },
      metadata: {},
      execution_count: 2,
    },
  ]);
  const before = clone.hashes("build");
  const second = await clone.start().ended;
  expect(states(second.stdout)).toEqual(["01 weights cached", "02 means cached", "03 dice cached"]);
  expect(second.code).toBe(0);
  expect(clone.hashes("build")).toEqual(before);
});

test("a change re-runs exactly the chapters that depend on it", async () => {
  const clone = book();
  await clone.start().ended;
  const after = async (file: string, text: string): Promise<readonly string[]> => {
    clone.write(file, text);
    return states((await clone.start().ended).stdout).filter((state) => state.endsWith("ran"));
  };
  expect(
    await after(WEIGHTS, GOOD[WEIGHTS].replace("# Weights\n", "# Weights\n\nA new paragraph.\n")),
  ).toEqual([]);
  expect(clone.read("build/notebooks-run/01-weights.ipynb")).toContain("A new paragraph.");
  expect(await after(WEIGHTS, GOOD[WEIGHTS].replace("weigh(8)", "weigh(6)"))).toEqual(["01 weights ran"]);
  expect(
    await after("chapters/01-weights/ratio.ts", "/** One to two. */\nexport const ratio = 1 / 2;\n"),
  ).toEqual(["01 weights ran", "02 means ran"]);
  expect(await after(MEANS, GOOD[MEANS].replace("mean(2, 4)", "mean(2, 6)"))).toEqual(["02 means ran"]);
  expect(
    await after(
      "datasets/dice/load.ts",
      "/** Six. */\nexport const faces: readonly number[] = [6, 5, 4, 3, 2, 1];\n",
    ),
  ).toEqual(["03 dice ran"]);
  expect(await after("package-lock.json", `${clone.read("package-lock.json")}\n`)).toHaveLength(3);
  expect(await after(MEANS, GOOD[MEANS])).toEqual(["02 means ran"]);
});

test("a chapter runs with what it imports; --no-cache runs again; the index says what is known", async () => {
  const clone = book();
  expect(states((await clone.start("02").ended).stdout)).toEqual(["01 weights ran", "02 means ran"]);
  expect(states((await clone.start("means", "--no-cache").ended).stdout)).toEqual([
    "01 weights ran",
    "02 means ran",
  ]);
  expect(Object.keys(JSON.parse(clone.read("build/artifacts/index.json")) as object)).toEqual([
    "weights",
    "means",
  ]);
});

test("a damaged result is made again", async () => {
  const clone = book();
  await clone.start().ended;
  for (const name of Object.keys(clone.hashes("build/cache/run")))
    clone.write(`build/cache/run/${name}`, clone.read(`build/cache/run/${name}`).slice(0, 300));
  expect(states((await clone.start().ended).stdout)).toEqual([
    "01 weights ran",
    "02 means ran",
    "03 dice ran",
  ]);
  expect(states((await clone.start().ended).stdout)).toEqual([
    "01 weights cached",
    "02 means cached",
    "03 dice cached",
  ]);
});

test.each([
  [
    "a cell that throws",
    [
      {
        source:
          "const six = 6;\nconst n: number = six + 1;\nif (n > six) throw new RangeError(`want six, got ${n}`);",
      },
    ],
    "if (n > six)",
    ":20: cell: want no error, got RangeError: want six, got 7\n",
  ],
  [
    "a function of an earlier cell that throws",
    [{ source: "function f(): void {\n  throw new Error('deep');\n}" }, { source: "f();" }],
    "'deep'",
    ":9: cell: want no error, got Error: deep\n",
  ],
  [
    "a test that does not hold",
    [
      {
        tags: "test",
        source: 'import assert from "node:assert/strict";\nassert.equal(1 + 1, 3, "two is three");',
      },
    ],
    "assert.equal",
    ":8: cell: want no error, got AssertionError: two is three\n",
  ],
  [
    "a cell that should fail and does not",
    [{ tags: "fails", options: [":fails: TypeError"], source: "const fine = 1;" }],
    "const fine",
    ':1: fails: want an error with "TypeError", got no error; try removing the tag fails\n',
  ],
  [
    "a cell that fails in another way",
    [{ tags: "fails", options: [":fails: TypeError"], source: 'throw new RangeError("other");' }],
    "throw new",
    ':7: fails: want an error with "TypeError", got RangeError: other\n',
  ],
  [
    "a kernel that is killed by its cell",
    [{ source: 'process.kill(process.pid, "SIGKILL");' }],
    "process.kill",
    ":1: kernel: want a kernel that lives to the end of the cell, got the kernel process ended (SIGKILL)\n",
  ],
] as const)("%s is one error at its line, and all else is as it was", async (_, cells, mark, want) => {
  const clone = book();
  await clone.start().ended;
  const before = clone.hashes("build/notebooks-run");
  const text = diceWith(...cells);
  clone.write(DICE, text);
  const { code, stdout, stderr } = await clone.start().ended;
  expect(stderr.startsWith(`${DICE}:${lineOf(text, mark)}${want}`), stderr).toBe(true);
  expect(stderr.split("\n").filter((line) => /^\S/.test(line))).toHaveLength(1);
  expect(states(stdout)).toEqual(["01 weights cached", "02 means cached", expect.stringContaining("failed")]);
  expect(code).toBe(1);
  expect(clone.hashes("build/notebooks-run")).toEqual(before);
  expect(leftovers(clone)).toEqual([]);
});

test("an error below an imported chapter names that chapter's line too, and chapters that import a failed one are skipped", async () => {
  const clone = book();
  const broken = GOOD[WEIGHTS].replace(
    "return x * ratio",
    'if (x === 8) throw new Error("eight");\n  return x * ratio',
  );
  clone.write(WEIGHTS, broken);
  const first = await clone.start().ended;
  expect(first.stderr).toContain(
    `${WEIGHTS}:${lineOf(broken, '"eight"')}:22: cell: want no error, got Error: eight`,
  );
  expect(states(first.stdout)).toEqual([
    expect.stringContaining("failed"),
    "02 means skipped: it imports a chapter that failed",
    "03 dice ran",
  ]);
  clone.write(WEIGHTS, broken.replace("weigh(8)", "weigh(9)"));
  clone.write(MEANS, GOOD[MEANS].replace("mean(2, 4)", "mean(2, 6)"));
  const second = await clone.start().ended;
  expect(second.stderr).toContain(`${MEANS}:${lineOf(GOOD[MEANS], "the mean is")}:`);
  expect(second.stderr).toMatch(new RegExp(`at weigh \\(${WEIGHTS}:${lineOf(broken, '"eight"')}:22\\)`));
});

const HANGS = diceWith({
  source:
    'import { writeFileSync } from "node:fs";\nwriteFileSync("../build/kernel-pid", String(process.pid));\nfor (;;);',
});

/** Starts a book whose last cell never ends; resolves when that runs. */
async function startHanging(clone: Clone): Promise<{ run: Started; kernelPid: number }> {
  clone.write(DICE, HANGS);
  clone.write("build/kernel-pid", undefined);
  const run = clone.start();
  await until(() => existsSync(`${clone.root}/build/kernel-pid`) && clone.read("build/kernel-pid") !== "");
  return { run, kernelPid: Number(clone.read("build/kernel-pid")) };
}

test("Ctrl-C ends kernel and run, keeps what is done, and the next run goes on", async () => {
  const clone = book();
  const { run, kernelPid } = await startHanging(clone);
  // A terminal sends it to both.
  run.kill("SIGINT");
  process.kill(kernelPid, "SIGINT");
  const { code, stdout, stderr } = await run.ended;
  expect([code, stderr]).toEqual([130, ""]);
  expect(stdout).toContain("stopped; 2 chapters done and kept: the next run goes on from there");
  expect(isAlive(kernelPid)).toBe(false);
  clone.write(DICE, GOOD[DICE]);
  expect(states((await clone.start().ended).stdout)).toEqual([
    "01 weights cached",
    "02 means cached",
    "03 dice ran",
  ]);
});

test("after kill -9 the kernel ends by itself, and the next run goes on and cleans up", async () => {
  const clone = book();
  const { run, kernelPid } = await startHanging(clone);
  run.kill("SIGKILL");
  await run.ended;
  await until(() => !isAlive(kernelPid));
  clone.write(DICE, GOOD[DICE]);
  const { stdout, code } = await clone.start().ended;
  expect(states(stdout)).toEqual(["01 weights cached", "02 means cached", "03 dice ran"]);
  expect(code).toBe(0);
  expect(leftovers(clone)).toEqual([]);
});

test("killed at any moment, a run leaves whole files only, and the next one finishes", async () => {
  const clone = book();
  for (let round = 0; round < 8; round++) {
    clone.write(
      "datasets/dice/load.ts",
      `/** Six. */\nexport const faces: readonly number[] = [1, 2, 3, 4, 5, 6]; // ${round}\n`,
    );
    const run = clone.start("--no-cache");
    await sleep(150 + round * 170);
    run.kill("SIGKILL");
    await run.ended;
    for (const file of Object.keys({ ...clone.hashes("build"), ...clone.hashes("notebooks") })) {
      const path =
        file.endsWith(".ipynb") && existsSync(`${clone.root}/notebooks/${file}`)
          ? `notebooks/${file}`
          : `build/${file}`;
      if (/\.(?:json|ipynb)$/.test(file))
        expect(() => JSON.parse(clone.read(path)) as unknown, path).not.toThrow();
    }
  }
  expect((await clone.start().ended).code).toBe(0);
  expect(leftovers(clone)).toEqual([]);
});

test("two runs at once both succeed and leave one good state", async () => {
  const clone = book();
  const both = await Promise.all([clone.start().ended, clone.start().ended]);
  expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  expect(leftovers(clone)).toEqual([]);
  expect(states((await clone.start().ended).stdout)).toEqual([
    "01 weights cached",
    "02 means cached",
    "03 dice cached",
  ]);
});

test("what changed while it ran is not kept", async () => {
  const clone = book();
  await clone.start().ended;
  clone.write(
    DICE,
    diceWith({
      source:
        'import { writeFileSync } from "node:fs";\nwriteFileSync("../chapters/03-dice/extra.ts", "export const extra = 1;\\n");',
    }),
  );
  expect((await clone.start("03").ended).stdout).toContain(
    "dice changed while it ran: the result is shown, not kept",
  );
  expect(Object.keys(JSON.parse(clone.read("build/artifacts/index.json")) as object)).not.toContain("dice");
});

test("wrong arguments are one line that helps", async () => {
  const clone = book();
  expect(await clone.start("--fast").ended).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "npm start: want chapters, --no-cache, --no-site or --help, got Unknown option '--fast'; try npm start -- --help\n",
  });
  expect(await clone.start("dise").ended).toEqual({
    code: 1,
    stdout: "",
    stderr: 'chapter: want a number or a slug of a chapter, got "dise"; try dice\n',
  });
  expect((await clone.start("--help").ended).stdout).toMatch(/^npm start/);
});

test("no kernel leaves its connection file behind", async () => {
  const clone = book();
  const own = join(clone.root, "tmp"); // other tests' kernels come and go in the machine's own
  mkdirSync(own);
  vi.stubEnv("TMPDIR", own);
  await clone.start("--no-cache").ended;
  expect(readdirSync(own).filter((name) => name.startsWith("below-kernel-"))).toEqual([]);
});
