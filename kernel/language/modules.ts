/**
 * Cells as modules: each has the names of earlier cells that it mentions on a line of its own in front, and exports its own.
 * A later declaration of a name takes the place of an earlier one, whatever its type. Pure: no server, no files.
 */
import { DEFAULT } from "../evaluate/modules.ts";
import { moduleName } from "./project.ts";
import { outlineOf, roughlyDeclared, wordsOf, type NameKind, type Outline } from "./outline.ts";

/** A name of an earlier cell that the next one can use. */
export interface VisibleName {
  readonly name: string;
  readonly kind: NameKind;
  /** The cell that declared it last. */
  readonly file: string;
  /** Its declaration has a type error, or may not have been reached: nothing is claimed of its type. */
  readonly isUncertain: boolean;
  /** Its type has no key that its value lacks. */
  readonly isLiteral: boolean;
}

/** A cell as TypeScript reads it: one line of imports, the cell, a line of exports. */
export interface CellModule {
  readonly file: string;
  readonly text: string;
  readonly outline: Outline;
  /** The cells that it imports names of. */
  readonly imports: ReadonlySet<string>;
}

export class CellModules {
  readonly #visible = new Map<string, VisibleName>();
  readonly #modules = new Map<string, CellModule>();
  /** Names that only a cell declares that was not run, because of a type error; and that cell. */
  readonly #refused = new Map<string, string>();

  /** The module of a cell that is about to run; undefined if it cannot be parsed. */
  create(file: string, source: string): CellModule | undefined {
    const outline = outlineOf(source);
    if (!outline) return undefined;
    const own = new Set(outline.declared.map(({ name }) => name));
    const used = this.#used(outline.text, own);
    const text = `${importLine(used)}\n${outline.text}\n${exportLine(outline)}`;
    return { file, text, outline, imports: new Set(used.map((each) => each.file)) };
  }

  /** The module of a text that is being written: nothing is exported, and no parser is asked. part: the beginning of a name. */
  draft(source: string, part: string): Pick<CellModule, "text" | "imports"> {
    const used = this.#used(source, roughlyDeclared(source), part);
    return { text: `${importLine(used)}\n${source}\n`, imports: new Set(used.map((each) => each.file)) };
  }

  /** The cell ran: later ones see its names. `uncertain`: of these, nothing is claimed but that they are there. */
  add(module: CellModule, uncertain: ReadonlySet<string>): void {
    this.#modules.set(module.file, module);
    for (const { name, kind, isLiteral = false } of module.outline.declared) {
      this.#visible.set(name, { name, kind, file: module.file, isUncertain: uncertain.has(name), isLiteral });
      this.#refused.delete(name);
    }
    this.#forgetUnreachable();
  }

  /** The cell was not run. */
  refuse({ outline, file }: CellModule): void {
    for (const { name } of outline.declared) if (!this.#visible.has(name)) this.#refused.set(name, file);
  }

  /** The cell that would have declared `name`, had it been run. */
  refusedBy(name: string): string | undefined {
    return this.#refused.get(name);
  }

  get visible(): readonly VisibleName[] {
    return [...this.#visible.values()];
  }

  find(name: string): VisibleName | undefined {
    return this.#visible.get(name);
  }

  get(file: string): CellModule | undefined {
    return this.#modules.get(file);
  }

  /** These cells and all that their types may depend on, those that are imported first. */
  withImports(files: Iterable<string>): readonly CellModule[] {
    const found = new Map<string, CellModule>();
    const visit = (file: string): void => {
      const module = this.#modules.get(file);
      if (!module || found.has(file)) return;
      for (const each of module.imports) visit(each);
      found.set(file, module);
    };
    for (const file of files) visit(file);
    return [...found.values()];
  }

  #used(text: string, own: ReadonlySet<string>, part = ""): readonly VisibleName[] {
    const words = wordsOf(text);
    const isUsed = (name: string): boolean => words.has(name) || (part !== "" && name.startsWith(part));
    return this.visible.filter(({ name }) => isUsed(name) && !own.has(name));
  }

  // A cell whose names are all declared anew, and whose types nobody's depend on, is never read again.
  #forgetUnreachable(): void {
    const reachable = this.withImports(this.visible.map(({ file }) => file));
    const kept = new Set(reachable.map(({ file }) => file));
    for (const file of this.#modules.keys()) if (!kept.has(file)) this.#modules.delete(file);
  }
}

/**
 * A `let` of an earlier cell may be assigned here, and an import may not: it is declared with its type.
 * All else is imported, with its types, overloads and comments.
 */
function importLine(used: readonly VisibleName[]): string {
  return used.map(importOf).join(" ");
}

function importOf({ name, kind, file, isUncertain }: VisibleName): string {
  const from = JSON.stringify(`./${moduleName(file)}`);
  if (isUncertain && (kind === "let" || kind === "const")) return `declare let ${name}: any;`;
  if (name === DEFAULT) return `import { default as ${name} } from ${from};`;
  return kind === "let"
    ? `declare let ${name}: typeof import(${from}).${name};`
    : `import { ${name} } from ${from};`;
}

function exportLine({ declared, exported }: Outline): string {
  const names = declared.map(({ name }) => name).filter((name) => !exported.has(name));
  return `export { ${names.join(", ")} };`;
}
