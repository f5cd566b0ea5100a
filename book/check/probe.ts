/**
 * Runs in a process of its own: imports one chapter's module and reports what that left behind.
 * argv: stage folder, slug. Writes one JSON Probe to file descriptor 3; prints nothing itself.
 */
import { registerHooks } from "node:module";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface Probe {
  readonly error?: string;
  /** Stack of the error, to find its line. */
  readonly stack?: string;
  /** Kinds of open timers, sockets, workers … that keep a process alive. */
  readonly resources: readonly string[];
  /** New properties of globalThis. */
  readonly globals: readonly string[];
}

if (process.argv[3] !== undefined) await probe(process.argv[2], process.argv[3]);

async function probe(stage: string, slug: string): Promise<void> {
  const staged = `${pathToFileURL(join(stage, "modules")).href}/`;
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith("below/") || /^below\/(?:tensor|display|datasets\/.*)$/.test(specifier))
        return next(specifier, context);
      const path = specifier.slice("below/".length);
      return next(`${staged}${path.endsWith(".json") ? path : `${path}.ts`}`, context);
    },
  });
  const resources = process.getActiveResourcesInfo();
  const globals = new Set(Object.getOwnPropertyNames(globalThis));
  const error = await importIt(`${staged}${slug}.ts`);
  const left = process.getActiveResourcesInfo();
  for (const kind of resources) if (left.includes(kind)) left.splice(left.indexOf(kind), 1);
  const added = Object.getOwnPropertyNames(globalThis).filter((name) => !globals.has(name));
  const report: Probe = { ...error, resources: left, globals: added };
  writeSync(3, JSON.stringify(report));
  // What is open would keep this process alive, and is reported.
  if (left.length > 0) process.exit(0);
}

async function importIt(url: string): Promise<{ error?: string; stack?: string }> {
  try {
    await import(url);
    return {};
  } catch (error) {
    return error instanceof Error
      ? { error: `${error.name}: ${error.message}`, stack: error.stack ?? "" }
      : { error: String(error) };
  }
}
