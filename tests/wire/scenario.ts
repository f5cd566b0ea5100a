/**
 * Runs a Python scenario (a real client of a real kernel) and hands its facts to tests: `const facts = scenario("execute.py")`.
 * Without a Python that has jupyter_client the tests are skipped with the reason; under CI=true that is a failure.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, type TestContext } from "vitest";
import { kernelArgv } from "../../kernel/index.ts";

export type Facts = Readonly<Record<string, unknown>>;
/** The facts that the scenario recorded under `promise`. Skips or fails the test when there are none. */
export type AskFacts = (context: TestContext, promise: string) => Facts;

const here = fileURLToPath(new URL(".", import.meta.url));
const scenarioMs = 240_000;

/** Runs `file` once for all tests of this test file, with `args`. */
export function scenario(file: string, ...args: readonly string[]): AskFacts {
  const python = findPython();
  let facts = new Map<string, Facts>();
  let ending = "";
  if (python !== undefined) {
    beforeAll(async () => {
      ({ facts, ending } = await run(python, file, args));
    }, scenarioMs);
  }
  return (context, promise) => {
    if (python === undefined) return noPython(context);
    const found = facts.get(promise);
    if (!found)
      throw new Error(
        `${file}: want facts on ${JSON.stringify(promise)}, got none; the scenario ended so: ${ending}`,
      );
    return found;
  };
}

/** The project's own Python, or the one that BELOW_PYTHON names. */
export function findPython(): string | undefined {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const own = [`${root}.venv/bin/python`, `${root}.venv/Scripts/python.exe`];
  return [...own, process.env["BELOW_PYTHON"]].find((path) => path !== undefined && existsSync(path));
}

/** Skips the test, and under CI fails it. */
export function noPython(context: TestContext): never {
  const reason = "no Python with jupyter_client: want .venv (npm test makes it) or BELOW_PYTHON";
  if (process.env["CI"] === "true") throw new Error(reason);
  return context.skip(reason);
}

async function run(
  python: string,
  file: string,
  args: readonly string[],
): Promise<{ facts: Map<string, Facts>; ending: string }> {
  const { lines, ending } = await runScenario(python, file, args);
  return { facts: new Map(lines.map((line) => [line.promise, line])), ending };
}

/** Runs a Python file of this folder to its end: the facts it recorded, in order, and how it ended. */
export async function runScenario(
  python: string,
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ lines: readonly (Facts & { promise: string })[]; ending: string }> {
  const state = mkdtempSync(join(tmpdir(), "below-state-"));
  const child = spawn(python, [join(here, file), ...args], {
    env: {
      ...process.env,
      ...environment,
      BELOW_KERNEL_ARGV: JSON.stringify(kernelArgv()),
      BELOW_STATE_DIR: state, // the history of the tests is not the user's
      PYTHONUNBUFFERED: "1",
      JUPYTER_PLATFORM_DIRS: "1",
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  rmSync(state, { recursive: true, force: true });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return {
    lines: lines.map((line) => JSON.parse(line) as Facts & { promise: string }),
    ending: `exit code ${String(code)}\n${stderr.slice(-3000)}`,
  };
}
