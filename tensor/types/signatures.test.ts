/**
 * Signature help stays readable: what the language server shows at each call of types/signatures.ts is the comment after it.
 * Judge: TypeScript's own server, over its protocol, as the kernel and editors talk to it.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, test } from "vitest";
import { compilerPath } from "./compiler.ts";

const file = fileURLToPath(new URL("signatures.ts", import.meta.url));
const uri = pathToFileURL(file).href;
const text = readFileSync(file, "utf8");
let server: Server;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
}

/** A language server over standard input and output: header, blank line, JSON. */
class Server {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  constructor() {
    this.#process = spawn(compilerPath(), ["--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
    this.#process.stdout?.on("data", (chunk: Buffer) => this.#receive(chunk));
  }
  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#lastId;
    this.#send({ id, method, params });
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
  notify(method: string, params: object): void {
    this.#send({ method, params });
  }
  dispose(): void {
    this.#process.kill();
  }
  #send(message: object): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
    this.#process.stdin?.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
  }
  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const start = this.#received.indexOf("\r\n\r\n") + 4;
      const length = Number(
        /Content-Length: (\d+)/.exec(this.#received.toString("latin1", 0, start))?.[1] ?? Infinity,
      );
      if (start < 4 || this.#received.length < start + length) return;
      this.#dispatch(JSON.parse(this.#received.toString("utf8", start, start + length)) as Message);
      this.#received = this.#received.subarray(start + length);
    }
  }
  #dispatch({ id, method, result }: Message): void {
    if (id === undefined) return;
    if (method !== undefined) this.#send({ id, result: null });
    else this.#waiting.get(id)?.(result);
  }
}

beforeAll(async () => {
  server = new Server();
  await server.request("initialize", {
    processId: null,
    rootUri: new URL("../..", uri).href,
    capabilities: {},
  });
  server.notify("initialized", {});
  server.notify("textDocument/didOpen", {
    textDocument: { uri, languageId: "typescript", version: 1, text },
  });
});
afterAll(() => server.dispose());

/** The calls of the fixture: where each one's parenthesis is, and what is to be shown there. */
const calls = text.split("\n").flatMap((line, i) => {
  const [code, label] = line.split("; // ");
  return label === undefined ? [] : [{ line: i, character: code.indexOf("(") + 1, code, label }];
});

test.for(calls)("$code", async ({ line, character, label }) => {
  const help = await server.request("textDocument/signatureHelp", {
    textDocument: { uri },
    position: { line, character },
  });
  const { signatures } = help as { readonly signatures: readonly { readonly label: string }[] };
  assert.equal(signatures[0].label, label);
});

test("the help of a call that has no argument yet never says never", async () => {
  const unfinished = text.replace("x.matmul(w)", "x.matmul()").replace("x.add(1)", "x.add()");
  server.notify("textDocument/didChange", {
    textDocument: { uri, version: 2 },
    contentChanges: [{ text: unfinished }],
  });
  for (const { line, character, code } of calls.slice(0, 2)) {
    const help = await server.request("textDocument/signatureHelp", {
      textDocument: { uri },
      position: { line, character },
    });
    const label = (help as { signatures: { label: string }[] }).signatures[0].label;
    assert.ok(!label.includes("never"), `${code} shows ${label}`);
  }
});
