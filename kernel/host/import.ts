/**
 * How a cell's imports are found: relative to the notebook's folder; packages there first, then in below's own node_modules.
 * A specifier in, the module out; edited files come in their new version (loader/versions.ts).
 */
import { existsSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { trackVersions } from "../loader/versions.ts";
import { placeSyntaxErrors } from "./broken.ts";

export interface Importer {
  readonly importModule: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
  readonly require: NodeJS.Require;
  /** import.meta of a cell. */
  readonly meta: {
    readonly url: string;
    readonly dirname: string;
    readonly filename: string;
    resolve(specifier: string): string;
  };
}

const tslabUrl = new URL("../display/tslab.ts", import.meta.url).href;
const packageUrl = new URL("../../package.json", import.meta.url).href;

/** Imports for cells of a notebook in `folder`. `outsideJobs`: loading a module must not end with the job that asked for it. */
export function createImporter(folder: string, outsideJobs: <T>(load: () => T) => T): Importer {
  const filename = path.join(folder, "cell.ts");
  const cellUrl = pathToFileURL(filename).href;
  const refresh = trackVersions();
  const place = placeSyntaxErrors();
  resolveFromCell(cellUrl);
  const require = createRequire(cellUrl);
  const importModule = async (specifier: string, options?: ImportCallOptions): Promise<unknown> => {
    refresh();
    try {
      return await outsideJobs(() => import(specifier, options));
    } catch (error) {
      throw explain(place(error), specifier, folder);
    }
  };
  const resolve = (specifier: string): string =>
    /^\.{0,2}\//.test(specifier)
      ? new URL(specifier, cellUrl).href
      : pathToFileURL(require.resolve(specifier)).href;
  return { importModule, require, meta: { url: cellUrl, dirname: folder, filename, resolve } };
}

/** Makes imports that this file asks for count as asked for by the cell, and lets packages fall back to below's own. */
function resolveFromCell(cellUrl: string): void {
  registerHooks({
    resolve(specifier, context, next) {
      // tslab's own notebooks: its package, also an installed one, would speak to a kernel that is not there.
      if (specifier === "tslab" && !context.parentURL?.includes("/node_modules/"))
        return { url: tslabUrl, shortCircuit: true };
      if (context.parentURL !== import.meta.url) return next(specifier, context);
      try {
        return next(specifier, { ...context, parentURL: cellUrl });
      } catch (error) {
        if (/^(\.|\/|file:)/.test(specifier) || codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
        return nextOr(error, () => next(specifier, { ...context, parentURL: packageUrl }));
      }
    },
  });
}

function nextOr<T>(first: unknown, again: () => T): T {
  try {
    return again();
  } catch {
    throw first; // the reader's own folder is the one to speak of
  }
}

/** A module that is missing, in words a reader can act on; every other error as it is. */
function explain(error: unknown, specifier: string, folder: string): unknown {
  const missing = error instanceof Error && codeOf(error) === "ERR_MODULE_NOT_FOUND";
  if (!missing || isInside(error, specifier)) return error;
  const isFile = /^(\.|\/)/.test(specifier);
  const want = isFile
    ? `a file ${path.resolve(folder, specifier)}`
    : `a package ${JSON.stringify(specifier)} in a node_modules folder at or above ${folder}`;
  return Object.assign(new Error(`import: want ${want}, got none${hint(specifier, folder, isFile)}`), {
    code: "ERR_MODULE_NOT_FOUND",
  });
}

/** Whether the missing module was asked for by a file that `specifier` led to, not by the cell. */
function isInside(error: Error, specifier: string): boolean {
  return !error.message.includes("cell.ts") && !error.message.includes(specifier);
}

function hint(specifier: string, folder: string, isFile: boolean): string {
  if (!isFile)
    return /^[\w@][\w./@-]*$/.test(specifier)
      ? `; try npm install ${specifier.match(/^(@[^/]+\/)?[^/]+/)![0]}`
      : "";
  const found = [".ts", ".js", ".mjs", ".json", "/index.ts"].find((ending) =>
    existsSync(path.resolve(folder, specifier) + ending),
  );
  return found ? `; try ${JSON.stringify(specifier + found)}` : "";
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
