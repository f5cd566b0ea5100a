/**
 * Results by the hash of their inputs, in build/cache. A record is written whole, carries the hash of its own
 * content, and is believed only if that agrees: a damaged one reads as none and is written anew.
 */
import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, readIfThere, sweepTemporary, writeWhole } from "./write/files.ts";

/** How many results of one name are kept: enough to switch between a few versions of a chapter. */
const KEPT = 4;

export interface Store {
  get(name: string, key: string): string | undefined;
  put(name: string, key: string, value: string): void;
}

/** folder: build/cache/run, …; names are file names without a dot. */
export function openStore(folder: string): Store {
  sweepTemporary(folder);
  const pathOf = (name: string, key: string): string => join(folder, `${name}.${key}.json`);
  return {
    get(name, key) {
      const value = verified(readIfThere(pathOf(name, key)), key);
      // Newest by use, so that pruning drops what nobody asks for.
      if (value !== undefined) touch(pathOf(name, key));
      return value;
    },
    put(name, key, value) {
      writeWhole(pathOf(name, key), JSON.stringify({ key, hash: hashOf(value), value }));
      prune(folder, name);
    },
  };
}

/** Hex SHA-256 of the parts, each told from the next. */
export function hashOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** Hash of the named files' paths and contents; a path that is a folder means all that `keeps` wants in it. */
export function hashFolder(folder: string, keeps: (file: string) => boolean): string {
  const files = filesUnder(folder).filter(keeps);
  return hashOf(...files.flatMap((file) => [file, readIfThere(join(folder, file)) ?? ""]));
}

function verified(text: string | undefined, key: string): string | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as { key?: unknown; hash?: unknown; value?: unknown };
    const { value } = record;
    return typeof value === "string" && record.key === key && record.hash === hashOf(value)
      ? value
      : undefined;
  } catch {
    // Damaged JSON is a damaged record: no result.
    return undefined;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    // Another run pruned it between our reading and this: it is read already.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function prune(folder: string, name: string): void {
  const records = readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith(".json"));
  const byAge = records
    .map((file) => ({ file, time: statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.time - a.time);
  for (const { file } of byAge.slice(KEPT)) rmSync(join(folder, file), { force: true });
}
