/**
 * Takes TypeScript out of a tree's text: what is left is JavaScript with every line and column where it was.
 * In: Program, Patch. Out: edits. Types become spaces; enum, parameter properties and `accessor` become code (lower.ts).
 * Refuses, with a position, what has no JavaScript meaning here: decorators, namespaces with values, `import =`, `export =`.
 */
import { eraseClass, eraseMember } from "./erase-class.ts";
import { lowerEnum } from "./lower.ts";
import type { Patch } from "./patch.ts";
import { findCharacter, hasLineBreak, skipTrivia } from "./scan.ts";
import {
  childrenOf,
  ParseFault,
  type ArrowFunctionExpression,
  type FunctionNode,
  type Node,
  type ParamPattern,
  type Program,
  type TSGlobalDeclaration,
  type TSModuleDeclaration,
} from "./syntax.ts";

export function eraseTypes(program: Program, patch: Patch): void {
  for (const statement of program.body) erase(statement, patch);
}

function eraseChildren(node: Node, patch: Patch): void {
  for (const child of childrenOf(node)) erase(child, patch);
}

/** Whether a statement leaves nothing behind: an interface, `declare …`, `import type …`. */
export function isTypeOnly(node: Node | null): boolean {
  switch (node?.type) {
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSDeclareFunction":
    case "TSNamespaceExportDeclaration":
      return true;
    case "VariableDeclaration":
    case "FunctionDeclaration":
    case "ClassDeclaration":
    case "TSEnumDeclaration":
      return node.declare === true;
    case "TSModuleDeclaration":
      return node.declare || isTypesOnlyModule(node);
    case "ImportDeclaration":
    case "TSImportEqualsDeclaration":
      return node.importKind === "type";
    case "ExportAllDeclaration":
      return node.exportKind === "type";
    case "ExportNamedDeclaration":
      return node.exportKind === "type" || isTypeOnly(node.declaration);
    case "ExportDefaultDeclaration":
      return isTypeOnly(node.declaration);
    default:
      return false;
  }
}

function isTypesOnlyModule(node: TSModuleDeclaration | TSGlobalDeclaration): boolean {
  if (node.kind === "global" || !node.body || node.body.type !== "TSModuleBlock") return true;
  return node.body.body.every((statement) => isTypeOnly(statement));
}

function erase(node: Node, patch: Patch): void {
  if (isTypeOnly(node)) return patch.blankStatement(node.start, node.end);
  switch (node.type) {
    case "TSTypeAnnotation":
    case "TSTypeParameterDeclaration":
    case "TSTypeParameterInstantiation":
      return patch.blank(node.start, node.end);
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return eraseSuffix(node.expression, node.end, patch);
    case "TSNonNullExpression":
      patch.blank(node.end - 1, node.end);
      return erase(node.expression, patch);
    case "TSTypeAssertion":
      return eraseAssertion(node.start, node.typeAnnotation.end, node.expression, node.end, patch);
    case "TSEnumDeclaration":
      return lowerEnum(node, patch, (inner) => erase(inner, patch));
    case "TSModuleDeclaration":
      return refuse(node, "a namespace with values is not erasable", "a plain object or a module of its own");
    case "TSImportEqualsDeclaration":
      return refuse(node, "`import … =` is not an ES module import", 'import * as name from "module"');
    case "TSExportAssignment":
      return refuse(node, "`export =` is not an ES module export", "export default …");
    case "Decorator":
      return refuse(
        node,
        "decorators do not run in a JavaScript engine yet",
        "call the function on the class yourself",
      );
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
      return eraseSpecifiers(node, patch);
    case "ClassDeclaration":
    case "ClassExpression":
      eraseClass(node, patch);
      return eraseChildren(node, patch);
    case "MethodDefinition":
    case "TSAbstractMethodDefinition":
    case "PropertyDefinition":
    case "TSAbstractPropertyDefinition":
    case "AccessorProperty":
    case "TSAbstractAccessorProperty":
    case "TSIndexSignature":
      return eraseMember(node, patch, (inner) => erase(inner, patch));
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "TSEmptyBodyFunctionExpression":
    case "ArrowFunctionExpression":
      return eraseFunction(node, patch);
    case "VariableDeclarator":
      if (node.definite) blankMark("!", node.id, patch);
      return eraseChildren(node, patch);
    case "Identifier":
    case "ObjectPattern":
    case "ArrayPattern":
      if ("optional" in node && node.optional) blankMark("?", node, patch);
      return eraseChildren(node, patch);
    case "TSClassImplements":
      return;
    default:
      return eraseChildren(node, patch);
  }
}

function refuse(node: Node, what: string, hint: string): never {
  throw new ParseFault(`${what}; try ${hint}`, node.start);
}

// `x as T`: what follows on the next line must not be read as its continuation, now that the type is gone.
function eraseSuffix(expression: Node, end: number, patch: Patch): void {
  const text = patch.source;
  let start = skipTrivia(text, expression.end);
  while (text[start] === ")") start = skipTrivia(text, start + 1);
  const next = skipTrivia(text, end);
  const runsOn = /[([`]/.test(text[next] ?? "") && hasLineBreak(text, end, next);
  patch.blank(start, end, runsOn ? ";" : "");
  erase(expression, patch);
}

// `return <T>x`: a line break within `<T>` would end the return, so parentheses take its place.
function eraseAssertion(start: number, typeEnd: number, expression: Node, end: number, patch: Patch): void {
  const close = findCharacter(patch.source, typeEnd, ">") + 1;
  const broken = hasLineBreak(patch.source, start, expression.start);
  patch.blank(start, close, broken ? "(" : "");
  erase(expression, patch);
  if (broken) patch.insert(end, ")");
}

function eraseFunction(node: FunctionNode | ArrowFunctionExpression, patch: Patch): void {
  if (!node.body) return patch.blankStatement(node.start, node.end);
  for (const parameter of node.params) if (isThis(parameter)) blankListItem(parameter, patch);
  const moved = node.type === "ArrowFunctionExpression" ? moveParentheses(node, patch) : new Set<Node>();
  for (const child of childrenOf(node)) if (!moved.has(child) && !isThis(child)) erase(child, patch);
}

// `(a): {⏎} => a` and `async <T,⏎>(a) => a`: no line may end before `(` or `=>`, so the parenthesis moves across the type.
function moveParentheses(node: ArrowFunctionExpression, patch: Patch): Set<Node> {
  const text = patch.source;
  const { typeParameters: generics, returnType: result } = node;
  const moved = new Set<Node>();
  if (generics) {
    const open = findCharacter(text, generics.end, "(");
    if (hasLineBreak(text, generics.start, open)) {
      patch.blank(generics.start, generics.end, "(");
      patch.blank(open, open + 1);
      moved.add(generics);
    }
  }
  if (result && hasLineBreak(text, result.start, result.end)) {
    const close = text.lastIndexOf(")", result.start - 1);
    patch.blank(close, close + 1);
    patch.blank(result.start, result.end, "", ")");
    moved.add(result);
  }
  return moved;
}

function isThis(node: ParamPattern | Node): boolean {
  return node.type === "Identifier" && node.name === "this";
}

function eraseSpecifiers(
  node: Extract<Node, { type: "ImportDeclaration" | "ExportNamedDeclaration" }>,
  patch: Patch,
): void {
  for (const specifier of node.specifiers) {
    const kind =
      specifier.type === "ImportSpecifier"
        ? specifier.importKind
        : specifier.type === "ExportSpecifier"
          ? specifier.exportKind
          : "value";
    if (kind === "type") blankListItem(specifier, patch);
  }
  if (node.type === "ExportNamedDeclaration" && node.declaration) erase(node.declaration, patch);
}

function blankListItem(node: Node, patch: Patch): void {
  const next = skipTrivia(patch.source, node.end);
  patch.blank(node.start, patch.source[next] === "," ? next + 1 : node.end);
}

// The `?` or `!` of a binding stands before its type, or last.
function blankMark(mark: string, node: Node, patch: Patch): void {
  const type = "typeAnnotation" in node ? node.typeAnnotation : null;
  const at = patch.source.lastIndexOf(mark, (type?.start ?? node.end) - 1);
  if (at >= node.start) patch.blank(at, at + 1);
}
