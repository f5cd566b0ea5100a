/**
 * Checks a cell's types before it runs. Text and mode in; what was found, and what the reader must hear, out.
 * A check that cannot be made in time never passes in silence: the cell runs, a line says so, and it is counted.
 */
import type { Documents } from "./documents.ts";
import { failureOf, isUnknownName, report, typeErrors, type TypeError } from "./errors.ts";
import type { Failure } from "../host/port.ts";
import type { Peek } from "./live.ts";
import { namesThatExist } from "./live.ts";
import type { Mode } from "./mode.ts";
import type { CellModule, CellModules } from "./modules.ts";
import { ServerGone } from "./server.ts";

/** How long a cell waits for its check, and how much longer when the server has still to start. */
const deadlineMs = Number(process.env["BELOW_TYPECHECK_DEADLINE_MS"] ?? 3000);
const startingMs = 10_000;

export interface Checker {
  readonly documents: Documents;
  readonly modules: CellModules;
  readonly peek: Peek;
  readonly counts: Counts;
}

/** Cells of this session. */
export interface Counts {
  checked: number;
  /** Ran unchecked because the server did not answer in time, or was gone. */
  unchecked: number;
}

export interface Checked {
  readonly module: CellModule | undefined;
  /** The cell must not run. */
  readonly failure?: Failure;
  /** A line or more for stderr. */
  readonly note?: string;
  /** Names of the cell whose declarations have an error: nothing is claimed of their types afterwards. */
  readonly uncertain: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();

export async function check(checker: Checker, file: string, source: string, mode: Mode): Promise<Checked> {
  const module = checker.modules.create(file, source);
  if (!module || mode === "off") return { module, uncertain: nothing };
  const errors = await diagnose(checker, module);
  if (typeof errors === "string") return { module, uncertain: nothing, note: `${errors}\n` };
  if (errors.length === 0) return { module, uncertain: nothing };
  if (mode === "stop") {
    checker.modules.refuse(module);
    return { module, uncertain: nothing, failure: failureOf(file, source, errors) };
  }
  return { module, uncertain: namesIn(module, errors), note: `${report(file, source, errors).join("\n")}\n` };
}

/** The cell's errors; or, where there is no answer, a line that says so. */
async function diagnose(checker: Checker, module: CellModule): Promise<readonly TypeError[] | string> {
  const { documents, counts } = checker;
  const limitMs = deadlineMs + (documents.isStarting ? startingMs : 0);
  try {
    const diagnostics = await inTime(documents.diagnose(module), limitMs);
    if (diagnostics) {
      counts.checked++;
      return await withoutKnownNames(checker, module.text, typeErrors(module, diagnostics));
    }
    documents.giveUp();
    counts.unchecked++;
    return `typecheck: no answer within ${limitMs / 1000} s: ${module.file} ran unchecked (${counts.unchecked} so far)`;
  } catch (error) {
    if (!(error instanceof ServerGone)) throw error;
    counts.unchecked++;
    return `typecheck: ${error.message}: ${module.file} ran unchecked (${counts.unchecked} so far); the next cell starts another`;
  }
}

/**
 * TypeScript only knows names that cells declare. Others may have been made by running code, and one of a cell that was
 * stopped by its own type error has its cause there.
 */
async function withoutKnownNames(
  { peek, modules }: Checker,
  text: string,
  errors: readonly TypeError[],
): Promise<readonly TypeError[]> {
  const unknown = new Set(errors.filter(isUnknownName).map(({ text }) => text));
  if (unknown.size === 0) return errors;
  const existing = await namesThatExist(peek, [...unknown]);
  for (const name of unknown) if (text.includes(`globalThis.${name}`)) existing.add(name);
  const kept = errors.filter((error) => !(isUnknownName(error) && existing.has(error.text)));
  const first = (error: TypeError): boolean =>
    kept.find((each) => isUnknownName(each) && each.text === error.text) === error;
  return kept.flatMap((error) => {
    const cause = isUnknownName(error) ? modules.refusedBy(error.text) : undefined;
    if (cause === undefined) return [error];
    const message = `Cannot find name '${error.text}': ${cause}, which declares it, was stopped by a type error.`;
    return first(error) ? [{ ...error, message, details: [] }] : [];
  });
}

function namesIn({ outline }: CellModule, errors: readonly TypeError[]): ReadonlySet<string> {
  const wrong = outline.declared.filter(({ start, end }) =>
    errors.some(({ offset }) => offset >= start && offset < end),
  );
  return new Set(wrong.map(({ name }) => name));
}

/** Undefined if the answer does not come within `limitMs`. */
export async function inTime<T>(answer: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), limitMs)));
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
