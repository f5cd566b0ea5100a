/**
 * acorn with its TypeScript plugin as a Parse: text → tree in oxc's spelling (syntax.ts).
 * 62 kB in the page. It refuses a few rare type forms; then parse.ts asks the next parser.
 */
import { tsPlugin } from "@sveltejs/acorn-typescript";
import { Parser } from "acorn";
import { childrenOf, ParseFault, type Node, type Program } from "./syntax.ts";

// A cell may export a name of an earlier cell, so "not defined in this module" is no fault here.
const TypeScriptParser = Parser.extend(tsPlugin(), (Base) => {
  return class extends Base {
    checkLocalExport(): void {}
  };
});

/** Parses a cell as a module. Throws ParseFault with the offset of what it did not expect. */
export function acornParse(source: string): Program {
  try {
    // Without `locations` the plugin throws on some inputs.
    const options = {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
      allowAwaitOutsideFunction: true,
    } as const;
    const program = TypeScriptParser.parse(source, options) as unknown as Program;
    respell(program);
    return program;
  } catch (error) {
    const fault = error as { message?: string; pos?: number };
    const offset = fault.pos ?? 0;
    throw new ParseFault(reword(String(fault.message).replace(/ \(\d+:\d+\)$/, ""), source, offset), offset);
  }
}

// "Unexpected token" → which one, in V8's words.
function reword(message: string, source: string, offset: number): string {
  if (message !== "Unexpected token") return message;
  const token = /^(?:[\p{ID_Continue}$]+|[^\s])/u.exec(source.slice(offset))?.[0];
  return token === undefined ? "Unexpected end of input" : `Unexpected token '${token}'`;
}

// What acorn's plugin spells its own way, as one loose record: read once, here, and nowhere else.
interface AcornNode {
  type: string;
  start: number;
  abstract?: boolean;
  accessor?: boolean;
  arguments?: readonly unknown[];
  members?: readonly unknown[];
  body?: unknown;
  decorators?: readonly unknown[];
  options?: unknown;
  value?: AcornNode;
  typeParameters?: unknown;
  superTypeParameters?: unknown;
  superTypeArguments?: unknown;
}

function respell(root: Node): void {
  respellOne(root as unknown as AcornNode);
  for (const child of childrenOf(root)) respell(child);
}

function respellOne(node: AcornNode): void {
  switch (node.type) {
    case "PropertyDefinition":
      node.decorators ??= [];
      if (node.accessor) node.type = "AccessorProperty";
      if (node.abstract) node.type = `TSAbstract${node.type}`;
      break;
    case "MethodDefinition":
      node.decorators ??= [];
      if (node.abstract) node.type = "TSAbstractMethodDefinition";
      if (node.value?.type === "TSDeclareMethod") node.value.type = "TSEmptyBodyFunctionExpression";
      break;
    case "ClassDeclaration":
    case "ClassExpression":
      if (node.superTypeParameters) node.superTypeArguments = node.superTypeParameters;
      delete node.superTypeParameters;
      break;
    case "TSExpressionWithTypeArguments":
      node.type = "TSClassImplements";
      break;
    case "TSEnumDeclaration":
      node.body ??= { type: "TSEnumBody", members: node.members };
      delete node.members;
      break;
    case "ImportExpression":
      node.options ??= node.arguments?.[0] ?? null;
      delete node.arguments;
      break;
  }
}
