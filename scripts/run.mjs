// @ts-check
/**
 * `node scripts/run.mjs FILE ARGS…`: sets up, then runs FILE (TypeScript) on the pinned Node.
 * Signals go down, the exit code comes up. Node built-ins only, from Node 20 up.
 */
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { announce } from "./setup/running.mjs";
import { root, setup } from "./setup.mjs";

/**
 * Runs a script of this project to its end, from the project's folder, and returns its exit code.
 * INIT_CWD tells the script where the user stands, as npm does.
 * @param {string} file
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function run(file, args) {
  const { file: node, flags } = await setup();
  announce(root, [basename(file), ...args].join(" "));
  const loader = pathToFileURL(join(root, "kernel", "loader", "register.mjs")).href;
  const path = dirname(node) + delimiter + (process.env.PATH ?? "");
  const child = spawn(node, [...flags, "--import", loader, resolve(root, file), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path, INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
  });
  forwardSignals(child);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("exit", (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

/**
 * A terminal sends Ctrl-C to every process in front of it, so then the child already has it;
 * a second one would read as "stop at once". @param {import("node:child_process").ChildProcess} child
 */
function forwardSignals(child) {
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY;
  process.on("SIGINT", () => hasTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
}

const [, self, file, ...args] = process.argv;
if (self && import.meta.url === pathToFileURL(realpathSync(self)).href) {
  if (!file) throw new Error("run.mjs: want a script, got none; try node scripts/run.mjs scripts/start.ts");
  process.exitCode = await run(file, args);
}
