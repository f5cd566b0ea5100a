/**
 * `below dev` on a small book of its own: what an author saves, and what the page then shows. Judge: the pages as
 * they are served, and the events that an open page gets.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fixtureBook, MEANS, WEIGHTS } from "../../book/fixtures/chapters.ts";
import { type Clone, cloneWith } from "../../book/fixtures/clone.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const GOOD = fixtureBook();
const DEV = `import { watchBook } from "./book/index.ts";
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const { stdout, stderr } = process;
process.exitCode = await watchBook({ root: import.meta.dirname, stdout, stderr, runs: true, port: 0, signal: stop.signal });
`;
const said = { text: "" };
let clone: Clone;
let address: string;
let dev: ChildProcess;
let events: AsyncGenerator<string>;

beforeAll(async () => {
  clone = cloneWith({ ...GOOD, "dev.ts": DEV });
  // In a process of the clone's own: its kernels must take the clone for the book.
  const flags = ["--no-force-async-hooks-checks", "--import", "./kernel/loader/register.mjs"];
  dev = spawn(process.execPath, [...flags, "dev.ts"], { cwd: clone.root, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [dev.stdout, dev.stderr])
    stream?.on("data", (chunk: Buffer) => (said.text += chunk.toString()));
  address = await vi.waitFor(
    () => /reading: (\S+)/.exec(said.text)?.[1] ?? Promise.reject(new Error(said.text)),
    {
      timeout: 60_000,
    },
  );
  events = listen(`${address}__events`);
  await until("good");
});

afterAll(async () => {
  const ended = new Promise((resolve) => dev.once("close", resolve));
  dev.kill("SIGTERM");
  expect(await ended).toBe(0);
  clone.dispose();
});

/** What an open page hears: "reload", "good", "fault TEXT". */
async function* listen(url: string): AsyncGenerator<string> {
  const response = await fetch(url);
  let rest = "";
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const messages = (rest + chunk).split("\n\n");
    rest = messages.pop() ?? "";
    for (const message of messages) {
      const { name, data } = /event: (?<name>\w+)\ndata: (?<data>.*)/.exec(message)?.groups ?? {};
      if (name !== undefined) yield `${name} ${JSON.parse(data) as string}`.trim();
    }
  }
}

/** The next event of that name; what came before it is passed over. */
async function until(name: string): Promise<string> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`no ${name}: ${said.text}`);
    if (value.startsWith(name)) return value;
    if (value.startsWith("fault") && name === "good") throw new Error(value);
  }
}

const page = async (slug: string): Promise<string> => (await fetch(`${address}${slug}/`)).text();

/** Saves a file and gives what the terminal said until all was done. */
async function save(file: string, text: string): Promise<string> {
  const from = said.text.length;
  clone.write(file, text);
  await until("good");
  return said.text.slice(from);
}

const ran = (text: string): readonly string[] =>
  [...text.matchAll(/^\d+ (\S+) {2}\d+ cells {2}[\d.]+ s$/gm)].map(([, slug]) => slug);

test("a new paragraph is on the page at the first reload, and runs nothing", async () => {
  const from = said.text.length;
  clone.write(MEANS, GOOD[MEANS].replace("# Means\n", "# Means\n\nThe middle of two.\n"));
  await until("reload");
  expect(await page("means")).toContain("The middle of two.");
  expect(await page("means")).toContain("the mean is 3"); // the outputs stay
  await until("good");
  expect(ran(said.text.slice(from))).toEqual([]);
});

test("a changed exported function runs its chapter and those that import it, and no other", async () => {
  const text = await save(WEIGHTS, GOOD[WEIGHTS].replace("return x * ratio", "return ratio * x"));
  expect(ran(text)).toEqual(["weights", "means"]);
});

test("a changed cell shows what it now prints", async () => {
  const text = await save(MEANS, GOOD[MEANS].replace("mean(2, 4)", "mean(2, 8)"));
  expect(ran(text)).toEqual(["means"]);
  expect(await page("means")).toContain("the mean is 5");
});

test("an error names chapter.md's line, on the page too, and goes when it is mended", async () => {
  const wrong = GOOD[MEANS].replace("mean(2, 4)", 'mean(2, "4")');
  clone.write(MEANS, wrong);
  const line = wrong.split("\n").findIndex((each) => each.includes('"4"')) + 1;
  expect(await until("fault")).toContain(`${MEANS}:${line}:36: types (TS2345): want number, got string`);
  expect(said.text).toContain(`${MEANS}:${line}:36: types (TS2345)`);
  await save(MEANS, GOOD[MEANS]);
});
