/** Judge: real vitest runs over test files that go wrong in every way we know. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
mkdirSync(join(root, "build"), { recursive: true });
const folder = mkdtempSync(join(root, "build", "count-reporter ")); // below the root, so that `vitest` resolves
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const imports = `import { expect, test } from "vitest";\n`;
const cases: Readonly<Record<string, string>> = {
  "passes.test.ts": `test("a", () => expect(1).toBe(1)); test("b", () => {});`,
  "fails.test.ts": `test("a", () => expect(1).toBe(2)); test("b", () => {});`,
  "skips.test.ts": `test("a", ({ skip }) => skip("no GPU here"));`,
  "does-not-load.test.ts": `import "./absent.ts"; test("a", () => {});`,
  "throws-late.test.ts": `test("a", () => { setTimeout(() => { throw new Error("late"); }, 0); return new Promise((done) => setTimeout(done, 50)); });`,
  "dies.test.ts": `test("a", () => process.kill(process.pid, "SIGKILL")); test("b", () => {});`,
};

function count(files: readonly string[]): { passed: number; failed: number; skipped: string[] } {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const file of files) writeFileSync(join(folder, file), imports + cases[file]);
  writeFileSync(join(folder, "vitest.config.mjs"), `export default { test: { pool: "forks" } };`);
  const counts = join(folder, "counts.json");
  const args = ["run", "--root", folder, `--reporter=${join(root, "scripts", "count-reporter.ts")}`];
  const { stderr } = spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
    env: { PATH: process.env.PATH, BELOW_TEST_COUNTS: counts }, // not this run's own VITEST_ variables
    encoding: "utf8",
  });
  if (!existsSync(counts)) throw new Error(`vitest wrote no counts: ${stderr}`);
  return JSON.parse(readFileSync(counts, "utf8"));
}

test("passed, failed and skipped tests are counted, a skipped one with its reason", () => {
  expect(count(["passes.test.ts", "fails.test.ts", "skips.test.ts"])).toEqual({
    passed: 3,
    failed: 1,
    skipped: ["skips.test.ts > a: no GPU here"],
  });
});

test("a file that does not load is a failure", () => {
  expect(count(["passes.test.ts", "does-not-load.test.ts"])).toEqual({ passed: 2, failed: 1, skipped: [] });
});

test("an error that nobody caught is a failure", () => {
  expect(count(["throws-late.test.ts"])).toEqual({ passed: 1, failed: 1, skipped: [] });
});

test("a worker that dies is at least one failure, and other files still count", () => {
  const { passed, failed } = count(["passes.test.ts", "dies.test.ts"]);
  expect(passed).toBe(2);
  expect(failed).toBeGreaterThanOrEqual(1);
});
