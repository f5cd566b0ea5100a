// @ts-check
/**
 * `below clean [--all]`: removes what can be made again, never a source file.
 * Plain JavaScript on the user's Node: it must not install first what it is about to remove.
 */
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockOwner, tryLock } from "./setup/lock.mjs";
import { running } from "./setup/running.mjs";

const made = ["build"];
const installed = ["node_modules", ".venv", ".venv-uv"];
const locks = [".setup.lock", ".setup.lock-python"];

/**
 * Says what it removes and how much; returns the exit code.
 * @param {string} root
 * @param {readonly string[]} args
 */
export function clean(root, args) {
  const unknown = args.find((arg) => arg !== "--all");
  if (unknown) return refuse(`below clean: want --all or nothing, got ${unknown}; try below clean --help`);
  const busy = running(root).map(({ pid, command }) => `${command} (pid ${pid})`);
  if (busy.length > 0)
    return refuse(`below clean: want nothing running, got ${busy.join(", ")}; try again when it has ended`);
  const held = takeLocks(root);
  if (!held)
    return refuse(
      `below clean: want no set-up running, got pid ${owners(root)}; try again when it has ended`,
    );
  try {
    removeAll(root, args.includes("--all") ? [...made, ...installed] : made);
  } finally {
    for (const lock of held) rmSync(lock, { recursive: true, force: true });
  }
  return 0;
}

/** @param {string} root @param {readonly string[]} names */
function removeAll(root, names) {
  const there = names.filter((name) => existsSync(join(root, name)));
  if (there.length === 0) process.stdout.write("nothing to remove\n");
  for (const name of there) {
    const megabytes = sizeOf(join(root, name)) / 1e6;
    rmSync(join(root, name), { recursive: true, force: true, maxRetries: 3 });
    process.stdout.write(`removed ${name}: ${megabytes.toFixed(1)} MB\n`);
  }
}

/** All of them or none. @param {string} root */
function takeLocks(root) {
  const held = [];
  for (const lock of locks.map((name) => join(root, name))) {
    if (tryLock(lock)) held.push(lock);
    else break;
  }
  if (held.length === locks.length) return held;
  for (const lock of held) rmSync(lock, { recursive: true, force: true });
  return undefined;
}

/** @param {string} root */
const owners = (root) =>
  locks.flatMap((name) => lockOwner(join(root, name))?.pid ?? []).join(", ") || "unknown";

/** Bytes of all files below. @param {string} path @returns {number} */
export function sizeOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** @param {string} line */
function refuse(line) {
  process.stderr.write(`${line}\n`);
  return 1;
}
