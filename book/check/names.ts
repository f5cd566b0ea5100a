/**
 * Names of a chapter: every export documented and used by a test, nothing declared twice, nothing that only a
 * hidden cell declares used later (the reader's notebook has no hidden cells).
 */
import type { Chapter } from "../chapter.ts";
import type { Fault } from "../fault.ts";
import { type CellOutline, type Export, outline, placeIn } from "../outline.ts";

export interface ChapterExport extends Export {
  readonly chapter: Chapter;
  readonly outline: CellOutline;
}

/** The names that the chapter's module exports. */
export function exportsOf(chapter: Chapter): readonly ChapterExport[] {
  return outline(chapter)
    .filter(({ cell }) => cell.tags.has("export"))
    .flatMap((each) => each.exports.map((one) => ({ ...one, chapter, outline: each })));
}

export function nameFaults(chapter: Chapter): Fault[] {
  const exported = exportsOf(chapter);
  return [
    ...exported.flatMap(namelessExport),
    ...exported
      .filter(({ name }, index) => exported.findIndex((other) => other.name === name) === index)
      .flatMap(undocumented),
    ...exported.flatMap(untested),
    ...redeclared(chapter),
    ...hiddenNames(chapter),
  ];
}

/** `export default` and `export *`: a fault of their own, and of no other. */
export function isNameless({ name }: ChapterExport): boolean {
  return name === "default" || name === "*";
}

function at(one: ChapterExport): Pick<Fault, "file" | "line" | "column"> {
  return placeIn(one.chapter, one.outline.cell, one.start);
}

function namelessExport(one: ChapterExport): Fault[] {
  if (!isNameless(one)) return [];
  const got = one.name === "*" ? "export *" : "export default";
  return [
    { ...at(one), who: "export", want: "names that contents.json can list", got, hint: "export { name }" },
  ];
}

function undocumented(one: ChapterExport): Fault[] {
  if (one.isDocumented || isNameless(one)) return [];
  const want = `a /** comment */ before ${one.name}`;
  return [
    { ...at(one), who: "export", want, got: "none", hint: "saying its meaning, shapes, units and source" },
  ];
}

/** Values only: a type is tested by the compiler. */
function untested(one: ChapterExport): Fault[] {
  const tests = outline(one.chapter).filter(({ cell }) => cell.tags.has("test"));
  if (one.isType || isNameless(one) || tests.some(({ references }) => references.has(one.name))) return [];
  return [
    {
      ...at(one),
      who: "export",
      want: `a test cell that uses ${one.name}`,
      got: "none",
      hint: "a cell tagged [test]",
    },
  ];
}

/** The check text is one module, and a reader who sees a name twice wonders which is meant. */
function redeclared(chapter: Chapter): Fault[] {
  const first = new Map<string, { origin: string; line: number }>();
  const faults: Fault[] = [];
  outline(chapter).forEach((each, index) => {
    if (each.cell.tags.has("fails")) return;
    const imported = each.imports.flatMap(({ bindings }) => bindings);
    const names = [...imported, ...each.declared.map((name) => ({ ...name, origin: `cell ${index}` }))];
    for (const { name, start, origin } of names) {
      const place = placeIn(chapter, each.cell, start);
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, { origin, line: place.line });
      else if (earlier.origin !== origin)
        faults.push({
          ...place,
          who: name,
          want: "a name once in a chapter",
          got: `it again (first on line ${earlier.line})`,
          hint: "another name, or a block { … }",
        });
    }
  });
  return faults;
}

function hiddenNames(chapter: Chapter): Fault[] {
  const hidden = new Map<string, number>();
  const visible = new Set<string>();
  const faults: Fault[] = [];
  for (const { cell, declared, imports, references } of outline(chapter)) {
    const names = [...declared, ...imports.flatMap(({ bindings }) => bindings)].map(({ name }) => name);
    const isHidden = cell.tags.has("hidden");
    if (!isHidden) names.forEach((name) => visible.add(name));
    for (const name of isHidden ? [] : references)
      if (hidden.has(name) && !visible.has(name))
        faults.push({
          ...placeIn(chapter, cell, indexOfName(cell.source, name)),
          who: name,
          want: "a name that the reader's notebook has",
          got: `one of the hidden cell on line ${hidden.get(name)}`,
          hint: "declaring it in a visible cell",
        });
    if (isHidden) names.forEach((name) => hidden.set(name, cell.line));
  }
  return faults;
}

function indexOfName(source: string, name: string): number {
  return Math.max(0, source.search(new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`)));
}
