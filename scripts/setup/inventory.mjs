// @ts-check
/**
 * Tells whether an installed folder is still whole: the size of every file, noted when it was installed.
 * Sizes, not times or hashes: a copied or restored folder stays valid, and 6 000 files take 30 ms.
 * Node built-ins only.
 */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** @typedef {Record<string, number>} Inventory path below the folder (with /) → bytes */

const notLoaded = /\.(map|md|markdown|pyc)$|(^|\/)LICEN[CS]E/i;

/**
 * Sizes of all files in a folder that something could load.
 * @param {string} folder
 * @param {(path: string) => boolean} skip a path that changes while it is used (a cache)
 * @returns {Inventory}
 */
export function takeInventory(folder, skip) {
  /** @type {Inventory} */
  const inventory = {};
  /** @param {string} below */
  const walk = (below) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below ? `${below}/${entry.name}` : entry.name;
      if (skip(path)) continue;
      if (entry.isDirectory()) walk(path);
      else if (!notLoaded.test(path)) inventory[path] = lstatSync(join(folder, path)).size;
    }
  };
  walk("");
  return inventory;
}

/**
 * The files that are missing or have another size, one after the other as they are found.
 * @param {string} folder
 * @param {Inventory} inventory
 */
export function* damage(folder, inventory) {
  for (const path in inventory) {
    const size = lstatSync(`${folder}/${path}`, { throwIfNoEntry: false })?.size;
    if (size !== inventory[path]) yield path;
  }
}
