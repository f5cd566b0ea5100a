/**
 * Keeps notebooks/ up to date without taking anything from the reader, who may have run or edited a notebook
 * in JupyterLab. What we wrote ourselves carries a hash of its cells; that tells an edited one from a pristine one.
 */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, readIfThere, writeWhole } from "./files.ts";
import { contentHash, type Notebook } from "./notebook.ts";

/** Writes one notebook. Returns the name under which an edited older one was set aside, if one was. */
export function writeReaderNotebook(folder: string, name: string, text: string): string | undefined {
  const path = join(folder, name);
  const old = parse(readIfThere(path));
  if (old === undefined || (isPristine(old) && !hasOutputs(old))) return (writeWhole(path, text), undefined);
  // The chapter is as it was: the reader's outputs and edits are newer than ours.
  if (recordedHash(old) === recordedHash(JSON.parse(text) as Notebook)) return undefined;
  const aside = isPristine(old) ? undefined : setAside(folder, name);
  writeWhole(path, text);
  return aside;
}

/** Removes pristine notebooks that `isWanted` does not know: of chapters that went or were renumbered. */
export function removeOldNotebooks(folder: string, isWanted: (name: string) => boolean): void {
  for (const name of filesUnder(folder)) {
    if (!/^\d+-[a-z0-9-]+\.ipynb$/.test(name) || isWanted(name)) continue;
    const old = parse(readIfThere(join(folder, name)));
    if (old !== undefined && isPristine(old)) rmSync(join(folder, name), { force: true });
  }
}

function setAside(folder: string, name: string): string {
  const taken = new Set(filesUnder(folder));
  const names = ["mine", ...Array.from({ length: taken.size + 1 }, (_, index) => `mine-${index + 2}`)];
  const free = names
    .map((suffix) => name.replace(/\.ipynb$/, `.${suffix}.ipynb`))
    .find((each) => !taken.has(each));
  if (free === undefined) throw new Error(`bug: no free name to set ${name} aside`);
  renameSync(join(folder, name), join(folder, free));
  return free;
}

function parse(text: string | undefined): Notebook | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Notebook;
    return Array.isArray(value.cells) ? value : undefined;
  } catch {
    // Not a notebook (a merge conflict, a torn copy): there is nothing in it to keep.
    return undefined;
  }
}

function recordedHash({ metadata }: Notebook): unknown {
  return (metadata["below"] as { hash?: unknown } | undefined)?.hash;
}

function isPristine(notebook: Notebook): boolean {
  return recordedHash(notebook) === contentHash(notebook);
}

function hasOutputs({ cells }: Notebook): boolean {
  return cells.some(({ outputs }) => (outputs?.length ?? 0) > 0);
}
