/**
 * The language of one kernel: cells are prepared before they run and remembered afterwards; front ends ask about text and names.
 * Loaded when it is first needed (index.ts). Owns the language server's process.
 */
import type { Outcome } from "../host/port.ts";
import { check, type Checked, type Checker } from "./check.ts";
import { complete, type Completion } from "./complete.ts";
import {
  DirectiveError,
  directiveFailure,
  helpText,
  mayHaveDirectives,
  takeDirectives,
  type Directive,
} from "./directives.ts";
import { Documents } from "./documents.ts";
import { inspect } from "./inspect.ts";
import type { Cell, LanguageHost, Prepared } from "./index.ts";
import { firstMode, isMode, type Mode } from "./mode.ts";
import { CellModules } from "./modules.ts";
import { nearest } from "../nearest.mjs";
import type { LanguageServer } from "./server.ts";
import type { isComplete } from "./syntax.ts";
import { variables, variablesBundle, type Variable } from "./variables.ts";

/** A cell between its preparation and its end. */
interface Ready {
  readonly checked: () => Pick<Checked, "module" | "uncertain">;
  readonly end: () => void;
}

export class LanguageSession {
  readonly #checker: Checker;
  readonly #folder: string;
  readonly #ready = new Map<string, Ready>();
  #mode: Mode;
  #hasSaidRestart = 0;

  /** `server`: one that nobody has spoken to yet. */
  constructor(host: LanguageHost, server: LanguageServer | undefined) {
    this.#folder = host.folder;
    const modules = new CellModules();
    const documents = new Documents(host.folder, modules, server);
    this.#checker = { documents, modules, peek: host.peek, counts: { checked: 0, unchecked: 0 } };
    this.#mode = firstMode();
  }

  /** Starts the server while nobody waits for it. */
  start(): void {
    if (this.#mode !== "off") this.#checker.documents.start();
  }

  /** What the cell declares is found out when it has run: meanwhile nobody needs to know. */
  admits(file: string, source: string): boolean {
    if (this.#mode !== "off" || mayHaveDirectives(source)) return false;
    const { modules } = this.#checker;
    this.#ready.set(file, {
      checked: () => ({ module: modules.create(file, source), uncertain: new Set() }),
      end: () => undefined,
    });
    return true;
  }

  async prepare(cell: Cell): Promise<Prepared> {
    try {
      return (await untilAborted(this.#prepare(cell), cell.signal)) ?? { kind: "stopped" };
    } catch (error) {
      if (!(error instanceof DirectiveError)) throw error;
      return { kind: "refused", failure: directiveFailure(error, cell.file, cell.source) };
    }
  }

  async #prepare(cell: Cell): Promise<Prepared> {
    const { file, signal } = cell;
    const { source, directives } = takeDirectives(cell.source);
    const sessionMode = this.#mode;
    let mode: Mode;
    try {
      for (const each of directives) await this.#obey(each, cell);
    } finally {
      mode = this.#mode;
      if (source.trim() !== "") this.#mode = sessionMode; // above code it is for this cell
    }
    const checked = await check(this.#checker, file, source, mode);
    if (signal.aborted) return { kind: "stopped" };
    this.#sayRestart(cell);
    if (checked.note !== undefined) cell.say("stderr", checked.note);
    if (checked.failure) {
      this.#checker.documents.close(file);
      return { kind: "refused", failure: checked.failure };
    }
    const isTimed = directives.some(({ name }) => name === "time");
    this.#ready.set(file, { checked: () => checked, end: isTimed ? startClock(cell) : () => undefined });
    return { kind: "ready", source };
  }

  async #obey({ name, argument, line }: Directive, cell: Cell): Promise<void> {
    switch (name) {
      case "time":
        return;
      case "help":
        return cell.say("stdout", helpText());
      case "env":
        return cell.say("stdout", env(argument));
      case "who":
        return cell.show(variablesBundle(await this.variables()));
      case "typecheck":
        return this.#setMode(argument, line, cell);
      case "npm":
        const { npm } = await import("./npm.ts");
        await npm(argument, this.#folder, cell);
        // It has read the folders of packages as they were.
        return this.#checker.documents.restart();
    }
  }

  #setMode(argument: string, line: number, cell: Cell): void {
    if (isMode(argument)) {
      this.#mode = argument;
      return;
    }
    if (argument !== "")
      throw new DirectiveError(
        `%typecheck: want off, warn or stop, got ${argument}; try %typecheck warn`,
        line,
      );
    const { checked, unchecked } = this.#checker.counts;
    cell.say("stdout", `typecheck: ${this.#mode}; ${checked} cells checked, ${unchecked} ran unchecked\n`);
  }

  ended(file: string): void {
    this.#ready.get(file)?.end();
  }

  ran(file: string, outcome: Outcome["kind"]): void {
    const ready = this.#ready.get(file);
    this.#ready.delete(file);
    const { module, uncertain } = ready?.checked() ?? {};
    if (!module) return;
    const { modules, documents } = this.#checker;
    // A cell that failed half way may have left some names with their old values.
    const unreached =
      outcome === "ok"
        ? []
        : module.outline.declared.map(({ name }) => name).filter((name) => modules.find(name));
    modules.add(module, new Set([...(uncertain ?? []), ...unreached]));
    documents.closeForgotten();
    if (module.outline.declared.length === 0) documents.close(file);
    documents.keep(module);
  }

  complete(code: string, cursor: number): Promise<Completion> {
    return complete(this.#checker, code, cursor);
  }

  inspect(code: string, cursor: number, detail: boolean): ReturnType<typeof inspect> {
    return inspect(this.#checker, code, cursor, detail);
  }

  variables(): Promise<readonly Variable[]> {
    return variables(this.#checker);
  }

  /** Its second parser loads with the first question: the language server is not to wait for it. */
  async isComplete(code: string): Promise<ReturnType<typeof isComplete>> {
    const syntax = await import("./syntax.ts");
    return syntax.isComplete(code);
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

/** Says at the end how long a cell took: on the wall's clock, and on all processors of this process. */
function startClock(cell: Cell): () => void {
  const began = performance.now();
  const before = process.cpuUsage();
  return () => {
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    cell.say("stdout", `time: ${duration(wallMs)} (processor ${duration((user + system) / 1000)})\n`);
  };
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `NAME=VALUE` sets it, `NAME` shows it, nothing shows all; what cells read is the same. */
function env(argument: string): string {
  const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(argument) ?? [];
  if (name !== undefined) process.env[name] = value;
  const one = name ?? argument;
  if (one === "")
    return Object.entries(process.env)
      .map(([key, text]) => `${key}=${text}\n`)
      .toSorted()
      .join("");
  if (process.env[one] === undefined) {
    const near = nearest(one, Object.keys(process.env));
    throw new DirectiveError(
      `%env: want a variable that is set, got ${one}${near === undefined ? "" : `; try ${near}`}`,
    );
  }
  return `${one}=${process.env[one]}\n`;
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
