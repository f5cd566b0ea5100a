/**
 * Says where a JavaScript file on disk does not parse: V8's error of a module names no place.
 * Notes which files are loaded; of a module's SyntaxError, the newest of them that another parser refuses too is meant.
 */
import { readFileSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { describeProblem } from "../loader/problem.mjs";

type Transform = typeof import("oxc-transform").transformSync;

const mostFiles = 200;
const { SyntaxError, WeakMap } = globalThis; // as they are now: a cell may declare names over them

/** Returns what makes of an error of an import one with a place; every other error is itself. */
export function placeSyntaxErrors(): (error: unknown) => unknown {
  const loaded: string[] = [];
  const placed = new WeakMap<SyntaxError, unknown>(); // Node rejects a second import with the same error
  registerHooks({
    load(url, context, next) {
      if (/^file:.*\.[cm]?js(\?|$)/.test(url)) loaded.push(fileURLToPath(url.replace(/[?#].*$/, "")));
      if (loaded.length > mostFiles) loaded.shift();
      return next(url, context);
    },
  });
  return (error) => {
    if (!(error instanceof SyntaxError) || !isFromCompiling(error)) return error;
    if (!placed.has(error)) placed.set(error, findBroken(loaded) ?? error);
    return placed.get(error);
  };
}

function isFromCompiling({ stack }: SyntaxError): boolean {
  const [frame] = stack?.match(/^ +at .*$/m) ?? [];
  return /(compileSourceTextModule|wrapSafe) \(node:internal/.test(frame ?? "");
}

function findBroken(files: readonly string[]): SyntaxError | undefined {
  const { transformSync } = createRequire(import.meta.url)("oxc-transform") as { transformSync: Transform };
  for (const file of files.toReversed()) {
    const problem = problemIn(file, transformSync);
    if (problem !== undefined) return new SyntaxError(problem);
  }
  return undefined;
}

/** As the loader says it of TypeScript: place, message, and the line. */
function problemIn(file: string, transform: Transform): string | undefined {
  try {
    const source = readFileSync(file, "utf8");
    const [problem] = transform(file, source).errors;
    return problem && describeProblem(file, source, problem);
  } catch {
    return undefined; // gone since
  }
}
