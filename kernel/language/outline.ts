/**
 * What a cell declares and mentions, as later cells see it. Cell text in, names out. Pure.
 */
import { oxcParse } from "../evaluate/node-parser.ts";
import { isTypeOnly } from "../evaluate/erase.ts";
import { DEFAULT, exportAliases } from "../evaluate/modules.ts";
import { parseCell } from "../evaluate/parse.ts";
import {
  bindingsIn,
  childrenOf,
  ParseFault,
  type Node,
  type Program,
  type VariableDeclaration,
} from "../evaluate/syntax.ts";

/** `import`: a name that an import binds, of whatever kind. */
export type NameKind = "const" | "let" | "function" | "class" | "enum" | "type" | "namespace" | "import";

export interface DeclaredName {
  readonly name: string;
  readonly kind: NameKind;
  /** Offsets in `text` of the statement that declares it. */
  readonly start: number;
  readonly end: number;
  /** A variable without a type of its own that an object literal makes: its value has all the keys that its type has. */
  readonly isLiteral?: true;
}

export interface Outline {
  /** What TypeScript is to read: the cell, or `(cell)` where it is an object literal (evaluate/parse.ts). */
  readonly text: string;
  /** How many characters more `text` has in front than the cell. */
  readonly shift: number;
  readonly declared: readonly DeclaredName[];
  /** Those of `declared` that the cell itself exports. */
  readonly exported: ReadonlySet<string>;
}

/** Undefined where no parser accepts the cell: the evaluator says what is wrong with it. */
export function outlineOf(source: string): Outline | undefined {
  try {
    const { text, shift, program } = parseCell(source, [oxcParse]);
    return { text, shift, ...namesOf(program) };
  } catch (error) {
    if (error instanceof ParseFault) return undefined;
    throw error;
  }
}

const word = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** Every word of a text that may be a name: too many rather than too few. Also for text that is being written. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(word) ?? []);
}

/** Names that a text declares, found without a parser: for text that is being written. */
export function roughlyDeclared(text: string): ReadonlySet<string> {
  const declaration =
    /\b(?:const|let|var|function\*?|class|interface|type|enum)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
  return new Set(Array.from(text.matchAll(declaration), ([, name]) => name));
}

function namesOf(program: Program): Pick<Outline, "declared" | "exported"> {
  const declared = new Map<string, DeclaredName>();
  const exported = new Set<string>();
  for (const statement of program.body) {
    const names = declaredBy(statement);
    // One name may be a type and a value: the first kind that is more than a type stands.
    for (const each of names)
      if (!declared.has(each.name) || declared.get(each.name)?.kind === "type") declared.set(each.name, each);
    if (statement.type === "ExportNamedDeclaration") {
      for (const { name } of statement.source ? [] : names) exported.add(name);
      for (const { exported: as } of statement.specifiers)
        if (as.type === "Identifier") exported.add(as.name);
    }
    if (statement.type === "ExportDefaultDeclaration") exported.add(DEFAULT);
  }
  for (const [local, name] of exportAliases(program)) {
    const original = declared.get(local);
    if (original && name !== DEFAULT) declared.set(name, { ...original, name });
  }
  return { declared: [...declared.values()], exported };
}

function declaredBy(statement: Node): DeclaredName[] {
  const { start, end } = statement;
  const named = (kind: NameKind, names: readonly string[]): DeclaredName[] =>
    names.map((name) => ({ name, kind, start, end }));
  switch (statement.type) {
    case "ExportNamedDeclaration":
      return statement.declaration
        ? declaredBy(statement.declaration).map((each) => ({ ...each, start, end }))
        : named(
            "import",
            statement.source ? statement.specifiers.map(({ exported }) => nameOf(exported)) : [],
          );
    case "ExportDefaultDeclaration":
      return [...declaredBy(statement.declaration), ...named("const", [DEFAULT])];
    case "ImportDeclaration":
      return named(
        "import",
        statement.specifiers.map(({ local }) => local.name),
      );
    case "VariableDeclaration":
      return statement.declarations.flatMap((each) =>
        named(
          statement.kind === "let" || statement.kind === "var" ? "let" : "const",
          bindingsIn(each.id).map(({ name }) => name),
        ).map((one) => (isLiteral(each) ? { ...one, isLiteral: true as const } : one)),
      );
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return named("function", statement.id ? [statement.id.name] : []);
    case "ClassDeclaration":
      return named("class", statement.id ? [statement.id.name] : []);
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return named("type", [statement.id.name]);
    case "TSEnumDeclaration":
      return named("enum", [statement.id.name]);
    case "TSModuleDeclaration":
      return named(
        isTypeOnly(statement) ? "type" : "namespace",
        statement.id.type === "Identifier" && statement.kind !== "global" ? [statement.id.name] : [],
      );
    default:
      return named("let", nestedVars(statement));
  }
}

// What is spread may have a type with keys that its value lacks.
function isLiteral({ id, init }: VariableDeclaration["declarations"][number]): boolean {
  return (
    id.type === "Identifier" &&
    !id.typeAnnotation &&
    init?.type === "ObjectExpression" &&
    init.properties.every(({ type }) => type === "Property")
  );
}

// `var` inside blocks and loops declares for the whole cell.
function nestedVars(node: Node): string[] {
  if (/Function|^Class|^TS/.test(node.type)) return [];
  const own =
    node.type === "VariableDeclaration" && node.kind === "var"
      ? node.declarations.flatMap(({ id }) => bindingsIn(id).map(({ name }) => name))
      : [];
  return [...own, ...childrenOf(node).flatMap(nestedVars)];
}

function nameOf(node: { type: string; name?: string; value?: unknown }): string {
  const name = node.type === "Literal" ? String(node.value) : (node.name ?? "");
  return name === "default" ? DEFAULT : name;
}
