/** Names in an ESTree program with TypeScript: which a cell declares at its top level, which it refers to. */

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

export interface Named {
  readonly name: string;
  /** Offset of the name in the cell's source. */
  readonly start: number;
}

/** Top-level names of a program's body, imports aside. Overloads and merged interfaces come more than once. */
export function declaredNames(body: readonly SyntaxNode[]): readonly Named[] {
  return body.flatMap((statement) => {
    const inner = statement["declaration"];
    const isExport =
      statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration";
    return declares(isExport && isNode(inner) ? inner : statement);
  });
}

function declares(statement: SyntaxNode): Named[] {
  if (statement.type === "VariableDeclaration")
    return (statement["declarations"] as SyntaxNode[]).flatMap((declarator) => bound(declarator["id"]));
  const names = /^(?:Function|Class|TSInterface|TSTypeAlias|TSEnum|TSModule)Declaration$|^TSDeclareFunction$/;
  return names.test(statement.type) ? bound(statement["id"]) : [];
}

/** The names that a pattern binds: x, { a, b: [c] = d, ...rest }. */
function bound(pattern: unknown): Named[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case "Identifier":
      return [{ name: pattern["name"] as string, start: pattern.start }];
    case "ObjectPattern":
      return (pattern["properties"] as SyntaxNode[]).flatMap((property) =>
        bound(property["value"] ?? property["argument"]),
      );
    case "ArrayPattern":
      return (pattern["elements"] as unknown[]).flatMap(bound);
    case "AssignmentPattern":
      return bound(pattern["left"]);
    case "RestElement":
      return bound(pattern["argument"]);
    default:
      return [];
  }
}

/** Every identifier that may mean a variable or a type: not `b` in `a.b`, `{ b: 1 }` or a class's own members. */
export function referredNames(body: readonly SyntaxNode[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isNode(value)) return;
    if (value.type === "Identifier") names.add(value["name"] as string);
    for (const [field, child] of Object.entries(value)) if (!isMemberName(value, field)) visit(child);
  };
  visit(body.filter((statement) => statement.type !== "ImportDeclaration"));
  return names;
}

function isMemberName(node: SyntaxNode, field: string): boolean {
  if (field === "property") return node.type === "MemberExpression" && node["computed"] !== true;
  // In { b } the key is a reference too, and ESTree repeats it as the value.
  return field === "key" && node["computed"] !== true;
}

function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}
