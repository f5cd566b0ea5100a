/**
 * oxc's parser as a Parse, for the kernel's process only: it is native, and accepts the type forms that acorn refuses.
 * Not named in index.ts, so that the page never loads it.
 */
import { parseSync } from "oxc-parser";
import { ParseFault, type Program } from "./syntax.ts";

export function oxcParse(source: string): Program {
  const { program, errors } = parseSync("cell.ts", source, {
    sourceType: "module",
    astType: "ts",
    showSemanticErrors: true,
  });
  const [first] = errors;
  if (first) throw new ParseFault(first.message, first.labels[0]?.start ?? 0);
  return program;
}
