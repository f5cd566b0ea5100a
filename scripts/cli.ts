/**
 * Dispatches `below COMMAND ARGS…` (names and help: commands.mjs). Runs on the pinned Node, set up by run.mjs.
 * Scripts that are commands of their own run as their own process, exactly as npm runs them.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildBook, checkBook, proveExercises, runBook } from "../book/index.ts";
import { unknownCommand } from "./commands.mjs";
import { doctor } from "./doctor.ts";
import { kernelCommand } from "./kernel-command.ts";
import { mockCommand } from "./mock.ts";
import { root } from "./setup.mjs";
import { devCommand, newCommand, siteCommand } from "./site.ts";

const runners: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  start: (args) => script("start.ts", args),
  test: (args) => script("test.ts", args),
  lab: (args) => script("lab.ts", args),
  bench: (args) => script("bench.ts", args),
  run: (args) =>
    runBook({
      ...bookOptions(args, ["--no-cache"]),
      cache: !args.includes("--no-cache"),
      signal: interruption(),
    }),
  check: (args) => {
    const known = ["--json", "--exercises", "--no-cache"];
    const options = { ...bookOptions(args, known), json: args.includes("--json") };
    if (!args.includes("--exercises")) return checkBook(options);
    return proveExercises({ ...options, cache: !args.includes("--no-cache"), signal: interruption() });
  },
  build: (args) => buildBook(bookOptions(args, [])),
  site: (args) => siteCommand(args, interruption()),
  dev: (args) => devCommand(args, interruption()),
  new: (args) => newCommand(args),
  doctor: (args) => doctor(root, args),
  kernel: (args) => kernelCommand(args),
  mock: (args) => mockCommand(args),
  version: async () => {
    process.stdout.write(`below ${readVersion()}, Node ${process.version}\n`);
    return 0;
  },
};

const [name = "", ...args] = process.argv.slice(2);
process.exitCode = await dispatch(name, args);

async function dispatch(command: string, rest: readonly string[]): Promise<number> {
  const runner = runners[command];
  if (!runner) {
    process.stderr.write(unknownCommand(command));
    return 2;
  }
  try {
    return await runner(rest);
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.startsWith("below ")) throw error;
    process.stderr.write(`${error.message}\n`); // the command line was wrong, not we
    return 2;
  }
}

/** What is no known option is a chapter. */
function bookOptions(options: readonly string[], known: readonly string[]) {
  const unknown = options.find((option) => option.startsWith("-") && !known.includes(option));
  if (unknown)
    throw new TypeError(
      `below ${name}: want ${[...known, "chapters"].join(", ")}, got ${unknown}; try below ${name} --help`,
    );
  const chapters = options.filter((option) => !option.startsWith("-"));
  return { root, chapters, stdout: process.stdout, stderr: process.stderr };
}

/** Aborted by the first Ctrl-C. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => controller.abort());
  return controller.signal;
}

function script(file: string, rest: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, join(root, "scripts", file), ...rest], {
    stdio: "inherit",
  });
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY; // then Ctrl-C reaches the child by itself
  process.on("SIGINT", () => hasTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function readVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return manifest.version;
}
