/**
 * The language server's documents: the project, one for the cell that is checked, one draft for text that is being written,
 * and the cells whose names later ones use. To change a document costs TypeScript a tenth of what another one costs, which
 * makes it put its whole program together anew: that is done while nobody waits.
 * Starts the server when it is first needed and again when it has died; a new one is given again what it must know.
 */
import { pathToFileURL } from "node:url";
import { ImportedFiles } from "./files.ts";
import type { CellModule, CellModules } from "./modules.ts";
import { projectDocuments, uriOf } from "./project.ts";
import { LanguageServer, type Diagnostic } from "./server.ts";

const draftFile = "draft.ts";
const checkedFile = "checked.ts";
/** A "run all" sends the next cell sooner than this: then it does not wait for what could be done in advance. */
const restMs = 5;

interface Running {
  readonly server: LanguageServer;
  /** Cells whose modules the server has. */
  readonly open: Set<string>;
  /** Versions of the documents that are written again and again. */
  readonly versions: Map<string, number>;
  /** A cell stands in the document for checks: one of another shell gets a document of its own. */
  isChecking: boolean;
  /** Whether it has answered about a cell: before that it is starting. */
  hasAnswered: boolean;
  /** A check that its cell did not wait for is still unanswered. */
  isLate: boolean;
}

export class Documents {
  readonly #folder: string;
  readonly #modules: CellModules;
  readonly #files: ImportedFiles;
  #first: LanguageServer | undefined;
  #running: Running | undefined;
  #starts = 0;
  #rest: NodeJS.Timeout | undefined;

  /** server: the first one, if it has been started already. */
  constructor(folder: string, modules: CellModules, server?: LanguageServer) {
    this.#first = server;
    this.#folder = folder;
    this.#modules = modules;
    this.#files = new ImportedFiles(folder);
  }

  /** How often a server that had died was replaced. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Whether the next question finds a server that has still to start. */
  get isStarting(): boolean {
    return !this.#running?.hasAnswered || this.#running.server.isGone || this.#running.isLate;
  }

  /** Starts a server if none runs, and lets it read what every cell needs. */
  start(): void {
    this.#prepare(this.#alive());
  }

  /** Forgets the server: the next question starts another, which reads files and packages anew. */
  restart(): void {
    this.dispose();
    this.#running = undefined;
    this.#starts = 0;
  }

  dispose(): void {
    clearTimeout(this.#rest);
    this.#first?.dispose();
    this.#running?.server.dispose();
  }

  /** What TypeScript has to say about a cell, hints among it. Rejects with ServerGone. */
  async diagnose(module: CellModule): Promise<readonly Diagnostic[]> {
    clearTimeout(this.#rest);
    if (this.#running?.isLate) this.#running.server.dispose(); // it hangs: another may not
    const running = this.#alive();
    this.#sayChanges(running, module.text);
    this.#openImports(running, module.imports);
    if (running.isChecking) {
      this.#open(running, module);
      return this.#ask(running, module.file);
    }
    running.isChecking = true;
    this.#write(running, checkedFile, module.text);
    return this.#ask(running, checkedFile).finally(() => (running.isChecking = false));
  }

  async #ask(running: Running, file: string): Promise<readonly Diagnostic[]> {
    const report = await running.server.request<{ items?: readonly Diagnostic[] }>(
      "textDocument/diagnostic",
      { textDocument: { uri: uriOf(this.#folder, file) } },
    );
    running.hasAnswered = true;
    running.isLate = false;
    return report.items ?? [];
  }

  /** The cell ran, and later ones may use its names: when there is a rest, the server gets it as a module and makes ready for the next. */
  keep(module: CellModule): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      const running = this.#running;
      if (!running || running.isChecking || running.server.isGone) return;
      if (module.outline.declared.length > 0 && this.#modules.get(module.file) === module)
        this.#openImports(running, [module.file]);
      this.#prepare(running);
    }, restMs);
    this.#rest.unref();
  }

  /** An empty cell is checked. */
  #prepare(running: Running): void {
    this.#write(running, checkedFile, "");
    void this.#ask(running, checkedFile).catch(() => undefined); // the next question will notice
  }

  /** Its cell did not wait for the last diagnosis. If that is still unanswered at the next one, the server is replaced. */
  giveUp(): void {
    if (this.#running) this.#running.isLate = true;
  }

  /** The server need not keep this cell. */
  close(file: string): void {
    if (!this.#running?.open.delete(file)) return;
    void this.#running.server
      .notify("textDocument/didClose", { textDocument: { uri: uriOf(this.#folder, file) } })
      .catch(() => undefined);
  }

  /** Closes the cells that nothing depends on any more. */
  closeForgotten(): void {
    for (const file of this.#running?.open ?? []) if (!this.#modules.get(file)) this.close(file);
  }

  /**
   * Asks about a place in a text that is being written. Lines are the draft's: the cell's first is line 1.
   * part: earlier cells' names that begin so are known too.
   */
  async askDraft<Result>(
    method: string,
    source: string,
    params: Readonly<Record<string, unknown>>,
    part = "",
  ): Promise<Result> {
    const running = this.#alive();
    const { text, imports } = this.#modules.draft(source, part);
    this.#sayChanges(running, text);
    this.#openImports(running, imports);
    const uri = this.#write(running, draftFile, text);
    return running.server.request<Result>(method, { textDocument: { uri }, ...params });
  }

  async ask<Result>(method: string, params: object): Promise<Result> {
    return this.#alive().server.request<Result>(method, params);
  }

  #alive(): Running {
    if (this.#running && !this.#running.server.isGone) return this.#running;
    this.#starts++;
    const server = this.#first ?? new LanguageServer(this.#folder, pathToFileURL(this.#folder).href);
    this.#first = undefined;
    const open = new Set<string>();
    const nothingSaid = { hasAnswered: false, isLate: false, isChecking: false };
    this.#running = { server, open, versions: new Map(), ...nothingSaid };
    for (const { uri, text, languageId } of projectDocuments(this.#folder))
      send(this.#running, "textDocument/didOpen", { textDocument: documentOf(uri, text, languageId) });
    return this.#running;
  }

  /** Files that cells import may have been edited since the server read them. */
  #sayChanges(running: Running, text: string): void {
    const changes = this.#files.changes().map(({ path, type }) => ({ uri: pathToFileURL(path).href, type }));
    if (changes.length > 0) send(running, "workspace/didChangeWatchedFiles", { changes });
    this.#files.note(text);
  }

  #openImports(running: Running, files: Iterable<string>): void {
    for (const each of this.#modules.withImports(files)) this.#open(running, each);
  }

  /** Replaces the text of a document that is written again and again. Returns its URI. */
  #write(running: Running, file: string, text: string): string {
    const uri = uriOf(this.#folder, file);
    const version = (running.versions.get(file) ?? 0) + 1;
    running.versions.set(file, version);
    if (version === 1) send(running, "textDocument/didOpen", { textDocument: documentOf(uri, text) });
    else
      send(running, "textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    return uri;
  }

  #open(running: Running, { file, text }: CellModule): void {
    if (running.open.has(file)) return;
    running.open.add(file);
    send(running, "textDocument/didOpen", { textDocument: documentOf(uriOf(this.#folder, file), text) });
  }
}

function documentOf(uri: string, text: string, languageId = "typescript"): object {
  return { uri, languageId, version: 1, text };
}

// A server that is gone is noticed by the request that follows.
function send({ server }: Running, method: string, params: object): void {
  void server.notify(method, params).catch(() => undefined);
}
