/**
 * Type faults of one text → those that say something new. A declaration whose type is wrong makes each later use of its
 * name wrong as well: the reader mends the declaration, so only the declaration is said.
 * A use is known by what stands at the fault's place; the cost: a second, independent fault right there shows after the first is mended.
 */
import type { Fault } from "../fault.ts";

const ASSIGNED_WRONGLY = "types (TS2322)";
const NAME = /^[\p{ID_Start}_$][\p{ID_Continue}$]*/u;

/** faults: of one text, in any order. text: what their lines and columns count in. Returns them in the order of the text. */
export function withoutEchoes(faults: readonly Fault[], text: string): Fault[] {
  const lines = text.split("\n");
  const blamed = new Set<string>();
  const inOrder = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return inOrder.filter((fault) => {
    const line = lines[fault.line - 1] ?? "";
    if (uses(line, fault.column - 1).some((name) => blamed.has(name))) return false;
    const declared = fault.who === ASSIGNED_WRONGLY ? declaredAt(line, fault.column - 1) : undefined;
    if (declared !== undefined) blamed.add(declared);
    return true;
  });
}

/** The name declared at this place of `const name: T = …`, if it is one. */
function declaredAt(line: string, at: number): string | undefined {
  return /(?:const|let|var)\s+$/.test(line.slice(0, at)) ? NAME.exec(line.slice(at))?.[0] : undefined;
}

/** Names whose use a fault at this place may be: the one that starts here, and the one whose member is read here. */
function uses(line: string, at: number): string[] {
  if (declaredAt(line, at) !== undefined) return [];
  const owner = /(?<name>[\p{ID_Start}_$][\p{ID_Continue}$]*)(?:\?|!)?\.$/u.exec(line.slice(0, at));
  return [NAME.exec(line.slice(at))?.[0], owner?.groups?.["name"]].filter((name) => name !== undefined);
}
