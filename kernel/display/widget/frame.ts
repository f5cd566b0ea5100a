/**
 * What stands around every widget in a page: its description for screen readers, whether the kernel is still waited for, what its callbacks
 * printed where no cell could show it, and what went wrong. The kernel sends this module as `_esm`; it loads the widget's own, `_module`.
 * Every function here travels as text (source.ts), so each uses only its arguments and its siblings of `frameParts`.
 */
import type { FrontListener, FrontModel, FrontModule, FrontProps, PageElement } from "./dom.ts";
import { moduleOf } from "./source.ts";

/** What the kernel and the frame say to each other, as custom messages with the key `below`. */
export type FrameMessage =
  | { readonly below: "ping"; readonly n: number }
  | { readonly below: "pong"; readonly n: number }
  | { readonly below: "printed"; readonly text: string; readonly isError: boolean }
  | { readonly below: "shown"; readonly data: Readonly<Record<string, unknown>>; readonly isUpdate: boolean }
  | { readonly below: "clear" };

export interface FrameState {
  /** The widget's own module: its text, or where it lies (https://…). */
  readonly _module: string;
  readonly _css: string;
  readonly _description: string;
}

type Model = FrontModel<FrameState>;

export function frameMessageOf(content: unknown): FrameMessage | undefined {
  return typeof content === "object" && content !== null && "below" in content
    ? (content as FrameMessage)
    : undefined;
}

/** `import`, which each module has of its own: it comes in, because tools that read our files would write another in its place. */
export type Import = (url: string) => Promise<unknown>;

interface Modules {
  readonly loaded: Map<string, Promise<FrontModule<FrameState>>>;
  readonly load: Import;
}

/** The module whose text is `source`: one for `initialize` and `render`, and for all views. */
export function moduleIn(modules: Modules, source: string): Promise<FrontModule<FrameState>> {
  const module = modules.loaded.get(source) ?? loadModule(source, modules.load);
  modules.loaded.set(source, module);
  return module;
}

export async function loadModule(source: string, load: Import): Promise<FrontModule<FrameState>> {
  const isPlace = /^https?:\/\/\S+$/.test(source);
  const url = isPlace ? source : URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const loaded = (await load(url)) as {
    default: FrontModule<FrameState> | (() => FrontModule<FrameState>);
  };
  if (!isPlace) URL.revokeObjectURL(url);
  return typeof loaded.default === "function" ? loaded.default() : loaded.default;
}

/**
 * The model as the widget's module sees it: each thing that it sends is followed by a ping, one at a time. A pong that does not come
 * within a moment means that the kernel is busy, or that there is none.
 */
export function heardModel(model: Model, show: (what: "" | "waiting" | "alone") => void): Model {
  const state = { n: 0, isOut: false, isStale: false, hasHeard: false };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ping = (): void => {
    state.isStale = state.isOut;
    if (state.isOut) return;
    state.isOut = true;
    model.send({ below: "ping", n: ++state.n });
    timer ??= setTimeout(() => show(state.hasHeard ? "waiting" : "alone"), state.hasHeard ? 200 : 1500);
  };
  const pong: FrontListener = (content) => {
    const message = frameMessageOf(content);
    if (message?.below !== "pong" || message.n !== state.n) return;
    clearTimeout(timer);
    timer = undefined;
    state.hasHeard = true;
    state.isOut = false;
    show("");
    if (state.isStale) ping();
  };
  model.on("msg:custom", pong);
  ping();
  return { ...ownMessages(model), save_changes: () => (model.save_changes(), ping()) };
}

/** Without the frame's own messages, and by functions of its own: AFM's models may be of any kind. */
export function ownMessages(model: Model): Model {
  const wrapped = new Map<FrontListener, FrontListener>();
  const wrap = (listener: FrontListener): FrontListener => {
    const own: FrontListener = (content, ...rest) => frameMessageOf(content) ?? listener(content, ...rest);
    wrapped.set(listener, own);
    return own;
  };
  return {
    get: (key) => model.get(key),
    set: (key, value) => model.set(key, value),
    save_changes: () => model.save_changes(),
    on: (event, listener) => model.on(event, event === "msg:custom" ? wrap(listener) : listener),
    off: (event, listener) => model.off(event, (listener && wrapped.get(listener)) ?? listener),
    send: (content, callbacks, buffers) => model.send(content, callbacks, buffers),
  };
}

/** What a callback showed: pictures and HTML as they are, else text. The newest stands last; of text the last 10 000 characters. */
export function logIn(el: PageElement): (message: FrameMessage) => void {
  const make = (name: string): PageElement => el.appendChild(el.ownerDocument.createElement(name));
  let text: PageElement | undefined;
  let shown: PageElement | undefined;
  return (message) => {
    if (message.below === "clear") {
      el.replaceChildren();
      text = shown = undefined;
    } else if (message.below === "printed") {
      text ??= make("pre");
      text.textContent = `${text.textContent ?? ""}${message.text}`.slice(-10_000);
    } else if (message.below === "shown") {
      text = undefined;
      if (!message.isUpdate) shown = undefined;
      shown ??= make("div");
      const { data } = message;
      const markup = data["image/svg+xml"] ?? data["text/html"];
      const [picture, plain] = [data["image/png"], data["text/plain"]];
      if (typeof markup === "string") shown.innerHTML = markup;
      else if (typeof picture === "string")
        shown.innerHTML = `<img alt="" src="data:image/png;base64,${picture.trim()}">`;
      else shown.textContent = typeof plain === "string" ? plain : "";
    }
  };
}

export async function renderFrame(props: FrontProps<FrameState>, modules: Modules): Promise<() => void> {
  const { model, el } = props;
  const part = (name: string, role: string): PageElement => {
    const made = el.ownerDocument.createElement(name);
    made.setAttribute("role", role);
    el.append(made);
    return made;
  };
  if (model.get("_css")) {
    const style = el.ownerDocument.createElement("style");
    style.textContent = model.get("_css");
    el.append(style);
  }
  const figure = part("div", "group");
  figure.className = "below-widget";
  figure.setAttribute("aria-label", model.get("_description"));
  // JupyterLab would take arrow keys and letters as its shortcuts; it looks at the element that has the focus.
  figure.addEventListener("focusin", ({ target }) =>
    target.setAttribute("data-lm-suppress-shortcuts", "true"),
  );
  const status = part("p", "status");
  status.className = "below-widget-status";
  status.style.cssText = "margin:0.25em 0;font-size:0.85em;min-height:1.2em";
  const log = part("div", "log");
  log.className = "below-widget-log";
  const words = {
    "": "",
    waiting: "Waiting for the kernel: it is busy, and takes the newest value when it is free.",
    alone: "No answer from a kernel yet; until there is one, the figure works by itself as far as it can.",
  };
  const framed = heardModel(model, (what) => (status.textContent = words[what]));
  const print = logIn(log);
  const take: FrontListener = (content) => {
    const message = frameMessageOf(content);
    if (message) print(message);
  };
  model.on("msg:custom", take);
  let cleanup: unknown;
  try {
    const module = await moduleIn(modules, model.get("_module"));
    cleanup = await module.render?.({ ...props, model: framed, el: figure });
  } catch (error) {
    print({ below: "printed", text: `The figure's module failed: ${String(error)}\n`, isError: true });
  }
  return () => {
    model.off("msg:custom", take);
    if (typeof cleanup === "function") cleanup();
  };
}

/** A module that cannot be loaded is told of where it is rendered. */
export async function initializeFrame(
  props: Omit<FrontProps<FrameState>, "el">,
  modules: Modules,
): Promise<() => void> {
  const module = await moduleIn(modules, props.model.get("_module")).catch(() => undefined);
  const cleanup = await module?.initialize?.({ ...props, model: ownMessages(props.model) });
  return () => void cleanup?.();
}

/** Sent with every widget. */
export const frameModule: string = moduleOf(
  [frameMessageOf, moduleIn, loadModule, heardModel, ownMessages, logIn, renderFrame, initializeFrame],
  `const modules = { loaded: new Map(), load: (url) => import(url) };
export default {
  initialize: (props) => initializeFrame(props, modules),
  render: (props) => renderFrame(props, modules),
};`,
);
