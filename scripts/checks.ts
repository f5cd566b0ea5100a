/** The checks that read our source without running it: types, lint rules, format. */
import { join } from "node:path";
import { runCommand } from "./setup/command.mjs";
import { root } from "./setup.mjs";

export interface Check {
  readonly name: string;
  /** Path below node_modules of the tool's script, and its arguments. */
  readonly tool: string;
  readonly args: readonly string[];
  /** What repairs a fault, for people. */
  readonly remedy: string;
}

/** In the order they run. `fix`: tools that can repair what they find do. */
export function checks(fix = false): Check[] {
  const format = "npm run format";
  return [
    {
      name: "format",
      tool: "prettier/bin/prettier.cjs",
      args: [fix ? "--write" : "--check", "--log-level=warn", "."],
      remedy: format,
    },
    {
      name: "lint",
      tool: "oxlint/bin/oxlint",
      args: ["--type-aware", "--quiet", ...(fix ? ["--fix"] : [])],
      remedy: format,
    },
    {
      name: "types",
      tool: "typescript/bin/tsc",
      args: ["--project", "."],
      remedy: "the lines above say where",
    },
  ];
}

/** Runs one check; what it printed is for the reader when it is not ok. */
export async function runCheck({ tool, args }: Check): Promise<{ ok: boolean; output: string }> {
  const { code, output } = await runCommand(process.execPath, [join(root, "node_modules", tool), ...args], {
    cwd: root,
  });
  return { ok: code === 0, output };
}
