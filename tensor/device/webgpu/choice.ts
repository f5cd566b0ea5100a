/**
 * What is fast on one GPU and not on another: how products are cut into tiles, and whether a workgroup shares a row. Measured by
 * ../../profile/tune.ts, kept in a file of the user's cache by the GPU's name, and read again when the device starts.
 */
import { plainTile, type Tile, tiles } from "../../codegen/wgsl/matmul.ts";
import type { Gpu } from "./gpu.ts";

export interface Choice {
  readonly tile: Tile;
  /** Whether the invocations of a workgroup share long rows. */
  readonly shares: boolean;
}

/** What was measured on this GPU; else what suits its kind: a processor that plays a GPU waits badly for itself. */
export function choiceFor({ name, isSoftware }: Pick<Gpu, "name" | "isSoftware">): Choice {
  const kept = known(readKept()[name]);
  if (kept !== undefined) return kept;
  return isSoftware ? { tile: plainTile, shares: false } : { tile: tiles[0], shares: true };
}

/** Keeps the choice for a GPU. Returns the file. Throws where there is no place to keep it: in a page. */
export function keepChoice(name: string, choice: Choice): string {
  const { fs, path, file } = placeHere() ?? noPlace();
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const text = JSON.stringify({ ...readKept(), [name]: choice }, undefined, 2);
  fs.writeFileSync(`${file}.new`, `${text}\n`);
  fs.renameSync(`${file}.new`, file);
  return file;
}

/** A file that somebody else has written says nothing. */
function known(kept: unknown): Choice | undefined {
  const { tile, shares } = (kept ?? {}) as Partial<Choice>;
  const found = tiles.find((each) => JSON.stringify(each) === JSON.stringify(tile));
  return found === undefined || typeof shares !== "boolean" ? undefined : { tile: found, shares };
}

function readKept(): Readonly<Record<string, unknown>> {
  const place = placeHere();
  if (place === undefined || !place.fs.existsSync(place.file)) return {};
  try {
    const kept: unknown = JSON.parse(place.fs.readFileSync(place.file, "utf8"));
    return typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  } catch {
    return {}; // half a file is none: it is measured again
  }
}

interface Files {
  readonly existsSync: (path: string) => boolean;
  readonly readFileSync: (path: string, encoding: "utf8") => string;
  readonly writeFileSync: (path: string, text: string) => void;
  readonly renameSync: (from: string, to: string) => void;
  readonly mkdirSync: (path: string, options: { readonly recursive: true }) => unknown;
}
interface Paths {
  readonly join: (...parts: readonly string[]) => string;
  readonly dirname: (path: string) => string;
}
interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly getBuiltinModule?: (name: string) => unknown;
}
interface Keeping {
  readonly fs: Files;
  readonly path: Paths;
  readonly file: string;
}

// A page has no process, and the library no Node import.
function placeHere(): Keeping | undefined {
  const { process } = globalThis as { process?: Host };
  if (process?.getBuiltinModule === undefined) return undefined;
  const [fs, path] = ["fs", "path"].map((name) => process.getBuiltinModule!(name)) as [Files, Paths];
  const { homedir } = process.getBuiltinModule("os") as { homedir: () => string };
  const cache = process.env["XDG_CACHE_HOME"] || path.join(homedir(), ".cache");
  return { fs, path, file: path.join(cache, "below", "webgpu.json") };
}

function noPlace(): never {
  throw new TypeError("webgpu: want a place to keep what was measured, got a page, which has none; try Node");
}
