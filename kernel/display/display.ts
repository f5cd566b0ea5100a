/**
 * Showing a value now, rather than at the end of the cell; clearing what was shown; asking the reader.
 * Values in, messages to the host out (host.ts). Without a host it prints text.
 */
import { checked, toBundle, type MimeBundle } from "./bundle.ts";
import { findHost, type DisplayHost } from "./host.ts";

const { JSON, Promise } = globalThis; // as they are now: a cell may declare names over them

export interface DisplayOptions {
  /** `value` is a MIME bundle already: `display({ "text/html": "<b>hi</b>" }, { raw: true })`. */
  readonly raw?: boolean;
  /** Names the output, so that a later `update` can replace it. */
  readonly displayId?: string;
  /** Replaces what was shown under `displayId`, wherever it stands. */
  readonly update?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/**
 * Shows `value` under the running cell. A value that makes its bundle asynchronously keeps the cell open until it is shown.
 * Throws a TypeError for a bundle that is none, and when `update` has no `displayId`.
 */
export function display(value: unknown, options: DisplayOptions = {}): void {
  if (options.update && options.displayId === undefined)
    throw new TypeError("display: want a displayId to update, got none; try { displayId, update: true }");
  const host = findHost();
  const inspect = (value: unknown): string => (host ? host.inspect(value) : String(value));
  const bundle = options.raw ? checked(value) : toBundle(value, inspect);
  const publish = (data: MimeBundle): void => (host ? publishTo(host, data, options) : print(data));
  if (!(bundle instanceof Promise)) return publish(bundle);
  const shown = bundle.then(publish);
  if (host) host.waitFor(shown);
  else shown.catch((error: unknown) => console.error(error));
}

/** Removes the outputs of the running cell; with `wait`, only when the next one comes, which avoids flicker. */
export function clearOutput(options: { readonly wait?: boolean } = {}): void {
  findHost()?.clear(options.wait ?? false);
}

/** Asks the reader for a line of text and waits for it. Throws when nobody can be asked. */
export function prompt(question = "", options: { readonly password?: boolean } = {}): string {
  const host = findHost();
  if (!host) throw new Error("prompt: want a notebook to ask in, got a plain script");
  return host.prompt(question, options.password ?? false);
}

function publishTo(
  host: DisplayHost,
  data: MimeBundle,
  { displayId, update, metadata }: DisplayOptions,
): void {
  host.publish({
    data,
    metadata: JSON.parse(JSON.stringify(metadata ?? {})) as Record<string, unknown>,
    ...(displayId === undefined ? {} : { displayId }),
    ...(update ? { update } : {}),
  });
}

function print(data: MimeBundle): void {
  const text = data["text/plain"] ?? Object.values(data)[0];
  console.log(typeof text === "string" ? text : JSON.stringify(text));
}
