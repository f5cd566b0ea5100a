/**
 * The reader's own files that cells import, and which of them have changed: the language server watches none by itself.
 * Specifiers of cells in, changed paths out. Follows relative imports from file to file.
 */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";

export interface Change {
  readonly path: string;
  /** LSP's FileChangeType. */
  readonly type: 1 | 2 | 3;
}

const created = 1;
const edited = 2;
const deleted = 3;
const specifier = /(?:\bfrom|\bimport|\bimport\s*\()\s*["'](\.{1,2}\/[^"'\n]+)["']/g;

export class ImportedFiles {
  readonly #folder: string;
  /** Path → time and size when it was last looked at; undefined where there was no file. */
  readonly #stamps = new Map<string, string | undefined>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes notice of what a text imports by a relative path. */
  note(text: string): void {
    this.#follow(this.#folder, text);
  }

  /** What has changed since it was last asked. */
  changes(): readonly Change[] {
    return Array.from(this.#stamps).flatMap(([file, before]): Change[] => {
      const now = stampOf(file);
      if (now === before) return [];
      this.#stamps.set(file, now);
      if (now === undefined) return [{ path: file, type: deleted }];
      this.#follow(path.dirname(file), read(file));
      return [{ path: file, type: before === undefined ? created : edited }];
    });
  }

  #follow(folder: string, text: string): void {
    for (const [, relative] of text.matchAll(specifier)) {
      const file = path.resolve(folder, relative);
      if (this.#stamps.has(file)) continue;
      const stamp = stampOf(file);
      this.#stamps.set(file, stamp);
      if (stamp !== undefined && /\.[cm]?[jt]s$/.test(file)) this.#follow(path.dirname(file), read(file));
    }
  }
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? `${stat.mtimeMs} ${stat.size}` : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // gone since it was looked at: the next look says so
  }
}
