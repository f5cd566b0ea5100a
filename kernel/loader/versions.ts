/**
 * Lets a running kernel see edited files: gives the second version of a file a URL of its own (`./a.ts?v=1`), because
 * Node keeps a module for ever under its URL. An edit also gives a new version to every file that imports the edited one.
 * Only files outside node_modules, and only ES modules (require keeps its own cache).
 */
import { readFileSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

interface Version {
  /** How often the file was replaced. */
  number: number;
  /** Time and size: cheap to compare. */
  stamp: string;
  /** Of the content: a file that was written again unchanged is no new version. */
  hash: string;
  /** URLs of the files that import this one. */
  readonly importers: Set<string>;
}
type Versions = Map<string, Version>;

/** Starts watching what is imported; returns `refresh`, to be called before each import of a cell. */
export function trackVersions(): () => void {
  const versions: Versions = new Map();
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      if (!isLocal(resolved.url) || context.conditions.includes("require")) return resolved;
      const url = withoutQuery(resolved.url);
      const version = versions.get(url) ?? remember(versions, url);
      if (context.parentURL) version.importers.add(withoutQuery(context.parentURL));
      return version.number === 0 ? resolved : { ...resolved, url: `${url}?v=${version.number}` };
    },
  });
  return () => refresh(versions);
}

function refresh(versions: Versions): void {
  const stale = new Set<string>();
  for (const [url, version] of versions) if (isEdited(url, version)) markStale(versions, url, stale);
  for (const url of stale) versions.get(url)!.number++;
}

function markStale(versions: Versions, url: string, stale: Set<string>): void {
  const version = versions.get(url);
  if (!version || stale.has(url)) return;
  stale.add(url);
  for (const importer of version.importers) markStale(versions, importer, stale);
}

function isEdited(url: string, version: Version): boolean {
  const stamp = stampOf(url);
  if (stamp === version.stamp) return false;
  const hash = hashOf(url);
  const edited = hash !== version.hash;
  Object.assign(version, { stamp, hash });
  return edited;
}

function remember(versions: Versions, url: string): Version {
  const version: Version = { number: 0, stamp: stampOf(url), hash: hashOf(url), importers: new Set() };
  versions.set(url, version);
  return version;
}

function stampOf(url: string): string {
  const stat = statSync(fileURLToPath(url), { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size}` : "gone";
}

function hashOf(url: string): string {
  try {
    // Loaded when it is needed: 12 ms of each start.
    const { createHash } = process.getBuiltinModule("node:crypto");
    return createHash("sha256")
      .update(readFileSync(fileURLToPath(url)))
      .digest("hex");
  } catch {
    return "gone"; // the import itself will say so, better than we could here
  }
}

const isLocal = (url: string): boolean => url.startsWith("file:") && !url.includes("/node_modules/");
const withoutQuery = (url: string): string => url.replace(/[?#].*$/, "");
