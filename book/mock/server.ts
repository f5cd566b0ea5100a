/**
 * The mock server: routes, key, limit, and a record of every request with its price.
 * Listens on this machine only. One handle owns the port; `close()` ends every open connection.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { answer } from "./answer.ts";
import type { Refusal } from "./chat.ts";
import { limiter } from "./limit.ts";
import { costOf, type Usage } from "./prices.ts";
import { refuse, type Reply, replyStream, replyWhole } from "./reply.ts";
import { type ChatRequest, readRequest } from "./request.ts";
import { player, type Script } from "./script.ts";

/** One request that was answered or refused. */
export interface Billed {
  readonly model: string;
  readonly status: number;
  readonly usage?: Usage;
  /** US dollars. */
  readonly cost: number;
}

export interface MockOptions {
  readonly script: Script;
  /** Default: one that is free. */
  readonly port?: number;
  /** The key a client must send. Default: "sk-below". */
  readonly key?: string;
  readonly onRequest?: (billed: Billed) => void;
}

export interface Mock {
  /** What a client takes as its base URL. */
  readonly url: string;
  readonly key: string;
  /** All requests so far, in the order in which they were decided. */
  readonly bill: readonly Billed[];
  close(): Promise<void>;
}

const MOST_BYTES = 1_000_000;

/** Throws Error if the port is taken. */
export async function startMock(options: MockOptions): Promise<Mock> {
  const { script, port = 0, key = "sk-below" } = options;
  const bill: Billed[] = [];
  const routes = createRoutes(script, (billed) => {
    bill.push(billed);
    options.onRequest?.(billed);
  });
  const server = createServer((request, response) => void serve(request, response, key, routes));
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    key,
    bill,
    close: () => close(server),
  };
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

function createRoutes(script: Script, record: (billed: Billed) => void): Readonly<Record<string, Route>> {
  const ask = limiter(script.requestsPerMinute, () => performance.now());
  const play = player(script);
  return {
    "GET /v1/models": (_, response) => json(response, modelList(script)),
    "GET /v1/prices": (_, response) =>
      json(response, { unit: "USD per million tokens", models: script.models }),
    "POST /v1/chat/completions": async (request, response) => {
      const chat = readRequest(await body(request));
      const verdict = ask();
      const outcome = verdict.isAllowed
        ? answer(script, play, chat)
        : { refusal: tooMany(verdict.waitSeconds) };
      if ("refusal" in outcome) {
        record({ model: chat.model, status: outcome.refusal.status, cost: 0 });
        throw outcome.refusal;
      }
      const { reply, model } = outcome;
      record({ model: chat.model, status: 200, usage: reply.usage, cost: costOf(model, reply.usage) });
      await send(response, chat, reply);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  routes: Readonly<Record<string, Route>>,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const route = routes[`${request.method} ${pathname}`];
  try {
    if (request.headers.authorization !== `Bearer ${key}`) throw wrongKey();
    if (route === undefined) throw unknownRoute(`${request.method} ${pathname}`, Object.keys(routes));
    await route(request, response);
  } catch (error) {
    if (isRefusal(error) && !response.headersSent) refuse(response, error);
    else if (!response.destroyed) response.destroy(error instanceof Error ? error : undefined);
  }
}

/** Stops when the client has gone: nobody is there to read on. */
async function send(response: ServerResponse, chat: ChatRequest, reply: Reply): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    if (chat.stream) await replyStream(response, reply, chat.includeUsage, gone.signal);
    else await replyWhole(response, reply, gone.signal);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

async function body(request: IncomingMessage): Promise<string> {
  if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES)
    throw {
      status: 413,
      message: `body: want at most ${MOST_BYTES} bytes`,
      type: "invalid_request_error",
      code: null,
    };
  return text(request);
}

function json(response: ServerResponse, value: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function modelList({ models }: Script): object {
  return {
    object: "list",
    data: models.map(({ id }) => ({ id, object: "model", created: 0, owned_by: "below" })),
  };
}

function tooMany(waitSeconds: number): Refusal {
  const message = `Rate limit reached; try again in ${waitSeconds} s`;
  const headers = { "retry-after": `${waitSeconds}` };
  return { status: 429, message, type: "rate_limit_error", code: "rate_limit_exceeded", headers };
}

function wrongKey(): Refusal {
  return {
    status: 401,
    message: "Incorrect API key provided",
    type: "invalid_request_error",
    code: "invalid_api_key",
  };
}

function unknownRoute(got: string, known: readonly string[]): Refusal {
  return {
    status: 404,
    message: `want ${known.join(", ")}, got ${got}`,
    type: "invalid_request_error",
    code: null,
  };
}

const isRefusal = (error: unknown): error is Refusal =>
  typeof error === "object" && error !== null && "status" in error && "type" in error;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
