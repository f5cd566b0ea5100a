/**
 * Drivable figures in a page without a kernel: mounts the figures' own modules with a model that lives in the page. It is sent as a module's text
 * (`pageModule`), so each function uses only its arguments and its siblings. A place is an element with `data-widget`; in it a
 * `<script type="application/json">` with the state, and whatever is shown until then.
 */
import type { FrontListener, FrontModel, FrontModule, PageElement } from "./dom.ts";
import { loadModule, type FrameState } from "./frame.ts";
import { moduleOf } from "./source.ts";

/** What a place's script holds: a state with what the frame wants beside it. */
export type PageState = FrameState & Readonly<Record<string, unknown>>;

/** A module's text → the module. */
type Load = (source: string) => Promise<FrontModule<FrameState>>;

/** AFM's model with nobody behind it: what is set is heard at once, and nothing is sent. */
export function plainModel<State extends object>(given: State): FrontModel<State> {
  const state = { ...given };
  const listeners = new Map<string, Set<FrontListener>>();
  const emit = (event: string): void => [...(listeners.get(event) ?? [])].forEach((listener) => listener());
  return {
    get: (key) => state[key],
    set: (key, value) => {
      if (Object.is(state[key], value)) return;
      state[key] = value;
      emit(`change:${String(key)}`);
      emit("change");
    },
    save_changes: () => undefined,
    send: () => undefined,
    on: (event, listener) => void listeners.set(event, (listeners.get(event) ?? new Set()).add(listener)),
    off: (event, listener) => {
      const named = [...listeners].filter(([name]) => !event || event === name);
      for (const [, all] of named) {
        if (listener) all.delete(listener);
        else all.clear();
      }
    },
  };
}

/** Puts the figure into `el` in the place of what is there. Rejects, and changes nothing, where its module fails. */
export async function mountFigure(el: PageElement, state: PageState, load: Load): Promise<void> {
  const module = await load(state._module);
  const figure = el.ownerDocument.createElement("div");
  figure.className = "below-widget";
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", state._description);
  const style = el.ownerDocument.createElement("style");
  style.textContent = state._css;
  const model: FrontModel<FrameState> = plainModel(state);
  await module.initialize?.({ model });
  await module.render?.({ model, el: figure });
  el.replaceChildren(style, figure);
}

/** All places of a page. One that fails keeps its picture; its error is the console's. */
export function mountAll(
  page: { querySelectorAll(selector: string): Iterable<PageElement> },
  load: Load,
): void {
  for (const el of page.querySelectorAll("[data-widget]")) {
    const [script] = el.querySelectorAll('script[type="application/json"]');
    const state = JSON.parse(script.textContent ?? "") as PageState;
    mountFigure(el, state, load).catch((error: unknown) => console.error(error));
  }
}

/** A module for a page: on loading it mounts what is there. */
export const pageModule: string = moduleOf(
  [loadModule, plainModel, mountFigure, mountAll],
  "mountAll(document, (source) => loadModule(source, (url) => import(url)));",
);
