/**
 * Loads what a cell imports, before the cell runs, and says who is missing.
 * Bindings are copies made now: a module that later changes an exported `let` does not reach the cell.
 */
import type { Import } from "./modules.ts";

// Between cells these may have become anything: a cell may declare `const Object = 1`.
const { entries, keys } = Object;
const { get } = Reflect;
const MissingExport = SyntaxError;

/** The host's way to a module: the namespace of `specifier`. */
export type ImportModule = (specifier: string, options?: ImportCallOptions) => Promise<unknown>;

/** [local name, value] of every binding of an import. Throws what loading threw, or a SyntaxError that names the missing export. */
export async function loadImport(each: Import, importModule: ImportModule): Promise<[string, unknown][]> {
  const options = each.attributes && { with: { ...each.attributes } };
  const namespace = (await (options
    ? importModule(each.specifier, options)
    : importModule(each.specifier))) as object;
  return each.bindings.flatMap(([exported, local]): [string, unknown][] => {
    if (exported !== "*") return [[local, read(namespace, exported, each.specifier)]];
    if (local !== "*") return [[local, namespace]];
    return entries(namespace).filter(([name]) => name !== "default");
  });
}

function read(namespace: object, name: string, specifier: string): unknown {
  if (name in namespace) return get(namespace, name);
  const names = keys(namespace);
  const got =
    names.length > 0 ? names.slice(0, 12).join(", ") + (names.length > 12 ? ", …" : "") : "no exports";
  throw new MissingExport(
    `import from "${specifier}": want the export \`${name}\`, got ${got}${hint(name, names, specifier)}`,
  );
}

function hint(name: string, names: readonly string[], specifier: string): string {
  if (name === "default") return names.length > 0 ? `; try import * as name from "${specifier}"` : "";
  const near =
    names.find((each) => each.toLowerCase() === name.toLowerCase()) ??
    names.find((each) => isOneOff(each, name));
  if (near !== undefined) return `; did you mean \`${near}\`?`;
  return /^[A-Z]/.test(name) ? "; if it is a type, try `import type`" : "";
}

// One letter added, dropped or changed.
function isOneOff(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return restA.slice(1) === restB || restA === restB.slice(1) || restA.slice(1) === restB.slice(1);
}
