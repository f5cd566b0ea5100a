/** What `below/display` exports: of these, some are simply there in a cell. */
import { parseSync } from "oxc-parser";
import { join } from "node:path";
import { readIfThere } from "../write/files.ts";

export function displayNames(root: string): readonly string[] {
  const text = readIfThere(join(root, "kernel/display/index.ts")) ?? "";
  const { staticExports } = parseSync("index.ts", text, { lang: "ts", sourceType: "module" }).module;
  return staticExports.flatMap(({ entries }) => entries.flatMap(({ exportName }) => exportName.name ?? []));
}
