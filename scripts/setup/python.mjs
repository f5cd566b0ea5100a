// @ts-check
/**
 * `.venv` exactly as requirements.txt says, made by uv from hash-pinned wheels.
 * JupyterLab and the Python clients of the tests live there; nothing else of ours needs Python.
 * Node built-ins only.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { aptInstall, canApt } from "./apt.mjs";
import { runCommand, which } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { SetupError, say, timed } from "./say.mjs";
import { inspect, removeStamp, writeStamp } from "./stamp.mjs";

/** @typedef {{ file: string, version: string }} Python */
/** @typedef {import("./lock.mjs").KeepFor} KeepFor */

const oldest = [3, 10];
const scriptsFolder = process.platform === "win32" ? "Scripts" : "bin";
const ending = process.platform === "win32" ? ".exe" : "";

/** A command of the project's `.venv`, as an absolute path: `venvCommand(root, "jupyter")`. @param {string} root @param {string} name */
export function venvCommand(root, name) {
  return join(root, ".venv", scriptsFolder, name + ending);
}

/**
 * Makes `.venv` whole; returns the path of its Python.
 * Throws SetupError with a remedy when that cannot be had.
 * @param {string} root
 * @returns {Promise<string>}
 */
export async function setupPython(root) {
  const want = wanted(root);
  if (isUsable(root, want)) return venvCommand(root, "python");
  const onWait = () => say("another set-up of Python is running; waiting for it");
  return withLock(join(root, ".setup.lock-python"), onWait, async (keepFor) => {
    if (!isUsable(root, want)) await repair(root, want, keepFor);
    return venvCommand(root, "python");
  });
}

/** The first Python on this machine that is new enough, or undefined. @returns {Promise<Python | undefined>} */
export async function findPython() {
  const numbered = ["3.14", "3.13", "3.12", "3.11", "3.10"].map((version) => `python${version}`);
  for (const name of [process.env.BELOW_PYTHON, "python3", ...numbered, "python", "py"]) {
    const found = name && (await ask(name));
    if (found) return found;
  }
  return undefined;
}

/** A name on the PATH may be a shim without a Python behind it, so it is asked. @param {string} name @returns {Promise<Python | undefined>} */
async function ask(name) {
  const program = "import sys; print(*sys.version_info[:3], sys.executable)";
  const { code, output } = await runCommand(name, ["-c", program], { timeoutMs: 10_000 });
  const [, major, minor, patch, file] = output.trim().match(/^(\d+) (\d+) (\d+) (.+)$/) ?? [];
  if (code !== 0 || !file || Number(major) !== oldest[0] || Number(minor) < (oldest[1] ?? 0))
    return undefined;
  return { file, version: `${major}.${minor}.${patch}` };
}

/** @param {string} root @param {string} want */
function isUsable(root, want) {
  const state = inspect(join(root, ".venv"), want);
  // The link to the Python it was made with dangles when that was removed.
  return state.whole && existsSync(venvCommand(root, "python"));
}

/** A venv holds absolute paths, so one that was moved is made again. @param {string} root */
function wanted(root) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${root}`);
  for (const name of ["requirements.txt", "requirements-uv.txt"])
    hash.update(readFileSync(join(root, "scripts", name)));
  return hash.digest("hex");
}

/** @param {string} root @param {string} want @param {KeepFor} keepFor */
async function repair(root, want, keepFor) {
  const python = await findPython();
  if (!python) {
    throw new SetupError(
      `python: want Python ${oldest.join(".")} or newer, got none; try installing it (python.org, or your system's package manager)`,
    );
  }
  const folder = join(root, ".venv");
  const state = inspect(folder, want);
  if (!state.whole && state.why === "damaged") say(`.venv is damaged (${state.path}); installing it again`);
  await timed(
    `installing JupyterLab and test clients for Python ${python.version}, about 250 MB`,
    async () => {
      const uv = await findUv(root, python, keepFor);
      removeStamp(folder);
      rmSync(folder, { recursive: true, force: true });
      await runUv(uv, ["venv", "--python", python.file, folder], root, keepFor);
      await sync(uv, root, keepFor);
    },
  );
  writeStamp(folder, want, python.version);
}

/** From the network, else from uv's cache. @param {string} uv @param {string} root @param {KeepFor} keepFor */
async function sync(uv, root, keepFor) {
  const args = [
    "pip",
    "sync",
    "--require-hashes",
    "--no-build",
    "--python",
    join(root, ".venv"),
    join(root, "scripts", "requirements.txt"),
  ];
  try {
    await runUv(uv, args, root, keepFor);
  } catch (error) {
    await runUv(uv, [...args, "--offline"], root, keepFor).catch(() => {
      throw error;
    });
  }
}

/** @param {string} uv @param {readonly string[]} args @param {string} root @param {KeepFor} keepFor */
async function runUv(uv, args, root, keepFor) {
  // Copies, not links: a damaged file must not damage uv's cache, from which it is repaired.
  const env = { ...process.env, UV_LINK_MODE: "copy", UV_PYTHON_DOWNLOADS: "never", VIRTUAL_ENV: undefined };
  const { code, output } = await runCommand(uv, ["--no-progress", ...args], {
    cwd: root,
    env,
    onStart: keepFor,
  });
  if (code !== 0)
    throw new SetupError(
      `uv ${args[0]}: want exit code 0, got ${code}: ${lastLines(output)}; try again with a network`,
    );
}

/**
 * Our own uv, installed into `.venv-uv` when it is not there; else the user's.
 * @param {string} root @param {Python} python @param {KeepFor} keepFor
 */
async function findUv(root, python, keepFor) {
  const folder = join(root, ".venv-uv");
  const uv = join(folder, scriptsFolder, `uv${ending}`);
  if ((await runCommand(uv, ["--version"])).code === 0) return uv;
  let problem = await installUv(root, folder, python, keepFor);
  if (problem === undefined) return uv;
  const users = which("uv");
  if (users) return users;
  if (canApt()) {
    problem = (await aptInstall(["python3-venv"])) ?? (await installUv(root, folder, python, keepFor));
    if (problem === undefined) return uv;
  }
  throw new SetupError(
    `python: want uv in ${folder}, got ${problem}; try \`apt install python3-venv\`, or install uv yourself`,
  );
}

/** Returns what went wrong. @param {string} root @param {string} folder @param {Python} python @param {KeepFor} keepFor */
async function installUv(root, folder, python, keepFor) {
  rmSync(folder, { recursive: true, force: true });
  const venv = await runCommand(python.file, ["-m", "venv", folder], { onStart: keepFor });
  if (venv.code !== 0) return lastLines(venv.output);
  const env = { ...process.env, PIP_USER: "0", PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const args = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--require-hashes",
    "-r",
    join(root, "scripts", "requirements-uv.txt"),
  ];
  const pip = await runCommand(join(folder, scriptsFolder, `python${ending}`), args, {
    env,
    onStart: keepFor,
  });
  return pip.code === 0 ? undefined : lastLines(pip.output);
}

/** @param {string} output */
const lastLines = (output) => output.trim().split("\n").slice(-3).join(" ").slice(0, 500);
