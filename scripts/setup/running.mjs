// @ts-check
/**
 * Which commands of this project run right now: one small file each in `build/.running`.
 * A killed command leaves its file behind; a dead pid makes it void. Node built-ins only.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isAlive } from "./process.mjs";

/** @typedef {import("./process.mjs").ProcessIdentity & { command: string }} Running */

/** @param {string} root */
const folderOf = (root) => join(root, "build", ".running");

/**
 * Says that this process runs `command`, until it exits.
 * @param {string} root
 * @param {string} command
 */
export function announce(root, command) {
  const file = join(folderOf(root), `${process.pid}.json`);
  mkdirSync(folderOf(root), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...identify(process.pid), command }));
  process.once("exit", () => rmSync(file, { force: true }));
}

/**
 * The commands that run, this process left out.
 * @param {string} root
 * @returns {Running[]}
 */
export function running(root) {
  let names;
  try {
    names = readdirSync(folderOf(root));
  } catch {
    return []; // never made, or cleaned
  }
  return names
    .flatMap((name) => readRunning(join(folderOf(root), name)))
    .filter((one) => one.pid !== process.pid && isAlive(one));
}

/** @param {string} file @returns {Running[]} */
function readRunning(file) {
  try {
    return [JSON.parse(readFileSync(file, "utf8"))];
  } catch {
    return []; // it ended between the listing and the look
  }
}
