/**
 * What TypeScript is told about cells: where they lie, which options they are read under, which names are simply there.
 * The notebook's folder comes in, documents go out. None of them is written to disk: the server gets them as open documents.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Document {
  readonly uri: string;
  readonly languageId: "json" | "typescript";
  readonly text: string;
}

/** Between a cell's name and `.ts`: no file of the reader's is called so. */
const mark = ".below";
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where a cell lies: beside the notebook, so that its imports are found as the notebook's. `cell-3.ts` → its URI. */
export function uriOf(folder: string, file: string): string {
  return pathToFileURL(path.join(folder, moduleName(file))).href;
}

/** As other cells import it, without `./`: `cell-3.ts` → `cell-3.below.ts`. */
export function moduleName(file: string): string {
  return file.replace(/\.ts$/, `${mark}.ts`);
}

/** The documents that come before any cell. */
export function projectDocuments(folder: string): readonly Document[] {
  const config = { compilerOptions, include: [`*${mark}.ts`, `globals${mark}.d.ts`] };
  return [
    {
      uri: pathToFileURL(path.join(folder, "tsconfig.json")).href,
      languageId: "json",
      text: JSON.stringify(config),
    },
    {
      uri: pathToFileURL(path.join(folder, `globals${mark}.d.ts`)).href,
      languageId: "typescript",
      text: globals(),
    },
  ];
}

/** As strict as the book's own check (tsconfig.json), but resolving as the kernel's loader does: every file is an ES module. */
const compilerOptions = {
  target: "esnext",
  module: "esnext",
  moduleResolution: "bundler",
  moduleDetection: "force",
  customConditions: ["node"],
  lib: ["esnext"],
  types: ["node", "@webgpu/types"].filter((name) => folderOf(name) !== undefined),
  typeRoots: typeRoots(),
  paths: ownPaths(),
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  skipLibCheck: true,
  noEmit: true,
};

/** Names that the host puts into every cell (host/host.ts). */
function globals(): string {
  const own = ["display", "clearOutput", "prompt", "confirm", "progress"].map(
    (name) => `  const ${name}: typeof import("below/display").${name};`,
  );
  return ["declare global {", ...own, "}", "export {};", ""].join("\n");
}

/** package.json's `exports` is the one resolver: `./datasets/*` → `below/datasets/*`. */
function ownPaths(): Record<string, string[]> {
  const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    exports: Record<string, string>;
  };
  const pairs = Object.entries(exports).map(([name, file]) => [
    name.replace(/^\./, "below"),
    [path.join(root, file)],
  ]);
  const tslab = [path.join(root, "kernel/display/tslab.ts")]; // as the loader has it (host/import.ts)
  return { ...(Object.fromEntries(pairs) as Record<string, string[]>), tslab };
}

function typeRoots(): string[] {
  const modules = folderOf("node");
  return modules === undefined ? [] : [modules, path.dirname(modules)];
}

/** The folder of a package of types: `node` → …/node_modules/@types. */
function folderOf(name: string): string | undefined {
  const manifest = name.startsWith("@") ? `${name}/package.json` : `@types/${name}/package.json`;
  try {
    const found = createRequire(import.meta.url).resolve(manifest);
    return existsSync(found) ? path.join(found, "../..") : undefined;
  } catch {
    return undefined; // without these types cells are still checked
  }
}
