/**
 * Points that the reader drags over a plot, by mouse, finger or arrow keys: `points({ at: { v: [1, 0.5] }, x: [-2, 2], y: [-2, 2], … })`.
 * What depends on them (`plot`) is drawn anew in the page while they move; the kernel hears of it by `on("change:at", …)`.
 */
import { change, figureModule, oncePerFrame, pictureIn, tried } from "./drawing.ts";
import type { FrontProps, PageElement, PageEvent } from "./dom.ts";
import {
  areaOf,
  colorAt,
  escapeText,
  placeOf,
  plotSvg,
  pointAt,
  shortNumber,
  type Pair,
  type Plot,
} from "./plot.ts";
import { widget, type Widget } from "./widget.ts";

const { Object, RangeError } = globalThis; // as they are now: a cell may declare names over them

export interface PointState<Name extends string, Data> {
  /** Where each point is, by its name. */
  at: Readonly<Record<Name, Pair>>;
  data: Data;
}

/** The plot behind the points; where they can be is where the axes go. */
export interface PointOptions<Name extends string, Data> extends Omit<
  Plot,
  "lines" | "bars" | "arrows" | "dots"
> {
  readonly at: Readonly<Record<Name, Pair>>;
  /** What follows from the points, drawn anew while they move, in the page itself: needs no kernel. */
  readonly plot?: (at: Readonly<Record<Name, Pair>>, data: Data) => Partial<Plot>;
  /** JSON that `plot` gets as its second argument. */
  readonly data?: Data;
  /** How far an arrow key moves a point; with Shift ten times as far. Default: a hundredth of the axis. */
  readonly step?: number;
}

type Follow = (at: Readonly<Record<string, Pair>>, data: unknown) => Partial<Plot>;

interface Front extends PointState<string, unknown> {
  readonly base: Plot;
  readonly step: number | null;
}

/** The whole plot at a state. */
export function plotAt({ base, at, data }: Pick<Front, "base" | "at" | "data">, follow?: Follow): Plot {
  return { ...base, ...follow?.(at, data) };
}

export function clampTo(plot: Plot, [x, y]: Pair): Pair {
  const within = (value: number, [low, high]: Pair): number =>
    Number(Math.max(Math.min(low, high), Math.min(Math.max(low, high), value)).toPrecision(6));
  return [within(x, plot.x), within(y, plot.y)];
}

/** One point: a circle that has the keyboard's focus and a name. */
export function handleIn(svg: PageElement, name: string, color: string): PageElement {
  const page = svg.ownerDocument;
  const handle = page.createElementNS("http://www.w3.org/2000/svg", "g");
  handle.innerHTML = `<circle r="16" fill="transparent"/><circle r="8" fill="${color}" fill-opacity="0.85" stroke="#ffffff" stroke-width="2"/><text x="12" y="-8" font-weight="600" fill="${color}">${escapeText(name)}</text>`;
  const fixed = { tabindex: "0", role: "slider", "aria-label": `point ${name}`, "data-point": name };
  for (const [key, value] of Object.entries(fixed)) handle.setAttribute(key, value);
  handle.style.cssText = "cursor:grab;touch-action:none";
  svg.append(handle);
  return handle;
}

export function renderPoints({ model, el, signal }: FrontProps<Front>, follow?: Follow): void {
  const page = el.ownerDocument;
  const now = (): Plot =>
    plotAt({ base: model.get("base"), at: model.get("at"), data: model.get("data") }, follow);
  const stage = page.createElement("div");
  stage.style.cssText = "position:relative;display:inline-block;line-height:0";
  el.append(stage);
  const draw = pictureIn(stage, now);
  const { width, height } = areaOf(model.get("base"));
  const overlay = page.createElementNS("http://www.w3.org/2000/svg", "svg");
  overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
  overlay.setAttribute("font-family", "sans-serif");
  overlay.setAttribute("font-size", "13");
  overlay.style.cssText = `position:absolute;left:0;top:0;width:${width}px;height:${height}px`;
  stage.append(overlay);
  const move = (name: string, to: Pair): void =>
    change(model, "at", { ...model.get("at"), [name]: clampTo(model.get("base"), to) });
  const handles = Object.keys(model.get("at")).map((name, i) => {
    const handle = handleIn(overlay, name, colorAt(i));
    const drag = ({ clientX, clientY, pointerId }: PageEvent): void => {
      if (!handle.hasPointerCapture(pointerId)) return;
      const box = overlay.getBoundingClientRect();
      const scale = width / box.width;
      move(name, pointAt(model.get("base"), [(clientX - box.left) * scale, (clientY - box.top) * scale]));
    };
    const press = (event: PageEvent): void => {
      const { x, y } = model.get("base");
      const far = event.shiftKey ? 10 : 1;
      const [dx, dy] = [x, y].map((axis) => far * (model.get("step") ?? Math.abs(axis[1] - axis[0]) / 100));
      const by: Record<string, Pair> = {
        ArrowLeft: [-dx, 0],
        ArrowRight: [dx, 0],
        ArrowUp: [0, dy],
        ArrowDown: [0, -dy],
      };
      const way = by[event.key];
      if (!way) return;
      event.preventDefault();
      const [px, py] = model.get("at")[name];
      move(name, [px + way[0], py + way[1]]);
    };
    handle.addEventListener("pointerdown", ({ pointerId }) => handle.setPointerCapture(pointerId), {
      signal,
    });
    handle.addEventListener("pointermove", drag, { signal });
    handle.addEventListener("keydown", press, { signal });
    return { name, handle };
  });
  const show = (): void => {
    const { x } = model.get("base");
    for (const { name, handle } of handles) {
      const at = model.get("at")[name];
      const [px, py] = placeOf(model.get("base"), at);
      handle.setAttribute("transform", `translate(${px} ${py})`);
      const said = {
        valuemin: x[0],
        valuemax: x[1],
        valuenow: at[0],
        valuetext: `x ${shortNumber(at[0])}, y ${shortNumber(at[1])}`,
      };
      for (const [key, value] of Object.entries(said)) handle.setAttribute(`aria-${key}`, String(value));
    }
  };
  show();
  const showSoon = oncePerFrame(el, show);
  for (const key of ["at", "data", "base"])
    model.on(`change:${key}`, () => {
      showSoon();
      draw();
    });
}

const pointParts = [plotAt, clampTo, handleIn];

/** Throws a RangeError for a point outside of the axes, and a ReferenceError where `plot` uses anything but its arguments. */
export function points<Name extends string, Data = undefined>(
  options: PointOptions<Name, Data>,
): Widget<PointState<Name, Data>> {
  const { at, plot, step, ...rest } = options;
  const { data, ...base } = rest as { data?: Data } & Plot;
  for (const [name, where] of Object.entries<Pair>(at)) refuseOutside(name, where, base);
  const follow = plot && (tried("points", plot, at, data) as Follow);
  const state = { at, data: data ?? null, base, step: step ?? null } as unknown as PointState<Name, Data>;
  const description = options.description ?? `plot with points to drag: ${Object.keys(at).join(", ")}`;
  return widget(figureModule(renderPoints, pointParts, plot), state, {
    description,
    needsKernel: false,
    picture: (now) => {
      const whole = plotAt({ base, at: now.at, data: now.data }, follow);
      const dots = Object.entries<Pair>(now.at).map(([label, where], i) => ({
        at: where,
        label,
        color: colorAt(i),
      }));
      return plotSvg({ ...whole, description, dots: [...(whole.dots ?? []), ...dots] });
    },
  });
}

function refuseOutside(name: string, [x, y]: Pair, base: Plot): void {
  const isWithin = (value: number, [low, high]: Pair): boolean => value >= low && value <= high;
  if (!isWithin(x, base.x) || !isWithin(y, base.y))
    throw new RangeError(
      `points: want ${name} within x ${base.x.join(" … ")} and y ${base.y.join(" … ")}, got ${x}, ${y}`,
    );
}
