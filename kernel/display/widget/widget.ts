/**
 * A figure that the reader drives: state that a front-end module (AFM, https://anywidget.dev/en/afm/) in the page and code in the kernel share.
 * Either side changes it and hears of the other's changes. It speaks ipywidgets' protocol 2.1 over a comm, as the Python package
 * `anywidget` does, whose extension draws it in JupyterLab.
 */
import { displaySymbol, type Displayable, type MimeBundle } from "../bundle.ts";
import { openComm, type Comm, type CommMessage } from "../comm.ts";
import { escapeHtml } from "../table.ts";
import { asKindOf, joinBuffers, splitBuffers, type BufferPath } from "./buffers.ts";
import { frameMessageOf, frameModule } from "./frame.ts";
import { remember } from "./registry.ts";
import { Keys, tell } from "./watch.ts";

// As they are now: a cell may declare names over them.
const { Error, Map, Object, Promise, Reflect, Set, TypeError } = globalThis;

export interface WidgetOptions<State extends object> {
  /** What the figure shows and what can be done with it, for those who do not see it. */
  readonly description?: string;
  /** The state as an SVG document: what is seen where no script runs (code hosts, PDF). */
  readonly picture?: (state: Readonly<State>) => string;
  readonly css?: string;
  /** false: the front end does all by itself, so the exported site shows it live. Default true: there it is its picture. */
  readonly needsKernel?: boolean;
}

export interface Widget<State extends object> extends Displayable {
  /** The model's id, by which pages and notebooks know it. */
  readonly id: string;
  get<Key extends keyof State>(key: Key): State[Key];
  /** Changes the state, here and in every page; listeners are told of what is not the same as before. */
  set<Key extends keyof State>(key: Key, value: State[Key]): void;
  set(changes: Partial<State>): void;
  /** `listener` gets the new value, whoever changed it; returns how to stop that. */
  on<Key extends keyof State & string>(
    event: `change:${Key}`,
    listener: (value: State[Key]) => unknown,
  ): () => void;
  on(event: "change", listener: (state: Readonly<State>) => unknown): () => void;
  /** What the page's `model.send(content, callbacks, buffers)` sent. */
  on(
    event: "msg:custom",
    listener: (content: unknown, buffers: readonly Uint8Array[]) => unknown,
  ): () => void;
  /** To the page's `model.on("msg:custom", (content, buffers) => …)`. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  /** The end of it: pages show no more than they do now. */
  close(): void;
}

type Listener = (...details: readonly unknown[]) => unknown;

const protocol = { metadata: { version: "2.1.0" } };
const version = "~0.11.0"; // of anywidget's own model and view
/** What every widget is to ipywidgets; a state may not have these keys. */
const own = {
  _model_module: "anywidget",
  _model_name: "AnyModel",
  _model_module_version: version,
  _view_module: "anywidget",
  _view_name: "AnyView",
  _view_module_version: version,
  _view_count: null,
  _anywidget_id: "below.frame",
  _esm: frameModule,
};

export const widgetViewType = "application/vnd.jupyter.widget-view+json";

/**
 * `const w = widget(esm, { x: 1 })` as a cell's last value shows the figure; `esm` is a module's text or its address. Its default export
 * has `render({ model, el })`, which reads `model.get("x")`, and says `model.set("x", 2)` and `model.save_changes()`.
 * State: JSON, and typed arrays anywhere in it (a page sees a DataView). Throws a TypeError for keys that begin with `_`.
 */
export function widget<State extends object = Record<string, unknown>>(
  esm: string,
  state: State,
  options: WidgetOptions<State> = {},
): Widget<State> {
  return new CommWidget(esm, state, options);
}

class CommWidget<State extends object> implements Widget<State> {
  readonly #state: State;
  readonly #own: Readonly<Record<string, unknown>>;
  readonly #options: WidgetOptions<State>;
  readonly #comm: Comm;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #keys = new Keys();

  constructor(esm: string, state: State, options: WidgetOptions<State>) {
    refuseKeys(Object.keys(state));
    this.#state = { ...state };
    this.#options = options;
    this.#own = {
      ...own,
      _module: esm,
      _css: options.css ?? "",
      _description: options.description ?? "figure",
      _needs_kernel: options.needsKernel ?? true,
    };
    const { buffers, ...data } = splitBuffers(this.#whole());
    this.#comm = openComm("jupyter.widget", data, { ...protocol, buffers });
    this.#comm.onMessage((message) => this.#take(message));
    remember(this.id, { whole: () => this.#whole(), isOpen: () => this.#comm.isOpen });
  }

  get id(): string {
    return this.#comm.id;
  }

  get<Key extends keyof State>(key: Key): State[Key] {
    tell("read", this.#keys.of(String(key)));
    return this.#state[key];
  }

  set(keyOrChanges: keyof State | Partial<State>, value?: unknown): void {
    const changes = (
      typeof keyOrChanges === "object" ? keyOrChanges : { [keyOrChanges]: value }
    ) as Partial<State>;
    refuseKeys(Object.keys(changes));
    this.#send("update", changes);
    for (const listening of this.#change(changes)) listening.catch(report);
  }

  on(event: string, listener: (...details: never[]) => unknown): () => void {
    const all = this.#listeners.get(event) ?? new Set();
    const entry = listener as Listener;
    this.#listeners.set(event, all.add(entry));
    return () => void all.delete(entry);
  }

  send(content: unknown, buffers: readonly Uint8Array[] = []): void {
    this.#comm.send({ method: "custom", content }, { buffers });
  }

  close(): void {
    this.#comm.close();
  }

  [displaySymbol](): MimeBundle {
    const { description, picture } = this.#options;
    const words = description ?? `figure with ${Object.keys(this.#state).join(", ")}`;
    return {
      [widgetViewType]: { version_major: 2, version_minor: 0, model_id: this.id },
      ...(picture ? { "image/svg+xml": named(picture(this.#state), words) } : {}),
      "text/plain": words,
    };
  }

  #whole(): object {
    return { ...this.#own, ...this.#state };
  }

  #send(method: "update" | "echo_update", changes: object): void {
    const { buffers, ...data } = splitBuffers(changes);
    this.#comm.send({ method, ...data }, { buffers });
  }

  /** What comes of the page; done when the listeners are. */
  async #take({ data, buffers }: CommMessage): Promise<void> {
    const { method, state, buffer_paths, content } = data as Partial<FrontMessage>;
    if (method === "request_state") return this.#send("update", this.#whole());
    if (method === "custom") return this.#takeCustom(content, buffers);
    if (method !== "update") return;
    const given = Object.entries(joinBuffers(state ?? {}, buffer_paths ?? [], buffers));
    const known = given.filter(([key]) => Object.hasOwn(this.#state, key));
    const changes = Object.fromEntries(
      known.map(([key, value]) => [key, asKindOf(Reflect.get(this.#state, key), value)]),
    ) as Partial<State>;
    this.#send("echo_update", changes); // other pages' views, and ipywidgets waits for it
    await Promise.all(this.#change(changes));
  }

  async #takeCustom(content: unknown, buffers: readonly Uint8Array[]): Promise<void> {
    const message = frameMessageOf(content);
    if (message?.below === "ping") return this.send({ below: "pong", n: message.n });
    const listeners = [...(this.#listeners.get("msg:custom") ?? [])];
    await Promise.all(listeners.map((listener) => call(listener, content, buffers)));
  }

  /** All keys first, then the listeners: none of them meets a half of a change. */
  #change(changes: Partial<State>): Promise<unknown>[] {
    const changed = Object.entries(changes).filter(
      ([key, value]) => !Object.is(Reflect.get(this.#state, key), value),
    );
    Object.assign(this.#state, changes);
    for (const [key] of changed) tell("changed", this.#keys.of(key));
    const events = changed.map(([key, value]) => [`change:${key}`, value] as const);
    const all = changed.length > 0 ? [...events, ["change", this.#state] as const] : [];
    return all.flatMap(([event, detail]) =>
      [...(this.#listeners.get(event) ?? [])].map((listener) => call(listener, detail)),
    );
  }
}

interface FrontMessage {
  readonly method: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly buffer_paths: readonly BufferPath[];
  readonly content: unknown;
}

/** A listener that throws must not keep the others from being told. */
async function call(listener: Listener, ...details: readonly unknown[]): Promise<unknown> {
  return listener(...details);
}

function report(error: unknown): void {
  console.error(error);
}

function refuseKeys(keys: readonly string[]): void {
  const refused = keys.find((key) => key.startsWith("_") || key === "layout");
  if (refused !== undefined)
    throw new TypeError(
      `widget: want keys that do not begin with "_" and are not "layout", got ${JSON.stringify(refused)}; these are ipywidgets' own`,
    );
}

/** An SVG without a name is a picture of nothing to a screen reader. */
function named(svg: string, words: string): string {
  if (!/^\s*<svg[\s>]/.test(svg))
    throw new Error("widget: want a picture that begins with <svg, got another text");
  return /<svg[^>]*\saria-label=/.test(svg)
    ? svg
    : svg.replace("<svg", `<svg role="img" aria-label="${escapeHtml(words)}"`);
}
