/**
 * A cell's top-level declarations become assignments to properties of the global object, so that later cells see them
 * and may declare them again in any way.
 *   const x = 1        →       x = 1             (names.ts defines x before the cell runs: not readable before this line)
 *   const { a } = o    → void({ a } = o)
 *   let x              →     x=void 0
 *   function f() {}    → f=function  () {};      (in a script that runs first: hoisting)
 *   class A {}         → A=class A {};           (the inner A stays this class, as in JavaScript)
 *   using h = open()   → using __h=h = open()    (disposed when the cell ends)
 * In: Program, Patch. Out: edits, the names, and which statements run first.
 */
import { isTypeOnly } from "./erase.ts";
import { DEFAULT } from "./modules.ts";
import type { Patch } from "./patch.ts";
import { wordsBetween } from "./scan.ts";
import {
  childrenOf,
  bindingsIn,
  ParseFault,
  type ExportDefaultDeclaration,
  type FunctionNode,
  type Node,
  type Program,
  type VariableDeclaration,
} from "./syntax.ts";

export type Kind = "const" | "let" | "class" | "var" | "function";

export interface Declared {
  readonly name: string;
  readonly kind: Kind;
  readonly offset: number;
}

type Binding = Pick<Declared, "name"> & { readonly start: number };

export interface Declarations {
  readonly names: readonly Declared[];
  /** Offsets of the function declarations: they run before the rest. */
  readonly functions: readonly { readonly start: number; readonly end: number }[];
}

export function declareNames(program: Program, patch: Patch): Declarations {
  const names: Declared[] = [];
  const functions: { start: number; end: number }[] = [];
  const add = (kind: Kind, ...added: Binding[]): void =>
    void names.push(...added.map(({ name, start }) => ({ name, kind, offset: start })));
  for (const statement of program.body) {
    if (isTypeOnly(statement)) continue;
    const node = withoutExport(statement, patch);
    if (node.type === "FunctionDeclaration" && node.id) {
      declareFunction(node, patch);
      functions.push({ start: node.start, end: node.end });
      add("function", node.id);
    } else if (node.type === "ClassDeclaration" && node.id) {
      patch.insert(node.start, `${node.id.name}=`);
      patch.insert(node.end, ";");
      add("class", node.id);
    } else if (node.type === "TSEnumDeclaration") {
      patch.discard(node.start, node.id.start);
      patch.blank(node.start, node.id.start);
      add("let", node.id);
    } else if (node.type === "VariableDeclaration") {
      add(declareVariables(node, patch), ...node.declarations.flatMap((each) => bindingsIn(each.id)));
    } else if (node.type === "ExportDefaultDeclaration") {
      add("const", { name: DEFAULT, start: node.start });
    } else {
      add("var", ...nestedVars(node, patch));
    }
  }
  return { names, functions };
}

/** Refuses a name that one cell declares twice. Not every parser does, and what is left of the declarations no longer clashes. */
export function refuseRepeated(names: readonly Declared[]): void {
  const kinds = new Map<string, Kind>();
  for (const { name, kind, offset } of names) {
    if (kinds.has(name) && (kind !== "var" || kinds.get(name) !== "var")) {
      throw new ParseFault(`Identifier '${name}' has already been declared`, offset);
    }
    kinds.set(name, kind);
  }
}

// `export const x` → `       const x`; `export default e` → `_default=      e`; a named default function stays a declaration.
function withoutExport(statement: Node, patch: Patch): Node {
  if (statement.type === "ExportNamedDeclaration") {
    if (!statement.declaration) {
      if (!statement.source) patch.blankStatement(statement.start, statement.end);
      return { type: "EmptyStatement", start: statement.start, end: statement.end };
    }
    patch.blank(statement.start, statement.declaration.start);
    return statement.declaration;
  }
  return statement.type === "ExportDefaultDeclaration" ? withoutDefault(statement, patch) : statement;
}

function withoutDefault(node: ExportDefaultDeclaration, patch: Patch): Node {
  const { declaration } = node;
  const keyword = wordsBetween(patch.source, node.start, declaration.start).find(
    (word) => word.text === "default",
  )!;
  if (
    (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") &&
    declaration.id
  ) {
    patch.blank(node.start, keyword.end);
    return declaration;
  }
  patch.blank(node.start, keyword.end, `${DEFAULT}=`);
  // A default function or class takes no `;`, an assignment needs one.
  if (patch.source[node.end - 1] !== ";") patch.insert(node.end, ";");
  return node;
}

// Both edits replace a character of the function itself, so that they move with it to the script that runs first.
function declareFunction(node: FunctionNode, patch: Patch): void {
  patch.replace(node.start, node.start + 1, `${node.id!.name}=${patch.source[node.start]}`);
  patch.blank(node.id!.start, node.id!.end);
  patch.replace(node.end - 1, node.end, "};");
}

function declareVariables(node: VariableDeclaration, patch: Patch): Kind {
  if (node.kind === "using" || node.kind === "await using") {
    for (const { id } of node.declarations) patch.insert(id.start, `__${bindingsIn(id)[0]?.name}=`);
    return "const";
  }
  dropKeyword(node, patch);
  if (node.kind === "let") {
    for (const each of node.declarations) if (!each.init) patch.insert(each.end, "=void 0");
  }
  return node.kind;
}

// `{` would open a block and `[` continue the line before, so a pattern goes behind `void(`, which can do neither.
function dropKeyword(node: VariableDeclaration, patch: Patch): void {
  const end = node.start + node.kind.length;
  if (node.declarations.every((each) => each.id.type === "Identifier")) return patch.blank(node.start, end);
  patch.replace(node.start, end, "void(");
  patch.insert(patch.source[node.end - 1] === ";" ? node.end - 1 : node.end, ")");
}

// `var` inside blocks and loops declares for the whole cell.
function nestedVars(node: Node, patch: Patch, parent?: Node): Binding[] {
  if (/Function|^Class|^TS/.test(node.type)) return [];
  const below = childrenOf(node).flatMap((child) => nestedVars(child, patch, node));
  if (node.type !== "VariableDeclaration" || node.kind !== "var") return below;
  if (parent && parent.type.startsWith("For") && !("body" in parent && parent.body === node))
    patch.blank(node.start, node.start + 3);
  else dropKeyword(node, patch);
  return [...node.declarations.flatMap((each) => bindingsIn(each.id)), ...below];
}
