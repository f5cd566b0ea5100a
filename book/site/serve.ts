/**
 * A small server for a folder of pages, on this machine only. With `live`, pages reload when told to: the reader's
 * own copy stays free of it. Nothing outside the folder is ever sent.
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

export interface ServeOptions {
  readonly folder: string;
  /** 0: any free one. */
  readonly port: number;
  /** "/", or where the site is mounted: "/book/". */
  readonly base?: string;
  readonly live?: boolean;
}

export interface Served {
  readonly address: string;
  /** Tells every open page what happened: "reload", or words to show. */
  notify(event: "reload" | "fault" | "good", text?: string): void;
  dispose(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

const EVENTS = "__events";

/** Keeps the reader's place, and shows what the last change broke. */
const LIVE = `<script>
(() => {
  const at = sessionStorage.getItem("below-scroll");
  if (at !== null) addEventListener("load", () => scrollTo(0, Number(at)));
  sessionStorage.removeItem("below-scroll");
  const events = new EventSource("BASE${EVENTS}");
  const show = (text) => {
    document.getElementById("below-fault")?.remove();
    if (text === "") return;
    const box = document.createElement("pre");
    box.id = "below-fault";
    box.setAttribute("role", "alert");
    box.style.cssText = "position:fixed;inset:auto 0 0 0;z-index:99;margin:0;padding:1rem;max-height:40vh;overflow:auto;white-space:pre-wrap;background:#5c1a10;color:#fff;font:14px/1.5 monospace";
    box.textContent = text;
    document.body.append(box);
  };
  events.addEventListener("reload", () => { sessionStorage.setItem("below-scroll", String(scrollY)); location.reload(); });
  events.addEventListener("fault", (event) => show(JSON.parse(event.data)));
  events.addEventListener("good", () => show(""));
})();
</script>`;

export async function serveFolder(options: ServeOptions): Promise<Served> {
  const audience: Audience = { listeners: new Set(), last: "" };
  const base = options.base ?? "/";
  const server = createServer((request, response) =>
    answer({ ...options, base }, audience, request, response),
  );
  server.listen(options.port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${base}`,
    notify(event, text = "") {
      const message = `event: ${event}\ndata: ${JSON.stringify(text)}\n\n`;
      if (event !== "reload") audience.last = message;
      for (const listener of audience.listeners) listener.write(message);
    },
    async dispose() {
      for (const listener of audience.listeners) listener.end();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Audience {
  readonly listeners: Set<ServerResponse>;
  /** The last word on whether the book is good. */
  last: string;
}

type Serving = ServeOptions & { readonly base: string };

function answer(
  options: Serving,
  audience: Audience,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = decode((request.url ?? "/").split("?")[0]);
  if (path === undefined || !path.startsWith(options.base)) return refuse(response);
  const rest = path.slice(options.base.length);
  if (options.live && rest === EVENTS) return listen(audience, response);
  const file = fileOf(options.folder, rest);
  if (file === undefined) return refuse(response);
  if (rest !== "" && !rest.endsWith("/") && file.endsWith(`${sep}index.html`))
    return void response.writeHead(301, { Location: `${path}/` }).end();
  response.writeHead(200, {
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    "Cache-Control": "no-cache",
  });
  if (!options.live || !file.endsWith(".html")) return void createReadStream(file).pipe(response);
  response.end(
    readFileSync(file, "utf8").replace("</body>", () => `${LIVE.replace("BASE", options.base)}</body>`),
  );
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // a broken escape names nothing
  }
}

/** The file that a path names, if it lies in the folder. */
function fileOf(folder: string, path: string): string | undefined {
  const wanted = normalize(join(folder, path));
  if (wanted !== normalize(folder) && !wanted.startsWith(normalize(folder + sep))) return undefined;
  const places = [wanted, join(wanted, "index.html")];
  return places.find((place) => existsSync(place) && statSync(place).isFile());
}

/** A page that opens late hears at once how things stand. */
function listen({ listeners, last }: Audience, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
  response.write(`retry: 500\n\n${last}`);
  listeners.add(response);
  response.on("close", () => listeners.delete(response));
}

function refuse(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("not found\n");
}
