// @ts-check
/**
 * Which process is this, and does it still run? A pid alone does not say: the system gives it out again.
 * Node built-ins only.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @typedef {{ pid: number, startedAt: string | null }} ProcessIdentity */

/**
 * A pid with the moment its process started (null where the system does not tell).
 * @param {number} pid
 * @returns {ProcessIdentity}
 */
export function identify(pid) {
  return { pid, startedAt: startOf(pid) };
}

/**
 * True while the very process that `identify` saw still runs.
 * @param {ProcessIdentity} identity
 */
export function isAlive({ pid, startedAt }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startedAt === null || startOf(pid) === startedAt;
}

/** @param {number} pid @returns {string | null} */
function startOf(pid) {
  if (process.platform === "linux") return startOnLinux(pid);
  if (process.platform === "win32") return null; // no cheap way; pids are given out again slowly there
  const ps = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return ps.stdout?.trim() || null;
}

/** proc(5): the 22nd field of stat is the start in ticks since boot; the name in brackets may hold spaces. @param {number} pid */
function startOnLinux(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    if (fields[0] === "Z") return null; // a zombie runs no more
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}
