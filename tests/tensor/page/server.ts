/**
 * A local server of this repository's source for a browser: TypeScript with its types taken out, everything else as it is.
 * In: a folder, and whether the page may share memory. Out: an address. Serves nothing outside the folder.
 */
import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { transform } from "oxc-transform";

const types: Readonly<Record<string, string>> = {
  ".ts": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
};

/** What makes a page cross-origin isolated, and so gives it SharedArrayBuffer. Source: HTML, 7.1.3. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export interface SourceServer {
  /** Ends with a slash. */
  readonly url: string;
  dispose(): Promise<void>;
}

export async function serveSource(root: string, isolated: boolean): Promise<SourceServer> {
  const headers = isolated ? isolation : {};
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://local").pathname);
    answer(root, path, headers, response).catch((error: unknown) => {
      response.writeHead(404, headers).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, dispose: () => close(server) };
}

async function answer(
  root: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  response: ServerResponse,
): Promise<void> {
  if (path === "/") {
    response
      .writeHead(200, { ...headers, "Content-Type": "text/html" })
      .end("<!doctype html><title>tensor</title>");
    return;
  }
  const file = join(root, normalize(path));
  const type = types[extname(file)];
  if (type === undefined || !file.startsWith(root)) throw new RangeError(`want a source file, got ${path}`);
  const text = await readFile(file, "utf8");
  response
    .writeHead(200, { ...headers, "Content-Type": type })
    .end(extname(file) === ".ts" ? await stripped(file, text) : text);
}

async function stripped(file: string, text: string): Promise<string> {
  const { code, errors } = await transform(file, text);
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
  return code;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
