/**
 * Files that appear whole or not at all: written beside their place under a name of their own, then renamed.
 * Two processes that write the same file leave one of the two, never a mixture.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname, join, relative, sep } from "node:path";

/** Writes a file unless it has this content already. Returns whether it wrote. */
export function writeWhole(path: string, content: string | Uint8Array): boolean {
  if (holds(path, content)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

function holds(path: string, content: string | Uint8Array): boolean {
  if (typeof content === "string") return readIfThere(path) === content;
  return existsSync(path) && readFileSync(path).equals(content);
}

export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Relative paths (forward slashes) of all files under a folder, sorted; none if the folder is not there. */
export function filesUnder(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
}

/** The temporary name that writeWhole gives, with its writer's pid. */
const TEMPORARY = /\.(?<pid>\d+)-[0-9a-f]{8}\.tmp$/;

/**
 * Writes all files (relative path → content) under a folder; files that `owns` claims and are not among them go.
 * A temporary file stays: it is another run's, half way to its place (sweepTemporary takes those of the dead).
 */
export function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  owns: (file: string) => boolean,
): void {
  for (const [name, content] of files) writeWhole(join(folder, name), content);
  for (const name of filesUnder(folder))
    if (!files.has(name) && !TEMPORARY.test(name) && owns(name)) rmSync(join(folder, name), { force: true });
}

/** What a killed writer left: temporary files whose process is gone. */
export function sweepTemporary(folder: string): void {
  for (const name of filesUnder(folder)) {
    const pid = TEMPORARY.exec(name)?.groups?.["pid"];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

/** Whether a process runs; one of another user does too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
