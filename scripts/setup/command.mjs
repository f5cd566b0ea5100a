// @ts-check
/**
 * Runs a command of set-up to its end. Node built-ins only.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @typedef {{ code: number, output: string }} Outcome code 127: it could not be started */
/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, onStart?: (pid: number) => void, timeoutMs?: number }} CommandOptions */

/**
 * Waits for a command and returns its exit code and everything it printed, in order.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function runCommand(file, args, { cwd, env, onStart, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const isWindowsScript = process.platform === "win32" && /\.(cmd|bat)$/i.test(file);
    const child = spawn(isWindowsScript ? `"${file}"` : file, args, {
      cwd,
      env,
      shell: isWindowsScript, // Node refuses to start .cmd files otherwise
      stdio: ["ignore", "pipe", "pipe"],
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
    let output = "";
    /** @param {Buffer} chunk */
    const keep = (chunk) => (output += chunk.toString());
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    );
    if (child.pid) onStart?.(child.pid);
  });
}

/**
 * Where a command lies on the PATH, or undefined.
 * @param {string} name
 * @param {string} [path]
 */
export function which(name, path = process.env.PATH ?? "") {
  const endings = process.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  const candidates = path
    .split(delimiter)
    .flatMap((folder) => (folder ? endings.map((ending) => join(folder, name + ending)) : []));
  return candidates.find((candidate) => existsSync(candidate));
}
