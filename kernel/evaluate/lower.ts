/**
 * The TypeScript that is code and not only types: enum, parameter properties, `accessor` fields.
 * Written in place, so that an error inside an initializer keeps its line and column.
 */
import { blankModifiers } from "./modifiers.ts";
import type { Patch } from "./patch.ts";
import { findCharacter, skipTrivia, wordsBetween } from "./scan.ts";
import {
  childrenOf,
  ParseFault,
  type AccessorProperty,
  type Class,
  type Node,
  type TSEnumDeclaration,
  type TSEnumMember,
  type TSParameterProperty,
} from "./syntax.ts";

/**
 * `enum E { A, B = 2 }` → `let E=((E)=>{ E[E["A"]=0]="A"; E["B"]=2;…;return E})({});`
 * `const enum` means the same here: other cells may ask for its members.
 */
export function lowerEnum(node: TSEnumDeclaration, patch: Patch, eraseInside: (node: Node) => void): void {
  const name = node.id.name;
  const open = findCharacter(patch.source, node.id.end, "{");
  patch.replace(node.start, node.id.start, "let ");
  patch.replace(node.id.end, open + 1, `=((${name})=>{`);
  const known = new Set<string>();
  let previous: string | undefined;
  for (const member of node.body.members) {
    const key = memberName(member);
    lowerMember(member, name, key, previous, patch);
    if (member.initializer) {
      eraseInside(member.initializer);
      qualify(member.initializer, name, known, patch);
    }
    known.add(key);
    previous = key;
  }
  patch.replace(node.end - 1, node.end, `;return ${name}})({});`);
}

function lowerMember(
  member: TSEnumMember,
  name: string,
  key: string,
  previous: string | undefined,
  patch: Patch,
): void {
  const { initializer } = member;
  const slot = `${name}[${JSON.stringify(key)}]`;
  if (initializer) {
    patch.replace(member.start, initializer.start, `${slot}=`);
    // Only numbers have a way back from the value to the name.
    if (!isString(initializer))
      patch.insert(member.end, `;if(typeof ${slot}!="string")${name}[${slot}]=${JSON.stringify(key)}`);
  } else {
    const value = previous === undefined ? "0" : `${name}[${JSON.stringify(previous)}]+1`;
    patch.replace(member.start, member.end, `${name}[${slot}=${value}]=${JSON.stringify(key)}`);
  }
  const comma = skipTrivia(patch.source, member.end);
  if (patch.source[comma] === ",") patch.replace(comma, comma + 1, ";");
}

// `B = A << 1`: members are visible by their bare names inside the enum.
function qualify(node: Node, name: string, known: ReadonlySet<string>, patch: Patch): void {
  if (node.type === "Identifier" && known.has(node.name)) patch.insert(node.start, `${name}.`);
  const skipped = node.type === "MemberExpression" && !node.computed ? node.property : null;
  for (const child of childrenOf(node))
    if (child !== skipped && !child.type.startsWith("TS")) qualify(child, name, known, patch);
}

function memberName({ id }: TSEnumMember): string {
  if (id.type === "Identifier") return id.name;
  if (id.type === "Literal") return id.value;
  return id.quasis[0].value.cooked ?? "";
}

function isString(node: Node): boolean {
  return node.type === "TemplateLiteral" || (node.type === "Literal" && typeof node.value === "string");
}

/**
 * `constructor(public x = 1) {` → `constructor(       x = 1) {this.x=x;`, after `super(…)` where there is one,
 * and a field `x;` at the head of the class, so that x is defined before the other fields, as TypeScript has it.
 */
export function lowerParameterProperties(node: Class, patch: Patch): void {
  const method = node.body.body.find(
    (member) => member.type === "MethodDefinition" && member.kind === "constructor" && member.value.body,
  );
  if (method?.type !== "MethodDefinition" || !method.value.body) return;
  const names = method.value.params.flatMap((parameter) =>
    parameter.type === "TSParameterProperty" ? [propertyName(parameter, patch)] : [],
  );
  if (names.length === 0) return;
  const superCall = method.value.body.body.find((statement) => isSuperCall(statement));
  const assignments = names.map((name) => `this.${name}=${name};`).join("");
  patch.insert(superCall?.end ?? method.value.body.start + 1, (superCall ? ";" : "") + assignments);
  patch.insert(node.body.start + 1, names.map((name) => `${name};`).join(""));
}

function propertyName(parameter: TSParameterProperty, patch: Patch): string {
  const target =
    parameter.parameter.type === "AssignmentPattern" ? parameter.parameter.left : parameter.parameter;
  if (target.type !== "Identifier")
    throw new ParseFault("a parameter property needs a name, not a pattern", target.start);
  blankModifiers(parameter.start, target.start, patch);
  return target.name;
}

function isSuperCall(node: Node): boolean {
  return (
    node.type === "ExpressionStatement" &&
    node.expression.type === "CallExpression" &&
    node.expression.callee.type === "Super"
  );
}

/** `accessor x = 1` → `#x_value = 1;get x(){…}set x(value){…}`: no engine runs the keyword yet. */
export function lowerAccessor(node: AccessorProperty, patch: Patch): void {
  const { key } = node;
  if (node.computed || (key.type !== "Identifier" && key.type !== "PrivateIdentifier")) {
    throw new ParseFault("`accessor` needs a plain name here; try get and set methods", key.start);
  }
  const keyword = wordsBetween(patch.source, node.start, key.start).find((word) => word.text === "accessor");
  if (keyword) patch.blank(keyword.start, keyword.end);
  const name = key.type === "PrivateIdentifier" ? `#${key.name}` : key.name;
  const slot = `#${key.name}_value`;
  patch.replace(key.start, key.end, slot);
  const head = node.static ? "static " : "";
  patch.insert(
    node.end,
    `;${head}get ${name}(){return this.${slot}}${head}set ${name}(value){this.${slot}=value}`,
  );
}
