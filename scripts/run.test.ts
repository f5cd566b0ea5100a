/** Judges: a shell's view of exit codes and signals. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const runner = fileURLToPath(new URL("run.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "below rün "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a TypeScript program by run.mjs from another folder; `signal` is sent to the runner once it has printed something. */
function run(program: string, args: readonly string[], signal?: NodeJS.Signals): Promise<Ended> {
  const file = join(folder, "program 1.ts");
  writeFileSync(file, program);
  const child = spawn(process.execPath, [runner, file, ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, INIT_CWD: undefined },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (signal) child.kill(signal);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

test("a script is TypeScript, gets its arguments as they were, and knows where the user stands", async () => {
  const program = `const seen: string[] = process.argv.slice(2); console.log(JSON.stringify([...seen, process.env.INIT_CWD]))`;
  const { output } = await run(program, ["a b", "--x=ü", ""]);
  expect(JSON.parse(output)).toEqual(["a b", "--x=ü", "", folder]);
});

test("a script imports by the names that chapters use", async () => {
  const { output } = await run(`console.log(import.meta.resolve("below/tensor"))`, []);
  expect(output.trim()).toMatch(/\/tensor\/index\.ts$/);
});

test("the exit code comes up", async () => {
  expect((await run("process.exit(7)", [])).code).toBe(7);
});

test("a script that dies of a signal ends as a shell would say it", async () => {
  expect((await run(`process.kill(process.pid, "SIGKILL")`, [])).code).toBe(128 + constants.signals.SIGKILL);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s goes down, and the script decides how to end",
  async (signal) => {
    const program = `process.on(${JSON.stringify(signal)}, () => process.exit(9)); console.log("ready"); setTimeout(() => {}, 60_000)`;
    expect((await run(program, [], signal)).code).toBe(9);
  },
);
