// @ts-check
/**
 * A stamp says: this folder was installed for this purpose, and these were its files.
 * It lies in the folder itself, so whoever removes the folder removes the claim.
 * Node built-ins only.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { damage, takeInventory } from "./inventory.mjs";

/** @typedef {{ want: string, files: import("./inventory.mjs").Inventory, note: unknown }} Stamp */

const stampName = ".below-setup";
/** What tools write into an installed folder while they work. @param {string} path */
const isCache = (path) => /^\.(?!bin(\/|$))|(^|\/)__pycache__$|^share\/jupyter\/(kernels|runtime)/.test(path);

/**
 * Why the folder cannot be used as it is, with its note when it can.
 * @param {string} folder
 * @param {string} want what the folder must have been installed for
 * @returns {{ whole: true, note: unknown } | { whole: false, why: "absent" | "outdated" | "damaged", path: string }}
 */
export function inspect(folder, want) {
  const stamp = readStamp(folder);
  if (!stamp) return { whole: false, why: "absent", path: "" };
  if (stamp.want !== want) return { whole: false, why: "outdated", path: "" };
  const [path] = damage(folder, stamp.files);
  return path === undefined ? { whole: true, note: stamp.note } : { whole: false, why: "damaged", path };
}

/** Every file that is not as the stamp says. @param {string} folder */
export function damagedFiles(folder) {
  return [...damage(folder, readStamp(folder)?.files ?? {})];
}

/** @param {string} folder @param {string} want @param {unknown} note whatever the next start should know */
export function writeStamp(folder, want, note) {
  const draft = join(folder, `${stampName}.new-${process.pid}`);
  writeFileSync(draft, JSON.stringify({ want, note, files: takeInventory(folder, isCache) }));
  renameSync(draft, join(folder, stampName));
}

/** From here on the folder counts as half-made. @param {string} folder */
export function removeStamp(folder) {
  rmSync(join(folder, stampName), { force: true });
}

/** @param {string} folder @returns {Stamp | undefined} */
function readStamp(folder) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, stampName), "utf8"));
    return typeof stamp.want === "string" && typeof stamp.files === "object" ? stamp : undefined;
  } catch {
    return undefined; // never written, or cut short: the same as not installed
  }
}
