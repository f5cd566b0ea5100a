/**
 * Runs cells: text → value, in Node and in the page alike (nothing here is Node's).
 * Order of a cell: parse and compile (a fault here leaves everything as it was) → load imports → define its names →
 * function declarations → the rest. A cell that throws keeps what it assigned; names it did not reach keep their old values.
 */
import { acornParse } from "./acorn.ts";
import { Builtins } from "./builtins.ts";
import { compileCell, findFault, type CompiledCell } from "./compile.ts";
import { isComplete, type Completeness } from "./complete.ts";
import type { Declared } from "./declare.ts";
import { describeError, type CellError } from "./describe.ts";
import { CellSyntaxError } from "./errors.ts";
import { createTick } from "./guard.ts";
import { loadImport, type ImportModule } from "./imports.ts";
import type { Import } from "./modules.ts";
import { defineAlias, defineNames, isFixed, setConstant, type Pending } from "./names.ts";
import { CellRecords } from "./records.ts";
import type { Parse } from "./syntax.ts";

export interface EvaluatorOptions {
  /** The object whose properties the cells' top-level names become: globalThis. */
  readonly global: object;
  /** Resolves and loads a module for `import`; cells' `import()` arrives here too. */
  readonly importModule: ImportModule;
  /** What `import.meta` is. */
  readonly meta: { url: string } & Record<string, unknown>;
  /** Tried in order until one accepts the cell. Default: acorn alone. */
  readonly parsers?: readonly Parse[];
  /** Where nothing can stop a thread from outside: loops call `check` now and then, and it throws to stop them. */
  readonly guard?: { check(): void };
  /** Which files' stack frames no reader needs to see, beyond the evaluator's own and `node:`. It gets a path, or a URL that is no file's. */
  readonly isInternal?: (url: string) => boolean;
}

export interface CellResult {
  /** Whether the cell ends in an expression with a value other than undefined. */
  readonly hasValue: boolean;
  readonly value: unknown;
  /** What the reader should know though the cell worked: "`console` now hides the built-in …". */
  readonly warnings: readonly string[];
}

export interface Evaluator {
  /**
   * Runs one cell. file: "cell-3.ts", its name in stacks; one name, one text.
   * Rejects with whatever the cell throws, or CellSyntaxError if it cannot run at all.
   */
  run(source: string, file: string): Promise<CellResult>;
  /** The cell will never settle (it was interrupted): names it has not assigned get their old values back. */
  abandon(file: string): void;
  /** What a person should see of a thrown value: internal frames dropped, every position the reader's own. */
  describe(error: unknown): CellError;
  isComplete(source: string): Completeness;
}

type Script = (load: ImportModule, meta: object, tick: () => number) => unknown;

/** One evaluator per global object; its cells share their top-level names. */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { global, importModule, meta, parsers = [acornParse], guard } = options;
  const builtins = new Builtins(global);
  const records = new CellRecords();
  const running = new Map<string, Pending>();
  const evaluate = Reflect.get(global, "eval") as (script: string) => unknown;
  const clock = performance.now.bind(performance);
  const tick = guard ? createTick(() => guard.check(), clock) : () => 0;
  // A rejection, not an exception, whatever goes wrong: that is what import() promises.
  const load: ImportModule = async (specifier, importOptions) => await importModule(specifier, importOptions);

  function compile(source: string, file: string): [CompiledCell, main: Script, hoisted: Script | undefined] {
    const cell = compileCell(source, file, parsers, guard !== undefined);
    refuseFixed(cell, source, file);
    try {
      // Both scripts compile before anything is defined: a fault that only the engine sees leaves no trace either.
      return [
        cell,
        compileScript(cell.main, file),
        cell.hoisted === undefined ? undefined : compileScript(cell.hoisted, file),
      ];
    } catch (error) {
      throw findFault(source, file, parsers) ?? error;
    }
  }

  function compileScript(code: string, file: string): Script {
    return evaluate(`${code}\n//# sourceURL=${file}`) as Script;
  }

  function refuseFixed({ names, positions }: CompiledCell, source: string, file: string): void {
    const fixed = names.find(({ name }) => isFixed(global, name));
    if (!fixed) return;
    const message = `\`${fixed.name}\` cannot be declared: want a name that can be redefined, got one the language fixes; try another`;
    throw new CellSyntaxError(message, { file, ...positions.at(fixed.offset) }, source);
  }

  async function loadImports(cell: CompiledCell, file: string): Promise<[string, unknown][]> {
    const values: [string, unknown][] = [];
    for (const each of cell.imports) values.push(...(await loadAt(each, cell, file)));
    return values;
  }

  async function loadAt(each: Import, cell: CompiledCell, file: string): Promise<[string, unknown][]> {
    try {
      return await loadImport(each, importModule);
    } catch (error) {
      records.noteOrigin(error, { file, ...builtins.restored(() => cell.positions.at(each.offset)) });
      throw error;
    }
  }

  async function run(source: string, file: string): Promise<CellResult> {
    const [cell, main, hoisted] = builtins.restored(() => compile(source, file));
    records.add(file, cell.positions);
    const imported = cell.imports.length > 0 ? await loadImports(cell, file) : [];
    const declared = [...cell.names, ...starNames(imported, cell)];
    const hidden = builtins.shadow([
      ...declared.map(({ name }) => name),
      ...cell.aliases.map(([, name]) => name),
    ]);
    const pending = defineNames(global, declared);
    running.set(file, pending);
    try {
      for (const [name, value] of imported) setConstant(global, name, value);
      for (const [local, name] of cell.aliases) defineAlias(global, local, name);
      hoisted?.call(undefined, load, meta, tick);
      const value = await main.call(undefined, load, meta, tick);
      return { hasValue: cell.endsInExpression && value !== undefined, value, warnings: hidden.map(warning) };
    } catch (error) {
      pending.restore();
      throw error;
    } finally {
      running.delete(file);
    }
  }

  function abandon(file: string): void {
    running.get(file)?.restore();
    running.delete(file);
  }

  return {
    run,
    abandon,
    describe: (error) => builtins.restored(() => describeError(error, records, options.isInternal)),
    isComplete: (source) => builtins.restored(() => isComplete(source, parsers)),
  };
}

// `export * from` binds names that only the module knows.
function starNames(imported: readonly [string, unknown][], cell: CompiledCell): Declared[] {
  return imported
    .filter(([name]) => !cell.names.some((each) => each.name === name))
    .map(([name]) => ({ name, kind: "const" as const, offset: 0 }));
}

function warning(name: string): string {
  return `\`${name}\` now hides the built-in of that name, also from libraries; restart the kernel to have it back`;
}
