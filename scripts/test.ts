/**
 * `npm test [-- PATTERN…]`: everything that can be wrong, one closing line `N passed, N failed`.
 * Each step counts as one, each test as one. With patterns only the test files whose path holds one of them run.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBook, checkBook } from "../book/index.ts";
import { ensureBrowser } from "./browser.ts";
import { checks, runCheck } from "./checks.ts";
import type { Counts } from "./count-reporter.ts";
import { fileHashes } from "./file-hashes.ts";
import { setupPython } from "./setup/python.mjs";
import { SetupError } from "./setup/say.mjs";
import { root } from "./setup.mjs";

const isCI = Boolean(process.env.CI) && process.env.CI !== "false";
const total = { passed: 0, failed: 0, skipped: [] as string[] };
const patterns = process.argv.slice(2);
const book = { root, stdout: process.stdout, stderr: process.stderr };

process.on("SIGINT", () => process.exit(130));
await main();

async function main(): Promise<void> {
  const tools = Promise.all([tool("Python", () => setupPython(root)), tool("browser", ensureBrowser)]);
  await step("book build", buildAndCompare); // first: the modules it writes are imported by what follows
  if (patterns.length === 0) {
    const chapters = step("book check", checkChapters);
    await Promise.all([chapters, ...checks().map((check) => step(check.name, () => readSource(check)))]);
  }
  await tools;
  add(await runTests());
  for (const reason of total.skipped) process.stdout.write(`skipped: ${reason}\n`);
  const skipped = total.skipped.length > 0 ? `, ${total.skipped.length} skipped` : "";
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

/** `work` returns what is wrong, or undefined. */
async function step(name: string, work: () => Promise<string | undefined>): Promise<void> {
  const problem = await work().catch((error: unknown) =>
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
  process.stdout.write(problem === undefined ? `✓ ${name}\n` : `✗ ${name}: ${problem}\n`);
  add(problem === undefined ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] });
}

/** What a user's machine may lack: then its tests are skipped with the remedy. In CI it is a failure. */
async function tool(name: string, ensure: () => Promise<string>): Promise<void> {
  try {
    await ensure();
    await step(name, async () => undefined);
  } catch (error) {
    if (!(error instanceof SetupError) || isCI) await step(name, () => Promise.reject(error));
    else add({ passed: 0, failed: 0, skipped: [`${name}: ${error.message}`] });
  }
}

/** The notebooks are committed, so in CI a rebuild must change none of them. */
async function buildAndCompare(): Promise<string | undefined> {
  const before = fileHashes(join(root, "notebooks"));
  if ((await buildBook(book)) !== 0) return "the lines above say where";
  const after = fileHashes(join(root, "notebooks"));
  const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  );
  if (stale.length === 0) return undefined;
  const message = `notebooks: want them as the chapters say, got ${stale.join(", ")} outdated; try committing what \`below build\` wrote`;
  if (isCI) return message;
  process.stdout.write(`${message}\n`);
  return undefined;
}

async function checkChapters(): Promise<string | undefined> {
  return (await checkBook(book)) === 0 ? undefined : "the lines above say where";
}

async function readSource(check: ReturnType<typeof checks>[number]): Promise<string | undefined> {
  const { ok, output } = await runCheck(check);
  if (ok) return undefined;
  process.stdout.write(`${output}\n`);
  return `try ${check.remedy}`;
}

/** In a process of its own: if vitest itself dies, there is still a closing line. */
async function runTests(): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "below-test-"));
  const countsFile = join(folder, "counts.json");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "count-reporter.ts")}`];
  try {
    const code = await wait([vitest, "run", ...reporters, ...patterns], {
      ...process.env,
      BELOW_TEST_COUNTS: countsFile,
    });
    return judge(readCounts(countsFile), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function wait(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      cwd: root,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function readCounts(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch {
    return undefined; // vitest did not live to write it; judge counts that
  }
}

/** No counts, no tests, or a bad exit that no count explains: each is one failure. */
function judge(counts: Counts | undefined, code: number): Counts {
  const none = { passed: 0, failed: 0, skipped: [] };
  const { passed, failed, skipped } = counts ?? none;
  if (counts && failed === 0 && code === 0 && passed + skipped.length > 0) return counts;
  if (counts && failed > 0) return counts;
  const problem =
    counts && passed === 0
      ? `no test file matches ${patterns.join(" ") || "vitest.config.ts"}`
      : `vitest ended with code ${code}`;
  process.stdout.write(`✗ tests: ${problem}\n`);
  return { passed, failed: failed + 1, skipped };
}

function add(counts: Counts): void {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped.push(...counts.skipped);
}
