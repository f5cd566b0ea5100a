/**
 * The syntax tree that every file here reads: ESTree with TypeScript's nodes, in oxc's spelling.
 * Only the types come from oxc-parser (erased, so the page does not load it); acorn.ts brings acorn's tree into this spelling.
 */
import type { Node, Program } from "oxc-parser";

export type {
  AccessorProperty,
  ArrowFunctionExpression,
  BindingPattern,
  Class,
  Comment,
  ExportAllDeclaration,
  ExportDefaultDeclaration,
  ExportNamedDeclaration,
  Expression,
  Function as FunctionNode,
  ImportAttribute,
  ImportDeclaration,
  ImportExpression,
  MethodDefinition,
  ModuleExportName,
  Node,
  ParamPattern,
  Program,
  PropertyDefinition,
  Statement,
  TSEnumDeclaration,
  TSEnumMember,
  TSGlobalDeclaration,
  TSIndexSignature,
  TSModuleDeclaration,
  TSParameterProperty,
  VariableDeclaration,
} from "oxc-parser";

/** Turns a module's text into its tree, or throws a ParseFault. Offsets count UTF-16 units. */
export type Parse = (source: string) => Program;

/** Why a text is no cell: what is wrong, and the offset of the first character that is. */
export class ParseFault extends SyntaxError {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The nodes directly below a node, in source order as the parser lists them. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  const fields = node as unknown as Record<string, unknown>;
  for (const key in fields) {
    const value = fields[key];
    if (key === "parent" || typeof value !== "object" || value === null) continue;
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) children.push(each);
  }
  return children;
}

/** Whether a node is only a type: nothing in it runs. */
export function isType(node: Node): boolean {
  return /^TS(?!As|Satisfies|NonNull|TypeAssertion|Instantiation|ParameterProperty|Enum|ModuleBlock)/.test(
    node.type,
  );
}

/** The identifiers a binding pattern declares: `{ a, b: [c = 1] }` → a, c. */
export function bindingsIn(pattern: Node | null): { readonly name: string; readonly start: number }[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((each) =>
        bindingsIn(each.type === "RestElement" ? each : each.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((each) => bindingsIn(each));
    case "AssignmentPattern":
      return bindingsIn(pattern.left);
    case "RestElement":
      return bindingsIn(pattern.argument);
    default:
      return [];
  }
}

function isNode(value: unknown): value is Node {
  return typeof (value as { type?: unknown } | null)?.type === "string";
}
