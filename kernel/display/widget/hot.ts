/**
 * Hot figures: `live(() => …)` shows what the function gives, and again whenever something that it read has changed: a key of a widget's state,
 * a tensor. The page says when it has drawn, and gets no more than one picture ahead of that: so it goes at the display's rate, and what
 * it cannot show is never made.
 */
import { displaySymbol, toBundle, type Displayable, type MimeBundle } from "../bundle.ts";
import { inspectFor } from "../display.ts";
import { findHost } from "../host.ts";
import type { FrontProps } from "./dom.ts";
import { oncePerFrame } from "./drawing.ts";
import { moduleOf } from "./source.ts";
import { listen, reading } from "./watch.ts";
import { widget, type Widget } from "./widget.ts";

// As they are now: a cell may declare names over them.
const { Error, Object, performance, Promise, setTimeout, clearTimeout } = globalThis;

export interface LiveOptions {
  /** What the figure shows, for those who do not see it. Default: the text of what is shown. */
  readonly description?: string;
}

export interface Live extends Displayable {
  /** Shows it again, for a change that nobody tells of. */
  redraw(): void;
  /** It stays as it is. */
  stop(): void;
}

interface Shown {
  readonly n: number;
  readonly type: "image/svg+xml" | "image/png" | "text/html" | "text/plain";
  readonly data: string;
}

interface State {
  shown: Shown;
}

/** What a page can draw sixty times a second; best first. */
const types = ["image/svg+xml", "image/png", "text/html", "text/plain"] as const;
/** A page that draws is waited for so long (it may be a tab in the background); before one has said that it draws, not at all. */
const drawingMs = 1000;
const nobodyMs = 30;
/** A function that has not ended by then was cut off (an interrupt leaves its promise pending for ever), and the next change starts anew. */
const lostMs = 10_000;

/** `render`: what a cell's last value could be (a string is shown as it is); may be async. Its error is shown in its place until the next change. */
export function live(render: () => unknown, options: LiveOptions = {}): Live {
  return new LiveFigure(render, options);
}

export function renderLive({ model, el }: FrontProps<State>): void {
  const place = el.ownerDocument.createElement("div");
  el.append(place);
  const draw = (): void => {
    const { n, type, data } = model.get("shown");
    if (type === "image/png") place.innerHTML = `<img alt="" src="data:image/png;base64,${data.trim()}">`;
    else if (type === "text/plain") place.textContent = data;
    else place.innerHTML = data;
    place.style.cssText = type === "text/plain" ? "white-space:pre-wrap;font-family:monospace" : "";
    model.send({ drawn: n });
  };
  draw();
  model.on("change:shown", oncePerFrame(el, draw));
}

const esm = moduleOf([oncePerFrame, renderLive], "export default { render: renderLive };");

class LiveFigure implements Live {
  readonly #render: () => unknown;
  readonly #options: LiveOptions;
  #widget: Widget<State> | undefined;
  #bundle: MimeBundle = {};
  #stopListening = (): void => undefined;
  #isOver = false;
  /** Something has changed since the newest drawing began. */
  #isStale = true;
  /** The drawing that goes on, and since when; a lost one is followed by another of a higher number. */
  #round = 0;
  #sinceMs: number | undefined;
  #n = 0;
  #hasDrawn = false;
  #drawn: ((n: number) => void) | undefined;

  constructor(render: () => unknown, options: LiveOptions) {
    this.#render = render;
    this.#options = options;
  }

  redraw(): void {
    this.#isStale = true;
    if (this.#isOver || this.#widget === undefined) return; // over, or not yet shown: there is nothing to draw again
    if (this.#sinceMs !== undefined && performance.now() - this.#sinceMs < lostMs) return;
    // Not as a part of the job that changed something: to interrupt that must not end the figure.
    const draw = (): Promise<void> => this.#drawAll(++this.#round);
    const drawn = findHost()?.outside?.(draw) ?? draw();
    drawn.catch((error: unknown) => console.error(error));
  }

  stop(): void {
    this.#isOver = true;
    this.#stopListening();
  }

  /** A cell's value waits for its first drawing, and is the picture of its newest. */
  async [displaySymbol](): Promise<MimeBundle> {
    if (this.#widget === undefined) await this.#draw(this.#round);
    const { description } = this.#options;
    const pictures = types
      .filter((type) => type in this.#bundle)
      .map((type) => [type, this.#bundle[type]] as const);
    const words = description === undefined ? {} : { "text/plain": description };
    const view: MimeBundle = this.#widget ? await this.#widget[displaySymbol]() : {};
    return { ...view, ...Object.fromEntries(pictures), ...words };
  }

  async #drawAll(round: number): Promise<void> {
    while (this.#isStale && !this.#isOver && round === this.#round) {
      this.#sinceMs = performance.now();
      await this.#draw(round);
      this.#sinceMs = performance.now();
      await this.#untilDrawn();
    }
    if (round === this.#round) this.#sinceMs = undefined;
  }

  async #draw(round: number): Promise<void> {
    this.#isStale = false;
    const { value: bundle, reads } = await reading(() => this.#make());
    if (round !== this.#round) return;
    const stopOld = this.#stopListening; // until now: what changed while it was made has made it stale
    if (!this.#isOver) this.#stopListening = listen(reads, () => this.redraw());
    stopOld();
    this.#bundle = bundle;
    const shown: Shown = { n: ++this.#n, ...drawable(bundle) };
    if (this.#widget) this.#widget.set({ shown });
    else this.#open(shown);
  }

  async #make(): Promise<MimeBundle> {
    try {
      const value = await this.#render();
      return typeof value === "string"
        ? { "text/plain": value }
        : await toBundle(value, inspectFor(findHost()));
    } catch (error) {
      return {
        "text/plain": `live: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
      };
    }
  }

  #open(shown: Shown): void {
    this.#widget = widget<State>(esm, { shown }, { description: this.#options.description ?? "live figure" });
    this.#widget.on("msg:custom", (content) => {
      const { drawn } = content as { drawn?: unknown };
      if (typeof drawn !== "number") return;
      this.#hasDrawn = true;
      this.#drawn?.(drawn);
    });
  }

  /** Until a page has drawn all but the newest, which is then on its way; of several pages the quickest counts. */
  async #untilDrawn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#hasDrawn ? drawingMs : nobodyMs);
    this.#drawn = (n) => void (n >= this.#n - 1 && resolve());
    await promise;
    clearTimeout(timer);
    this.#drawn = undefined;
  }
}

function drawable(bundle: MimeBundle): Pick<Shown, "type" | "data"> {
  for (const type of types) {
    const data = bundle[type];
    if (typeof data === "string") return { type, data };
  }
  return { type: "text/plain", data: "" };
}
