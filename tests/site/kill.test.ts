/**
 * `npm start` killed with -9 while it runs chapters and writes the site. Whatever the moment, each file that a
 * reader uses is the old one or the new one, whole, and the next run goes on to the end.
 * Two moments here; BELOW_KILLS=20 npm test -- tests/site/kill takes twenty. BELOW_SEED repeats a sequence.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fixtureBook, MEANS, WEIGHTS } from "../../book/fixtures/chapters.ts";
import { type Clone, cloneWith } from "../../book/fixtures/clone.ts";

const kills = Number(process.env.BELOW_KILLS ?? 2);
const seed = Number(process.env.BELOW_SEED ?? Date.now() % 1e6);
vi.setConfig({ testTimeout: 60_000 + kills * 30_000, hookTimeout: 120_000 });

const GOOD = fixtureBook();
const BOOKS = [
  { [WEIGHTS]: GOOD[WEIGHTS], [MEANS]: GOOD[MEANS] },
  {
    [WEIGHTS]: GOOD[WEIGHTS].replace("# Weights\n", "# Weights\n\nAnother paragraph.\n").replace(
      "weigh(8)",
      "weigh(80)",
    ),
    [MEANS]: GOOD[MEANS].replace("mean(2, 4)", "mean(2, 40)"),
  },
] as const;
const FOLDERS = ["notebooks", "build/modules", "build/notebooks-run", "build/site"];

let clone: Clone;
beforeAll(() => (clone = cloneWith(GOOD)));
afterAll(() => clone.dispose());

/** Path → hash of every file that a reader uses; temporary files are nobody's yet. */
function shown(): ReadonlyMap<string, string> {
  return new Map(
    FOLDERS.flatMap((folder) =>
      Object.entries(clone.hashes(folder)).flatMap(([file, hash]) =>
        file.endsWith(".tmp") ? [] : [[`${folder}/${file}`, hash] as const],
      ),
    ),
  );
}

function write(version: number): void {
  for (const [file, text] of Object.entries(BOOKS[version])) clone.write(file, text);
}

async function finish(): Promise<ReadonlyMap<string, string>> {
  const { code, stderr } = await clone.startWithSite().ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return shown();
}

/** mulberry32: the same moments for the same seed. */
function random(state: { n: number }): number {
  state.n = (state.n + 0x6d2b79f5) | 0;
  let t = Math.imul(state.n ^ (state.n >>> 15), 1 | state.n);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

test(`killed at ${kills} random moments, no file is half written, and the next run finishes (seed ${seed})`, async () => {
  const started = performance.now();
  const whole = [await finish()];
  const lengthMs = performance.now() - started;
  write(1);
  whole.push(await finish());
  const state = { n: seed };
  for (let kill = 0; kill < kills; kill++) {
    clone.write("build/cache", undefined); // so that everything is made again
    write(kill % 2);
    const run = clone.startWithSite("--no-cache");
    const momentMs = random(state) * lengthMs;
    await sleep(momentMs);
    run.kill("SIGKILL");
    await run.ended;
    const torn = [...shown()]
      .filter(([file, hash]) => whole.every((each) => each.get(file) !== hash))
      .map(([file]) => file);
    expect({ kill, momentMs, torn }).toEqual({ kill, momentMs, torn: [] });
    expect(await finish()).toEqual(whole[kill % 2]);
    expect(Object.keys(clone.hashes("build")).filter((file) => file.endsWith(".tmp"))).toEqual([]);
  }
});
