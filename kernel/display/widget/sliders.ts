/**
 * Sliders for a handful of numbers, with a plot below that the page redraws while they move: `sliders({ rate: { min: 0, max: 1 } }, …)`.
 * The kernel hears of each value by `on("change:rate", …)`. Functions of `sliderParts` travel as text.
 */
import { change, figureModule, pictureIn, rangeInput, rowIn, tried, type Draw } from "./drawing.ts";
import type { FrontProps } from "./dom.ts";
import { escapeText, plotSvg, shortNumber } from "./plot.ts";
import { widget, type Widget } from "./widget.ts";

const { Object, RangeError } = globalThis; // as they are now: a cell may declare names over them

export interface Slider {
  readonly min: number;
  readonly max: number;
  /** Default: a hundredth of the way from `min` to `max`; on a logarithmic scale the number of steps is 100. */
  readonly step?: number;
  /** Where it stands at first. Default: `min`. */
  readonly value?: number;
  /** What stands before it. Default: its key. */
  readonly label?: string;
  /** Equal ways are equal ratios; `min` is then above 0. */
  readonly isLogarithmic?: boolean;
}

/** A number for each slider, by its key. */
export type SliderValues<Name extends string> = Record<Name, number>;

export interface SliderOptions<Name extends string, Data> {
  readonly description?: string;
  /** What the values mean, drawn anew while they change, in the page itself: needs no kernel. */
  readonly plot?: Draw<Readonly<SliderValues<Name>>, Data>;
  /** JSON that `plot` gets as its second argument. */
  readonly data?: Data;
}

interface Front {
  readonly controls: Readonly<Record<string, Slider>>;
  readonly data: unknown;
  readonly [name: string]: unknown;
}

/** 0 … `most` → value. */
export function valueAt({ min, max, isLogarithmic }: Slider, position: number, most: number): number {
  const share = position / most;
  return isLogarithmic ? min * (max / min) ** share : min + (max - min) * share;
}

/** Value → 0 … `most`. */
export function positionOf({ min, max, isLogarithmic }: Slider, value: number, most: number): number {
  const share = isLogarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return share * most;
}

export function stepsOf({ min, max, step, isLogarithmic }: Slider): number {
  return isLogarithmic || step === undefined ? 100 : Math.max(1, Math.round((max - min) / step));
}

export function renderSliders(
  { model, el, signal }: FrontProps<Front>,
  plot?: Draw<Record<string, number>, unknown>,
): void {
  const controls = Object.entries(model.get("controls"));
  const values = (): Record<string, number> =>
    Object.fromEntries(controls.map(([name]) => [name, Number(model.get(name))]));
  const rows = controls.map(([name, slider]) => {
    const row = rowIn(el);
    const [label, output] = ["span", "output"].map((part) => el.ownerDocument.createElement(part));
    label.textContent = slider.label ?? name;
    label.style.cssText = "min-width:7em";
    output.style.cssText = "min-width:4em;text-align:right;font-variant-numeric:tabular-nums";
    const most = stepsOf(slider);
    const input = rangeInput(el, slider.label ?? name, { min: 0, max: most, step: 1 });
    row.append(label, input, output);
    const show = (): void => {
      const value = Number(model.get(name));
      input.value = String(positionOf(slider, value, most));
      output.textContent = shortNumber(value);
      input.setAttribute("aria-valuetext", shortNumber(value));
    };
    const slide = (): void =>
      change(model, name, Number(valueAt(slider, input.valueAsNumber, most).toPrecision(12)));
    input.addEventListener("input", slide, { signal });
    show();
    return { name, show };
  });
  const draw = plot && pictureIn(el, () => plot(values(), model.get("data")));
  for (const { name, show } of rows)
    model.on(`change:${name}`, () => {
      show();
      draw?.();
    });
  if (draw) model.on("change:data", draw);
}

const sliderParts = [valueAt, positionOf, stepsOf];

/**
 * A slider for each key of `controls`; their values are the widget's state. Throws a RangeError unless min < max, and a ReferenceError
 * where `plot` uses anything but its arguments.
 */
export function sliders<Name extends string, Data = undefined>(
  controls: Readonly<Record<Name, Slider>>,
  options: SliderOptions<Name, Data> = {},
): Widget<SliderValues<Name> & { data: Data }> {
  const all = Object.entries<Slider>(controls);
  for (const [name, slider] of all) refuseRange(name, slider);
  const start = Object.fromEntries(
    all.map(([name, { value, min }]) => [name, value ?? min]),
  ) as SliderValues<Name>;
  const data = options.data as Data;
  const plot = options.plot && tried("sliders", options.plot, start, data);
  const state = { ...start, controls, data: data ?? null } as unknown as SliderValues<Name> & { data: Data };
  const names = all.map(([name, { label }]) => label ?? name).join(", ");
  const description = options.description ?? `sliders for ${names}`;
  return widget(figureModule(renderSliders, sliderParts, options.plot), state, {
    description,
    needsKernel: plot === undefined,
    picture: (now) => (plot ? plotSvg({ description, ...plot(now, now.data) }) : panelSvg(all, now)),
  });
}

function refuseRange(name: string, { min, max, isLogarithmic }: Slider): void {
  if (name === "controls" || name === "data")
    throw new RangeError(`sliders: want names other than "controls" and "data", got ${JSON.stringify(name)}`);
  if (!(min < max) || (isLogarithmic && !(min > 0)))
    throw new RangeError(
      `sliders: want ${isLogarithmic ? "0 < min < max" : "min < max"} for ${name}, got min ${min}, max ${max}`,
    );
}

/** The sliders as they stand, for where nothing can be moved. */
function panelSvg(
  all: readonly (readonly [string, Slider])[],
  values: Readonly<Record<string, unknown>>,
): string {
  const rows = all.map(([name, slider], i) => {
    const [value, y] = [Number(values[name]), 24 + 28 * i];
    const x = 130 + 240 * Math.max(0, Math.min(1, positionOf(slider, value, 1)));
    return `<text x="12" y="${y}" dy="0.32em">${escapeText(slider.label ?? name)}</text><path d="M130 ${y}h240" stroke="#999999" stroke-width="4"/><circle cx="${x.toFixed(1)}" cy="${y}" r="8" fill="#0072b2"/><text x="468" y="${y}" dy="0.32em" text-anchor="end">${shortNumber(value)}</text>`;
  });
  const height = 20 + 28 * all.length;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="${height}" viewBox="0 0 480 ${height}" font-family="sans-serif" font-size="13" fill="#333333"><rect width="480" height="${height}" fill="#ffffff"/>${rows.join("")}</svg>`;
}
