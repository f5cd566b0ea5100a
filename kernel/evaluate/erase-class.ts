/**
 * The class part of erase.ts: modifiers, `implements`, overloads, index signatures, abstract members.
 * A `;` may stand anywhere between class members, so each erased one leaves one: `get: number` must not join the next line.
 */
import { lowerAccessor, lowerParameterProperties } from "./lower.ts";
import { blankModifiers } from "./modifiers.ts";
import type { Patch } from "./patch.ts";
import { findCharacter, skipTrivia, wordsBetween } from "./scan.ts";
import {
  childrenOf,
  type AccessorProperty,
  type Class,
  type MethodDefinition,
  type Node,
  type PropertyDefinition,
  type TSIndexSignature,
} from "./syntax.ts";

type CodeMember = MethodDefinition | PropertyDefinition | AccessorProperty;
type Member = CodeMember | TSIndexSignature;

/** `abstract` before a class, `implements A, B` after its name, and its parameter properties. */
export function eraseClass(node: Class, patch: Patch): void {
  const [first] = wordsBetween(patch.source, node.start, node.id?.start ?? node.body.start);
  if (first?.text === "abstract") patch.blank(first.start, first.end);
  lowerParameterProperties(node, patch);
  eraseImplements(node, patch);
}

function eraseImplements(node: Class, patch: Patch): void {
  const last = node.implements?.at(-1);
  if (!last) return;
  const before = node.superTypeArguments ?? node.superClass ?? node.typeParameters ?? node.id;
  const words = wordsBetween(patch.source, before?.end ?? node.start, last.start);
  const keyword = words.find((word) => word.text === "implements");
  if (keyword) patch.blank(keyword.start, last.end);
}

/** A class member; `eraseInside` is erase.ts, for what is below it. */
export function eraseMember(node: Member, patch: Patch, eraseInside: (node: Node) => void): void {
  if (node.type === "TSIndexSignature" || hasNoCode(node)) return patch.blankStatement(node.start, node.end);
  blankModifiers(node.decorators.at(-1)?.end ?? node.start, node.key.start, patch, ";");
  eraseMarks(node, patch);
  if (node.type === "AccessorProperty") lowerAccessor(node, patch);
  const type = "typeAnnotation" in node ? node.typeAnnotation : null;
  if (type) patch.blank(type.start, type.end, isField(node) ? ";" : "");
  for (const child of childrenOf(node)) if (child !== type) eraseInside(child);
}

function hasNoCode(node: CodeMember): boolean {
  if (node.type.startsWith("TSAbstract")) return true;
  if (node.type === "MethodDefinition") return node.value.type === "TSEmptyBodyFunctionExpression";
  return "declare" in node && node.declare;
}

// `x?` and `x!`
function eraseMarks(node: CodeMember, patch: Patch): void {
  const text = patch.source;
  const keyEnd = node.computed ? findCharacter(text, node.key.end, "]") + 1 : node.key.end;
  const mark = skipTrivia(text, keyEnd);
  if (text[mark] === "?" || text[mark] === "!") patch.blank(mark, mark + 1);
}

function isField(node: Member): boolean {
  return node.type === "PropertyDefinition" && node.value === null;
}
