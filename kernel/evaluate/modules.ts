/**
 * import and export, for a cell: a cell is no module, but reads like one.
 * In: Program, Patch. Out: edits, and what to import before the cell runs.
 * Later cells stand to this one as importers stand to a module: an `export { a as b }` gives them b, `export default` gives them `_default`.
 */
import type { Patch } from "./patch.ts";
import {
  ParseFault,
  type ExportAllDeclaration,
  type ExportNamedDeclaration,
  type ImportAttribute,
  type ImportDeclaration,
  type ModuleExportName,
  type Node,
  type Program,
} from "./syntax.ts";

/** One `import … from` or `export … from` of a cell. */
export interface Import {
  readonly specifier: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  /** exported name → local name; "*" → local name is the whole namespace; "*" → "*" binds every name but default. */
  readonly bindings: readonly (readonly [exported: string, local: string])[];
  /** Offset of the statement, for the error when it fails. */
  readonly offset: number;
}

/** Takes the static imports out of the text. */
export function takeImports(program: Program, patch: Patch): Import[] {
  const imports: Import[] = [];
  for (const node of program.body) {
    const taken = importOf(node);
    if (!taken) continue;
    imports.push(taken);
    patch.blankStatement(node.start, node.end);
  }
  return imports;
}

/** Local name → name for later cells, of `export { a as b }` without `from`. */
export function exportAliases(program: Program): [local: string, exported: string][] {
  return program.body.flatMap((node) => {
    if (
      node.type === "ExportDefaultDeclaration" &&
      "id" in node.declaration &&
      node.declaration.id?.type === "Identifier"
    ) {
      return [[node.declaration.id.name, DEFAULT] as [string, string]];
    }
    if (node.type !== "ExportNamedDeclaration" || node.source || node.exportKind === "type") return [];
    const values = node.specifiers.filter((specifier) => specifier.exportKind !== "type");
    const pairs = values.map((specifier): [string, string] => [
      nameOf(specifier.local),
      localName(nameOf(specifier.exported)),
    ]);
    return pairs.filter(([local, exported]) => local !== exported);
  });
}

/** What `export default` is called in later cells. */
export const DEFAULT = "_default";

function importOf(node: Node): Import | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      if (node.importKind === "type") return undefined;
      if (node.phase)
        throw new ParseFault(`\`import ${node.phase}\` is not supported; try import(…)`, node.start);
      return { ...sourceOf(node), bindings: bindingsOfImport(node) };
    case "ExportNamedDeclaration":
      if (!node.source || node.exportKind === "type") return undefined;
      return { ...sourceOf(node), bindings: bindingsOfExport(node) };
    case "ExportAllDeclaration":
      if (node.exportKind === "type") return undefined;
      return { ...sourceOf(node), bindings: [["*", node.exported ? nameOf(node.exported) : "*"]] };
    default:
      return undefined;
  }
}

function sourceOf(node: ImportDeclaration | ExportNamedDeclaration | ExportAllDeclaration) {
  return { specifier: node.source!.value, attributes: attributesOf(node.attributes), offset: node.start };
}

function attributesOf(
  attributes: readonly ImportAttribute[] | undefined,
): Record<string, string> | undefined {
  if (!attributes?.length) return undefined;
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key.type === "Identifier" ? key.name : key.value, value.value]),
  );
}

function bindingsOfImport(node: ImportDeclaration): [string, string][] {
  return node.specifiers.flatMap((specifier): [string, string][] => {
    const local = specifier.local.name;
    if (specifier.type === "ImportDefaultSpecifier") return [["default", local]];
    if (specifier.type === "ImportNamespaceSpecifier") return [["*", local]];
    return specifier.importKind === "type" ? [] : [[nameOf(specifier.imported), local]];
  });
}

function bindingsOfExport(node: ExportNamedDeclaration): [string, string][] {
  const values = node.specifiers.filter((specifier) => specifier.exportKind !== "type");
  return values.map((specifier) => [nameOf(specifier.local), localName(nameOf(specifier.exported))]);
}

function localName(exported: string): string {
  return exported === "default" ? DEFAULT : exported;
}

function nameOf(node: ModuleExportName): string {
  return node.type === "Literal" ? node.value : node.name;
}
