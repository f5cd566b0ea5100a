/**
 * What the three figures share: a `plot` function of the reader's own, called by the kernel for the static picture and by the page for the
 * live one, and in the page the place where its picture stands. Functions of `drawingParts` travel as text.
 */
import type { FrontModel, PageElement } from "./dom.ts";
import { plotParts, plotSvg, type Plot } from "./plot.ts";
import { alone, moduleOf, textOf } from "./source.ts";

/** State → plot. `data`: what it needs beside the state, as JSON. A page runs it, so it may use nothing from outside. */
export type Draw<State, Data> = (state: State, data: Data) => Plot;

/** Draws at most once a frame of the page, however often it is asked; the newest state counts. */
export function oncePerFrame(el: PageElement, draw: () => void): () => void {
  const view = el.ownerDocument.defaultView;
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    view?.requestAnimationFrame(() => {
      isAsked = false;
      draw();
    });
  };
}

/** A place for a picture, and how to draw it anew. A `plot` that throws is told of there. What the figure shows stands on its frame already. */
export function pictureIn(el: PageElement, plot: () => Plot): () => void {
  const place = el.ownerDocument.createElement("div");
  place.setAttribute("aria-hidden", "true");
  el.append(place);
  const draw = (): void => {
    try {
      place.innerHTML = plotSvg(plot());
    } catch (error) {
      place.textContent = `plot: ${String(error)}`;
    }
  };
  draw();
  return oncePerFrame(el, draw);
}

/** Tells the kernel, and draws. */
export function change<State extends object, Key extends keyof State>(
  model: FrontModel<State>,
  key: Key,
  value: State[Key],
): void {
  model.set(key, value);
  model.save_changes();
}

/** A range input: the browser brings keyboard, touch and screen readers. */
export function rangeInput(
  el: PageElement,
  name: string,
  limits: { readonly min: number; readonly max: number; readonly step: number },
): PageElement {
  const input = el.ownerDocument.createElement("input");
  input.setAttribute("type", "range");
  input.setAttribute("aria-label", name);
  for (const [key, value] of Object.entries(limits)) input.setAttribute(key, String(value));
  input.style.cssText = "flex:1;min-width:8em";
  return input;
}

export function rowIn(el: PageElement): PageElement {
  const row = el.ownerDocument.createElement("div");
  row.style.cssText = "display:flex;gap:0.75em;align-items:center;max-width:480px";
  el.append(row);
  return row;
}

const drawingParts = [...plotParts, oncePerFrame, pictureIn, change, rangeInput, rowIn];

const { Reflect } = globalThis; // as it is now: a cell may declare a name over it

type AnyFunction = (...parameters: never[]) => unknown;

/** The module of a figure: `render` with the reader's `plot` as its second argument. */
export function figureModule(
  render: AnyFunction,
  parts: readonly AnyFunction[],
  plot: AnyFunction | undefined,
): string {
  const own = plot ? textOf(plot) : "undefined";
  return moduleOf(
    [...drawingParts, ...parts, render],
    `const plot = ${own};\nexport default { render: (props) => ${render.name}(props, plot) };`,
  );
}

/** `plot` as the page has it; tried at once with a figure's first state, so that a name from outside is told of in the cell that wrote it. */
export function tried<Own extends AnyFunction>(who: string, plot: Own, ...first: readonly unknown[]): Own {
  const own = alone(who, plot);
  Reflect.apply(own, undefined, first);
  return own;
}
