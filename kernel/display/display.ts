/**
 * Showing a value now, rather than at the end of the cell; changing and clearing what was shown; asking the reader.
 * Values in, messages to the host out (host.ts). Without a host it prints text.
 */
import { checked, displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
import { findHost, newDisplayId, type DisplayHost } from "./host.ts";
import { isAsyncIterable, showLive } from "./live.ts";

const { JSON, Promise } = globalThis; // as they are now: a cell may declare names over them

export interface DisplayOptions {
  /** `value` is a MIME bundle already: `display({ "text/html": "<b>hi</b>" }, { raw: true })`. */
  readonly raw?: boolean;
  /** Names the output, so that a later `update` can replace it. Default: a name of its own. */
  readonly displayId?: string;
  /** Replaces what was shown under `displayId`, wherever it stands. */
  readonly update?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One output, wherever it stands: `const line = display("0 %"); line.update("50 %"); line.clear()`. */
export interface DisplayHandle extends Displayable {
  readonly id: string;
  /** Shows `value` in the place of what is there. */
  update(value: unknown, options?: Pick<DisplayOptions, "raw" | "metadata">): void;
  /** Leaves nothing to see; a later `update` shows again. */
  clear(): void;
}

/**
 * Shows `value` under the running cell; the handle changes it later. A value that makes its bundle asynchronously, or comes
 * in parts (an async iterable, see live.ts), keeps the cell open until it is shown.
 * Throws a TypeError for a bundle that is none, and when `update` has no `displayId`.
 */
export function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  if (options.update && options.displayId === undefined)
    throw new TypeError("display: want a displayId to update, got none; try { displayId, update: true }");
  const id = options.displayId ?? newDisplayId();
  show(value, { ...options, displayId: id });
  return handleOf(id);
}

/** Removes the outputs of the running cell; with `wait`, only when the next one comes, which avoids flicker. */
export function clearOutput(options: { readonly wait?: boolean } = {}): void {
  findHost()?.clear(options.wait ?? false);
}

export interface PromptOptions {
  /** The front end hides what is typed. */
  readonly password?: boolean;
}

/**
 * Asks the reader for a line of text and waits for it. `standard`: what an empty answer means, as in a page's `prompt`.
 * Throws when nobody can be asked.
 */
export function prompt(question?: string, options?: PromptOptions): string;
export function prompt(question: string, standard: string, options?: PromptOptions): string;
export function prompt(
  question = "",
  second: string | PromptOptions = {},
  third: PromptOptions = {},
): string {
  const host = findHost();
  if (!host) throw new Error("prompt: want a notebook to ask in, got a plain script");
  if (typeof second !== "string") return host.prompt(question, second.password ?? false);
  const asked = second === "" ? question : `${question} [${second}] `;
  return host.prompt(asked, third.password ?? false) || second;
}

/** Asks a question of yes or no; everything but `y` is no. Throws when nobody can be asked. */
export function confirm(question = "Confirm"): boolean {
  return /^y(es)?$/i.test(prompt(`${question} [y/N] `).trim());
}

/** Any value as the host's text: what a bundle's text/plain is where the value has none of its own. */
export function inspectFor(host: DisplayHost | undefined): (value: unknown) => string {
  return (value) => (host ? host.inspect(value) : String(value));
}

function handleOf(id: string): DisplayHandle {
  return {
    id,
    update: (value, options = {}) => show(value, { ...options, displayId: id, update: true }),
    clear: () => show({ "text/plain": "" }, { raw: true, displayId: id, update: true }),
    [displaySymbol]: () => ({}), // as the last value of a cell it has nothing to add to what it shows
  };
}

function show(value: unknown, options: DisplayOptions): void {
  const host = findHost();
  const inspect = inspectFor(host);
  let { update } = options;
  const publish = (data: MimeBundle): void => {
    if (host) publishTo(host, data, { ...options, ...(update ? { update } : {}) });
    else print(data);
    update = true; // what follows replaces it
  };
  if (isLive(value, options)) return keepOpen(host, showLive(value, inspect, publish));
  const bundle = options.raw ? checked(value) : toBundle(value, inspect);
  if (bundle instanceof Promise) keepOpen(host, bundle.then(publish));
  else publish(bundle);
}

/** A value that brings its own bundle is shown by it, also when it could be iterated. */
function isLive(value: unknown, { raw }: DisplayOptions): value is AsyncIterable<unknown> {
  return !raw && isAsyncIterable(value) && !(displaySymbol in value);
}

function keepOpen(host: DisplayHost | undefined, shown: Promise<void>): void {
  if (host) host.waitFor(shown);
  else shown.catch((error: unknown) => console.error(error));
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
