/**
 * The language of one kernel: cells are prepared before they run and remembered afterwards; front ends ask about text and names.
 * Loaded when it is first needed (index.ts). Owns the language server's process.
 */
import type { Outcome } from "../host/port.ts";
import { check, type Checked, type Checker } from "./check.ts";
import { complete, type Completion } from "./complete.ts";
import { Documents } from "./documents.ts";
import { inspect } from "./inspect.ts";
import type { Cell, LanguageHost, Prepared } from "./index.ts";
import { isMode, type Mode } from "./mode.ts";
import { CellModules } from "./modules.ts";
import { isComplete } from "./syntax.ts";

export class LanguageSession {
  readonly #checker: Checker;
  readonly #checked = new Map<string, Checked>();
  #mode: Mode;
  #hasSaidRestart = 0;

  constructor(host: LanguageHost) {
    const modules = new CellModules();
    const documents = new Documents(host.folder, modules);
    this.#checker = { documents, modules, peek: host.peek, counts: { checked: 0, unchecked: 0 } };
    const asked = process.env["BELOW_TYPECHECK"];
    this.#mode = isMode(asked) ? asked : "stop";
  }

  /** Starts the server while nobody waits for it. */
  start(): void {
    if (this.#mode !== "off") this.#checker.documents.start();
  }

  async prepare(cell: Cell): Promise<Prepared> {
    const { source, file, signal } = cell;
    const checked = await untilAborted(check(this.#checker, file, source, this.#mode), signal);
    if (!checked) return { kind: "stopped" };
    this.#sayRestart(cell);
    if (checked.note !== undefined) cell.say("stderr", checked.note);
    if (checked.failure) {
      this.#checker.documents.close(file);
      return { kind: "refused", failure: checked.failure };
    }
    this.#checked.set(file, checked);
    return { kind: "ready", source };
  }

  ran(file: string, outcome: Outcome["kind"]): void {
    const checked = this.#checked.get(file);
    this.#checked.delete(file);
    if (!checked?.module) return;
    const { modules, documents } = this.#checker;
    const { module, uncertain } = checked;
    // A cell that failed half way may have left some names with their old values.
    const unreached =
      outcome === "ok"
        ? []
        : module.outline.declared.map(({ name }) => name).filter((name) => modules.find(name));
    modules.add(module, new Set([...uncertain, ...unreached]));
    documents.closeForgotten();
    if (module.outline.declared.length === 0) documents.close(file);
  }

  complete(code: string, cursor: number): Promise<Completion> {
    return complete(this.#checker, code, cursor);
  }

  inspect(code: string, cursor: number, detail: boolean): ReturnType<typeof inspect> {
    return inspect(this.#checker, code, cursor, detail);
  }

  isComplete(code: string): ReturnType<typeof isComplete> {
    return isComplete(code);
  }

  dispose(): void {
    this.#checker.documents.dispose();
  }

  /** A server that died is replaced without a question; that it was is said once. */
  #sayRestart(cell: Cell): void {
    const { restarts } = this.#checker.documents;
    if (restarts <= this.#hasSaidRestart) return;
    this.#hasSaidRestart = restarts;
    cell.say("stderr", "typecheck: the language server had ended and was started again\n");
  }
}

/** Undefined when the reader's interrupt comes first. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stopped = Promise.withResolvers<undefined>();
  if (signal.aborted) stopped.resolve(undefined);
  const stop = (): void => stopped.resolve(undefined);
  signal.addEventListener("abort", stop);
  work.catch(() => undefined); // if it loses
  return Promise.race([work, stopped.promise]).finally(() => signal.removeEventListener("abort", stop));
}
