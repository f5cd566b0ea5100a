/**
 * What a front-end module meets: the model (AFM, https://anywidget.dev/en/afm/) and as much of the DOM as our figures use.
 * Types only. The project's compiler has no DOM, because in it a forgotten `name` or `status` would be a variable.
 */

/** Called for every event of its name; AFM gives a change no argument that can be relied on: ask the model. */
export type FrontListener = (...details: readonly unknown[]) => void;

/** The state as a page sees it. What `set` changes is told to the kernel by `save_changes`. */
export interface FrontModel<State extends object> {
  get<Key extends keyof State>(key: Key): State[Key];
  set<Key extends keyof State>(key: Key, value: State[Key]): void;
  save_changes(): void;
  on(event: string, listener: FrontListener): void;
  off(event?: string | null, listener?: FrontListener | null): void;
  send(content: unknown, callbacks?: unknown, buffers?: readonly (ArrayBuffer | ArrayBufferView)[]): void;
}

export interface FrontProps<State extends object> {
  readonly model: FrontModel<State>;
  readonly el: PageElement;
  /** Aborted when the view is taken away; older hosts have none. */
  readonly signal?: AbortSignal;
}

type Cleanup = (() => void | Promise<void>) | undefined;

/** `export default { initialize, render }`: both may be missing, and return how to take back what they did. */
export interface FrontModule<State extends object> {
  initialize?(props: Omit<FrontProps<State>, "el">): Cleanup | void | Promise<Cleanup | void>;
  render?(props: FrontProps<State>): Cleanup | void | Promise<Cleanup | void>;
}

export interface PageEvent {
  readonly target: PageElement;
  readonly key: string;
  readonly shiftKey: boolean;
  readonly clientX: number;
  readonly clientY: number;
  readonly pointerId: number;
  preventDefault(): void;
}

export interface PageElement {
  readonly ownerDocument: PageDocument;
  readonly isConnected: boolean;
  readonly style: { cssText: string; display: string };
  readonly valueAsNumber: number;
  textContent: string | null;
  innerHTML: string;
  className: string;
  value: string;
  hidden: boolean;
  appendChild(child: PageElement): PageElement;
  append(...children: readonly (PageElement | string)[]): void;
  replaceChildren(...children: readonly (PageElement | string)[]): void;
  remove(): void;
  setAttribute(name: string, value: string): void;
  setPointerCapture(pointer: number): void;
  hasPointerCapture(pointer: number): boolean;
  querySelectorAll(selector: string): Iterable<PageElement>;
  getBoundingClientRect(): { left: number; top: number; width: number; height: number };
  addEventListener(
    type: string,
    listener: (event: PageEvent) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): void;
}

export interface PageDocument {
  readonly defaultView: PageWindow | null;
  createElement(name: string): PageElement;
  createElementNS(space: string, name: string): PageElement;
}

export interface PageWindow {
  requestAnimationFrame(draw: (nowMs: number) => void): number;
  cancelAnimationFrame(id: number): void;
  matchMedia(query: string): { readonly matches: boolean };
}
