/**
 * Cell text → two scripts and what they need. Pure: evaluates nothing, defines nothing.
 * The scripts have the reader's lines; `sourcePosition` brings a column back.
 * `hoisted` holds the function declarations, everything else blank; `main` holds everything else.
 */
import { declareNames, refuseRepeated, type Declared } from "./declare.ts";
import { eraseTypes, isTypeOnly } from "./erase.ts";
import { CellSyntaxError } from "./errors.ts";
import { guardLoops } from "./guard.ts";
import { lineStarts, positionOf, type LineColumn } from "./lines.ts";
import { exportAliases, takeImports, type Import } from "./modules.ts";
import { parseCell, type ParsedCell } from "./parse.ts";
import { Patch, type OffsetMap, type Patched } from "./patch.ts";
import { replaceModuleExpressions } from "./script.ts";
import { ParseFault, type Node, type Parse } from "./syntax.ts";

export interface CompiledCell {
  readonly main: string;
  /** Undefined when the cell declares no function. */
  readonly hoisted: string | undefined;
  readonly names: readonly Declared[];
  readonly aliases: readonly (readonly [local: string, exported: string])[];
  readonly imports: readonly Import[];
  /** Whether the last statement is an expression, whose value the main script returns. */
  readonly endsInExpression: boolean;
  readonly positions: CellPositions;
}

/** The names the scripts are called with: `(load, meta, tick)`. They are fresh: the cell has none of them. */
export interface ScriptNames {
  readonly cell: string;
  readonly load: string;
  readonly meta: string;
  readonly tick: string;
  readonly counter: string;
}

/** Throws CellSyntaxError, with the reader's line and column. */
export function compileCell(
  source: string,
  file: string,
  parsers: readonly Parse[],
  guarded: boolean,
): CompiledCell {
  let shift = 0;
  try {
    const parsed = parseCell(source, parsers);
    shift = parsed.shift;
    return compileParsed(source, parsed, guarded);
  } catch (error) {
    if (!(error instanceof ParseFault)) throw error;
    const offset = Math.min(Math.max(error.offset - shift, 0), source.length);
    throw new CellSyntaxError(error.message, { file, ...positionOf(source, offset) }, source);
  }
}

/**
 * Where the engine refuses what some parser accepted, it does not say where; another parser may.
 * Returns the fault with its place, or undefined if every parser accepts the cell.
 */
export function findFault(
  source: string,
  file: string,
  parsers: readonly Parse[],
): CellSyntaxError | undefined {
  for (const parser of parsers) {
    try {
      compileCell(source, file, [parser], false);
    } catch (error) {
      if (error instanceof CellSyntaxError) return error;
      throw error;
    }
  }
  return undefined;
}

function compileParsed(source: string, parsed: ParsedCell, guarded: boolean): CompiledCell {
  const { program, text } = parsed;
  const patch = new Patch(text);
  const names = freshNames(text);
  eraseTypes(program, patch);
  for (const statement of program.body) replaceModuleExpressions(statement, patch, names);
  const imports = takeImports(program, patch);
  const declared = declareNames(program, patch);
  const declaredNames = [...importedNames(imports), ...declared.names];
  refuseRepeated(declaredNames);
  const last = lastExpression(program.body);
  if (last) returnValue(last, patch);
  if (guarded) for (const statement of program.body) guardLoops(statement, patch, names);
  const patched = patch.apply();
  const aliases = exportAliases(program);
  return {
    ...split(patched, declared.functions, names, guarded),
    names: declaredNames,
    aliases,
    imports,
    endsInExpression: last !== undefined,
    positions: new CellPositions(
      source,
      parsed,
      patched.map,
      names.cell,
      opening("async", names, guarded).length,
    ),
  };
}

function importedNames(imports: readonly Import[]): Declared[] {
  const locals = imports.flatMap(({ bindings, offset }) =>
    bindings.map(([, name]) => ({ name, kind: "const" as const, offset })),
  );
  return locals.filter(({ name }) => name !== "*");
}

// What a cell shows: its last statement, if that is an expression. Types and stray semicolons after it do not count.
function lastExpression(body: readonly Node[]): Extract<Node, { type: "ExpressionStatement" }> | undefined {
  const last = body.findLast((node) => !isTypeOnly(node) && node.type !== "EmptyStatement");
  return last?.type === "ExpressionStatement" ? last : undefined;
}

function returnValue(node: Node, patch: Patch): void {
  patch.insert(node.start, "return (");
  patch.insert(patch.source[node.end - 1] === ";" ? node.end - 1 : node.end, ")");
}

// The opening stands on the first line, so that line N of the script is line N of the cell, also for a debugger.
// It is equally long for both scripts, so that they share one map.
function opening(kind: "async" | "     ", names: ScriptNames, guarded: boolean): string {
  const counter = guarded ? `let ${names.counter}=0;` : "";
  return `(${kind} function ${names.cell}(${names.load},${names.meta},${names.tick}){"use strict";${counter}`;
}

function split(
  { text, map }: Patched,
  functions: readonly { start: number; end: number }[],
  names: ScriptNames,
  guarded: boolean,
) {
  const close = "\n})";
  let main = opening("async", names, guarded);
  if (functions.length === 0) return { main: main + text + close, hoisted: undefined };
  let hoisted = opening("     ", names, guarded);
  let at = 0;
  for (const each of functions) {
    const [from, to] = [map.forward(each.start), map.forward(each.end)];
    main += `${text.slice(at, from)};${blank(text.slice(from + 1, to))}`;
    hoisted += blank(text.slice(at, from)) + text.slice(from, to);
    at = to;
  }
  return { main: main + text.slice(at) + close, hoisted: hoisted + blank(text.slice(at)) + close };
}

function blank(text: string): string {
  return text.replace(/[^\r\n\u2028\u2029]/g, " ");
}

function freshNames(text: string): ScriptNames {
  const fresh = (name: string): string => (text.includes(name) ? fresh(`$${name.slice(0, -1)}`) : name);
  return {
    cell: fresh("__cell"),
    load: fresh("__load"),
    meta: fresh("__meta"),
    tick: fresh("__tick"),
    counter: fresh("__left"),
  };
}

/** What it takes to read a stack frame of a cell: its source, and where its scripts' columns come from. */
export class CellPositions {
  readonly source: string;
  /** The name under which the cell itself stands in a stack. */
  readonly frameName: string;
  private readonly parsed: Pick<ParsedCell, "text" | "shift">;
  private readonly map: OffsetMap;
  private readonly openingLength: number;

  constructor(
    source: string,
    { text, shift }: ParsedCell,
    map: OffsetMap,
    frameName: string,
    openingLength: number,
  ) {
    this.source = source;
    this.frameName = frameName;
    this.parsed = { text, shift };
    this.map = map;
    this.openingLength = openingLength;
  }

  /** The reader's place of an offset in the parsed text. */
  at(offset: number): LineColumn {
    return positionOf(this.source, Math.min(Math.max(offset - this.parsed.shift, 0), this.source.length));
  }

  /** Line and column in a script → line and column in the reader's cell. */
  toSource({ line, column }: LineColumn): LineColumn {
    const lineStart = lineStarts(this.parsed.text)[line - 1];
    if (lineStart === undefined) return { line, column };
    const scriptOffset = this.map.forward(lineStart) + column - 1 - (line === 1 ? this.openingLength : 0);
    return this.at(this.map.back(Math.max(scriptOffset, 0)));
  }
}
