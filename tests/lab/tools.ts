/**
 * What these tests need and do not bring: Python with JupyterLab, and a Chromium.
 * Missing ones skip a test with the reason; under CI=true they fail it.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

/** The folder of this project. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A tool's path, or why there is none and what to do. */
export type Tool = { readonly path: string } | { readonly missing: string };

/** The tool at `path` if it is there. remedy: what a person can do. */
export function tool(name: string, path: string | undefined, remedy: string): Tool {
  if (path !== undefined && existsSync(path)) return { path };
  return { missing: `${name}: want it for this test, got none; try ${remedy}` };
}

/** Declares `tests` with the tools' paths if all are there, else one test that says why not. */
export function describeWith(
  title: string,
  tools: readonly Tool[],
  tests: (...paths: string[]) => void,
): void {
  const missing = tools.flatMap((tool) => ("missing" in tool ? [tool.missing] : []));
  if (missing.length === 0) {
    describe(title, () => tests(...tools.flatMap((tool) => ("path" in tool ? [tool.path] : []))));
    return;
  }
  test(title, ({ skip }) => {
    if (process.env.CI) throw new Error(missing.join("; "));
    skip(missing.join("; "));
  });
}
