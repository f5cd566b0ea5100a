/**
 * TypeScript 7 as a language server: one process, spoken to by JSON-RPC over its standard input and output.
 * Documents go in, diagnostics, completions, hovers and signatures come out. It knows no cells.
 * `tsc --lsp` is undocumented: TypeScript is pinned, no other file of the kernel starts it, and server.test.ts holds what we rely on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { lineStarts } from "../evaluate/lines.ts";

/** The server's process is gone; what was asked of it will not be answered. */
export class ServerGone extends Error {
  override readonly name = "ServerGone";
}

/** 0-based, columns in UTF-16 units: LSP's. */
export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Range {
  readonly start: Position;
  readonly end: Position;
}
export interface Diagnostic {
  readonly range: Range;
  /** 1 error, 2 warning, 3 information, 4 hint. */
  readonly severity: number;
  readonly code: number;
  readonly message: string;
}
export interface CompletionItem {
  readonly label: string;
  /** LSP's CompletionItemKind. */
  readonly kind?: number;
  readonly sortText?: string;
  readonly insertText?: string;
  readonly textEdit?: { readonly newText: string; readonly range?: Range; readonly replace?: Range };
  readonly data?: unknown;
  readonly detail?: string;
  readonly documentation?: string | { readonly value: string };
}
export interface Signatures {
  readonly signatures: readonly {
    readonly label: string;
    readonly documentation?: string | { readonly value: string };
    readonly parameters?: readonly {
      readonly label: string | readonly [number, number];
      readonly documentation?: string | { readonly value: string };
    }[];
  }[];
  readonly activeSignature?: number;
  readonly activeParameter?: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}
interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * No suggestions that would need an import: a match is only text, and to find them the server reads all packages, which
 * takes 100 MB and tens of milliseconds at each completion.
 */
const settings = {
  suggest: { autoImports: false },
  preferences: { includeCompletionsForModuleExports: false },
  disableAutomaticTypeAcquisition: true,
  tsserver: { automaticTypeAcquisition: { enabled: false } },
};

const capabilities = {
  workspace: { configuration: true },
  textDocument: {
    hover: { contentFormat: ["markdown", "plaintext"] },
    completion: { completionItem: { documentationFormat: ["markdown"], insertReplaceSupport: false } },
    signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
    diagnostic: { dynamicRegistration: false },
  },
};

export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<unknown>;
  #received: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #isGone = false;
  /** How the process ended, in words. Never rejects. */
  readonly ended: Promise<string>;

  /** Starts a server for documents in `folder`. It is ready when it is; requests wait for that by themselves. */
  constructor(folder: string, rootUri: string) {
    // A group of its own: Ctrl+C in a terminal is meant for the kernel. It ends when its standard input closes, however we end.
    this.#process = spawn(compilerPath(), ["--lsp", "--stdio"], {
      cwd: folder,
      // Of its own accord it would run `npm install types-registry@latest`. Without a PATH it finds no npm, whatever the settings.
      env: { ...process.env, PATH: "", Path: "" },
      stdio: ["pipe", "pipe", "ignore"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#process.stdin?.on("error", () => undefined); // its end says it
    this.#process.stdout?.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.ended = new Promise((resolve) => {
      this.#process.on("error", (error) => resolve(error.message));
      this.#process.on("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    void this.ended.then((how) => this.#lose(how));
    this.#ready = this.#initialize(rootUri);
    this.#ready.catch(() => undefined); // whoever asks hears of it
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Rejects with ServerGone when the process ends first, and with an Error when the server refuses. */
  async request<Result>(method: string, params: object): Promise<Result> {
    await this.#ready;
    return (await this.#ask(method, params)) as Result;
  }

  /** Order is kept between notifications and requests. */
  async notify(method: string, params: object): Promise<void> {
    await this.#ready;
    this.#send({ method, params });
  }

  /** It has nothing to save, and one that is stopped would not hear a kinder signal. */
  dispose(): void {
    this.#lose("it was ended");
    this.#process.kill("SIGKILL");
  }

  async #initialize(rootUri: string): Promise<void> {
    await this.#ask("initialize", {
      processId: process.pid,
      rootUri,
      capabilities,
      initializationOptions: { disableAutomaticTypeAcquisition: true },
    });
    this.#send({ method: "initialized", params: {} });
  }

  #ask(method: string, params: object): Promise<unknown> {
    if (this.#isGone) return Promise.reject(new ServerGone("the language server is gone"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#process.stdin?.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    for (;;) {
      const start = this.#received.indexOf("\r\n\r\n") + 4;
      if (start < 4) return;
      const header = this.#received.toString("latin1", 0, start);
      const length = Number(/Content-Length: (\d+)/i.exec(header)?.[1]);
      if (this.#received.length < start + length) return;
      this.#take(JSON.parse(this.#received.toString("utf8", start, start + length)) as Message);
      this.#received = this.#received.subarray(start + length);
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method !== undefined) {
      if (id !== undefined) this.#send({ id, result: answerTo(method, params) });
      return;
    }
    const waiting = this.#waiting.get(id ?? -1);
    this.#waiting.delete(id ?? -1);
    if (error) waiting?.reject(new Error(`language server: ${error.message}`));
    else waiting?.resolve(result);
  }

  #lose(how: string): void {
    this.#isGone = true;
    for (const { reject } of this.#waiting.values())
      reject(new ServerGone(`the language server ended (${how})`));
    this.#waiting.clear();
  }
}

/** The offset of a position in a text. */
export function offsetAt(text: string, { line, character }: Position): number {
  return (lineStarts(text)[line] ?? text.length) + character;
}

/** Its own questions: which settings? Anything else (may I watch files?) gets "nothing". */
function answerTo(method: string, params: unknown): unknown {
  if (method !== "workspace/configuration") return null;
  return (params as { items: readonly unknown[] }).items.map(() => settings);
}

/** TypeScript 7 is a program for each platform; its package for JavaScript only starts it. */
function compilerPath(): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return path.join(path.dirname(manifest), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
}
