/**
 * Lines that speak to the kernel, above a cell's code: `%time`, or as a comment `// %time`, so that the text stays TypeScript.
 * A cell in; the same cell with those lines blank (no line moves), and what they ask for, out. Pure.
 */
import { excerpt } from "../evaluate/lines.ts";
import type { Failure } from "../host/port.ts";
import { nearest } from "../nearest.mjs";

export interface Directive {
  readonly name: DirectiveName;
  readonly argument: string;
  /** From 1. */
  readonly line: number;
}

/** What each takes and does: `%help` prints this. */
export const usage = {
  env: ["%env [NAME[=VALUE]]", "shows environment variables, or sets one"],
  help: ["%help", "shows this"],
  npm: ["%npm install PACKAGE…", "adds packages to the notebook's project; none of their scripts run"],
  time: ["%time [EXPRESSION]", "says how long the cell takes"],
  typecheck: [
    "%typecheck [off|warn|stop]",
    "type errors: not looked for, told, or the cell does not run. Above code: for that cell; alone: from now on",
  ],
  who: ["%who", "shows the session's variables: names, types, shapes, sizes, values"],
} as const satisfies Record<string, readonly [form: string, meaning: string]>;
export type DirectiveName = keyof typeof usage;

/** A directive that cannot be done. The message is for the reader. */
export class DirectiveError extends Error {
  override readonly name = "DirectiveError";
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

export interface Directed {
  readonly source: string;
  readonly directives: readonly Directive[];
}

/** Cheap, and never wrong where it says no. */
export function mayHaveDirectives(source: string): boolean {
  return /^\s*(\/\/\s*)?%/m.test(source);
}

/** Only lines above the first code count: below it a `%` is a remainder. Throws DirectiveError for one that is unknown. */
export function takeDirectives(source: string): Directed {
  if (!source.includes("%")) return { source, directives: [] };
  const directives: Directive[] = [];
  const lines = source.split("\n");
  for (const [index, line] of lines.entries()) {
    const found = /^(?<lead>\s*(?<comment>\/\/\s*)?%)(?<name>\w*)(?<rest>.*)$/s.exec(line)?.groups;
    if (!found) {
      if (/^\s*(\/\/.*)?$/.test(line)) continue;
      break;
    }
    const { lead, comment, name, rest } = found as Record<string, string>;
    if (!isDirective(name)) {
      if (comment !== undefined) continue; // just a comment
      throw new DirectiveError(unknownMessage(name), index + 1);
    }
    const isCode = name === "time" && comment === undefined && rest.trim() !== "";
    directives.push({ name, argument: isCode ? "" : rest.trim(), line: index + 1 });
    lines[index] = " ".repeat(lead.length + name.length) + (isCode ? rest : rest.replace(/[^\r]/g, " "));
    if (isCode) break;
  }
  return { source: lines.join("\n"), directives };
}

export function isDirective(name: string): name is DirectiveName {
  return Object.hasOwn(usage, name);
}

export function directiveFailure(error: DirectiveError, file: string, source: string): Failure {
  const ename = error.name;
  const at = error.line === undefined ? undefined : { line: error.line, column: 1 };
  const place = at ? [`    at ${file}:${at.line}:1`, ...excerpt(source, at)] : [];
  return { ename, evalue: error.message, traceback: [`${ename}: ${error.message}`, ...place] };
}

export function helpText(): string {
  const width = Math.max(...Object.values(usage).map(([form]) => form.length));
  const lines = Object.values(usage).map(([form, meaning]) => `${form.padEnd(width)}  ${meaning}`);
  return [...lines, "Each also as a comment above the code: // %time", ""].join("\n");
}

function unknownMessage(name: string): string {
  const near = nearest(name, Object.keys(usage));
  const known = Object.keys(usage).map((each) => `%${each}`);
  return `%${name}: want one of ${known.join(", ")}, got %${name}; try ${near === undefined ? "%help" : `%${near}`}`;
}
