/**
 * What each cell of a chapter imports, exports, declares and refers to. Parsed by oxc, cell by cell, because
 * the kernel runs them so. Knows nothing of other chapters. Cells tagged `fails` may be any text at all.
 */
import { parseSync } from "oxc-parser";
import type { Cell, Chapter } from "./chapter.ts";
import { cellsOf } from "./chapter.ts";
import { type Fault, position } from "./fault.ts";
import { declaredNames, referredNames, type Named, type SyntaxNode } from "./syntax.ts";

export interface Binding extends Named {
  /** What makes two imports of a name the same one. */
  readonly origin: string;
  readonly end: number;
}

export interface Import {
  readonly specifier: string;
  readonly start: number;
  readonly end: number;
  /** Empty for `import "x"` and `import("x")`. */
  readonly bindings: readonly Binding[];
  readonly isStatic: boolean;
}

export interface Export extends Named {
  readonly isType: boolean;
  /** Has a TSDoc comment right before it. */
  readonly isDocumented: boolean;
}

export interface CellOutline {
  readonly cell: Cell;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Top-level names, imports aside. */
  readonly declared: readonly Named[];
  readonly references: ReadonlySet<string>;
  readonly faults: readonly Fault[];
}

const known = new WeakMap<Chapter, readonly CellOutline[]>();

/** The outlines of a chapter's cells, in order; worked out once for a chapter. */
export function outline(chapter: Chapter): readonly CellOutline[] {
  const found = known.get(chapter) ?? cellsOf(chapter).map((cell) => outlineCell(chapter, cell));
  known.set(chapter, found);
  return found;
}

/** The place in chapter.md of an offset in a cell's source. */
export function placeIn(
  chapter: Chapter,
  cell: Cell,
  offset: number,
): { readonly file: string; readonly line: number; readonly column: number } {
  const { line, column } = position(cell.source, offset);
  return { file: chapter.file, line: cell.line + line - 1, column };
}

type Parsed = ReturnType<typeof parseSync>;

function outlineCell(chapter: Chapter, cell: Cell): CellOutline {
  const parsed = parseSync("cell.ts", cell.source, { lang: "ts", sourceType: "module" });
  const body = parsed.program.body as unknown as readonly SyntaxNode[];
  return {
    cell,
    imports: [...staticImports(parsed), ...dynamicImports(parsed, cell.source)],
    exports: exportsOf(parsed, cell.source),
    declared: declaredNames(body),
    references: referredNames(body),
    faults: cell.tags.has("fails") ? [] : syntaxFaults(chapter, cell, parsed),
  };
}

/** The first only: what follows a syntax error is mostly its echo. */
function syntaxFaults(chapter: Chapter, cell: Cell, parsed: Parsed): Fault[] {
  const [error] = parsed.errors;
  if (error === undefined) return [];
  const start = error.labels[0]?.start ?? 0;
  const line = cell.source.slice(cell.source.lastIndexOf("\n", start - 1) + 1).split("\n")[0];
  const hint = error.helpMessage ?? undefined;
  const got = `${error.message}: ${line.trim()}`;
  return [{ ...placeIn(chapter, cell, start), who: "syntax", want: "TypeScript that parses", got, hint }];
}

function staticImports(parsed: Parsed): Import[] {
  return parsed.module.staticImports.map((found) => ({
    specifier: found.moduleRequest.value,
    start: found.start,
    end: found.end,
    isStatic: true,
    bindings: found.entries.map((entry) => ({
      name: entry.localName.value,
      start: entry.importName.start ?? entry.localName.start,
      end: entry.localName.end,
      origin: JSON.stringify([found.moduleRequest.value, entry.importName.kind, entry.importName.name]),
    })),
  }));
}

/** `import("literal")`; a computed specifier cannot be followed. */
function dynamicImports(parsed: Parsed, source: string): Import[] {
  return parsed.module.dynamicImports.flatMap(({ start, end, moduleRequest }) => {
    const literal = /^(?<quote>["'`])(?<specifier>[^"'`$]+)\k<quote>$/.exec(
      source.slice(moduleRequest.start, moduleRequest.end),
    );
    const specifier = literal?.groups?.["specifier"];
    return specifier === undefined ? [] : [{ specifier, start, end, bindings: [], isStatic: false }];
  });
}

function exportsOf(parsed: Parsed, source: string): Export[] {
  return parsed.module.staticExports.flatMap((statement) =>
    statement.entries.map((entry) => ({
      name: entry.exportName.name ?? (isDefault(entry.exportName.kind) ? "default" : "*"),
      start: entry.exportName.start ?? statement.start,
      isType: entry.isType,
      isDocumented: hasDoc(parsed, source, statement.start),
    })),
  );
}

/** kind: oxc's enum has no values at run time but its strings. */
function isDefault(kind: string): boolean {
  return kind === "Default";
}

function hasDoc(parsed: Parsed, source: string, start: number): boolean {
  return parsed.comments.some(
    (comment) =>
      comment.type === "Block" &&
      comment.value.startsWith("*") &&
      comment.value.replaceAll("*", "").trim() !== "" &&
      comment.end <= start &&
      source.slice(comment.end, start).trim() === "",
  );
}
