/**
 * What a module's expressions may say and a script's may not: `import(…)`, `import.meta`, and `a <!--b`, which a script
 * reads as a comment. In: tree, Patch. Out: edits. Refuses `arguments` where a module has none.
 */
import type { Patch } from "./patch.ts";
import { childrenOf, isType, ParseFault, type Node } from "./syntax.ts";

/** The names that stand in for `import` and `import.meta`: six letters each, so that columns stay. */
export interface ImportNames {
  readonly load: string;
  readonly meta: string;
}

/** `import(x)` → `__load(x)`, `import.meta` → `__meta     `, anywhere below `node`. */
export function replaceModuleExpressions(
  node: Node,
  patch: Patch,
  names: ImportNames,
  inFunction = false,
): void {
  if (isType(node)) return;
  switch (node.type) {
    case "ImportExpression":
      patch.replace(node.start, node.start + "import".length, names.load);
      break;
    case "MetaProperty":
      if (node.meta.name === "import") patch.blank(node.start, node.end, names.meta);
      return;
    case "BinaryExpression":
      if (patch.source.startsWith("<!--", node.right.start - 1)) patch.insert(node.right.start, " ");
      break;
    case "Identifier":
      if (node.name === "arguments" && !inFunction) refuseArguments(node);
      break;
    default:
  }
  const within = inFunction || node.type === "FunctionDeclaration" || node.type === "FunctionExpression";
  for (const child of childrenOf(node)) {
    if (child !== plainNameIn(node)) replaceModuleExpressions(child, patch, names, within);
  }
}

function refuseArguments(node: Node): never {
  throw new ParseFault(
    "`arguments` exists only inside a function; try a rest parameter (...args)",
    node.start,
  );
}

// The name after a dot and the key of a property are no references.
function plainNameIn(node: Node): Node | undefined {
  if (node.type === "MemberExpression" && !node.computed) return node.property;
  if (node.type === "Property" && !node.computed && !node.shorthand) return node.key;
  if ((node.type === "MethodDefinition" || node.type === "PropertyDefinition") && !node.computed)
    return node.key;
  return undefined;
}
