/**
 * A line that moves: one plot a frame, played in the page, with a slider to look at any of them:
 * `animatedLine({ frames: [y0, y1, …], x, … })`, or `path` for a line that grows, or any `plot` of the frame's number.
 */
import { change, figureModule, pictureIn, rangeInput, rowIn, tried } from "./drawing.ts";
import type { FrontProps } from "./dom.ts";
import { plotSvg, type Pair, type Plot } from "./plot.ts";
import { widget, type Widget } from "./widget.ts";

const { Array, RangeError } = globalThis; // as they are now: a cell may declare names over them

export interface AnimationState<Data> {
  /** From 0. */
  frame: number;
  isPlaying: boolean;
  data: Data;
}

interface Common<Data> extends Omit<Plot, "lines" | "bars" | "arrows" | "dots"> {
  /** Default 12. */
  readonly framesPerSecond?: number;
  /** What the frame's number counts. Default: "frame". */
  readonly counts?: string;
  /** What else a frame shows, drawn in the page: gets the frame's number and `data`, and may use nothing from outside. */
  readonly plot?: (frame: number, data: Data) => Partial<Plot>;
  /** JSON that `plot` gets as its second argument. */
  readonly data?: Data;
}

/** What moves; one of the three says how many frames there are. */
export type AnimationOptions<Data> = Common<Data> &
  (
    | {
        /** A line a frame: its y values. */ readonly frames: readonly ArrayLike<number>[];
        readonly at?: ArrayLike<number>;
      }
    | { /** A line that grows by a point a frame, with a dot at its end. */ readonly path: readonly Pair[] }
    | { /** Only what `plot` draws. */ readonly frameCount: number }
  );

interface Moving {
  readonly kind: "frames" | "path" | "plot";
  readonly count: number;
  readonly x: readonly number[];
  readonly ys: readonly (readonly number[])[];
  readonly path: readonly Pair[];
}

type Follow = (frame: number, data: unknown) => Partial<Plot>;

interface Front extends AnimationState<unknown> {
  readonly base: Plot;
  readonly moving: Moving;
  readonly framesPerSecond: number;
  readonly counts: string;
}

export function frameAt(
  { base, moving, frame, data }: Pick<Front, "base" | "moving" | "frame" | "data">,
  follow?: Follow,
): Plot {
  const own: Partial<Plot> = follow?.(frame, data) ?? {};
  const gone = moving.path.slice(0, frame + 1);
  const xs = gone.map((point) => point[0]);
  const line =
    moving.kind === "path"
      ? { x: xs, y: gone.map((point) => point[1]) }
      : { x: moving.x, y: moving.ys[frame] ?? [] };
  const lines = [...(own.lines ?? []), ...(moving.kind === "plot" ? [] : [line])];
  const end = gone.at(-1);
  return {
    ...base,
    ...own,
    lines,
    dots: [...(own.dots ?? []), ...(end ? [{ at: end, color: "#0072b2" }] : [])],
  };
}

/** Plays by the clock, so that a slow page drops frames and several views agree. */
export function renderAnimation({ model, el, signal }: FrontProps<Front>, follow?: Follow): () => void {
  const page = el.ownerDocument;
  const view = page.defaultView;
  const last = model.get("moving").count - 1;
  const draw = pictureIn(el, () =>
    frameAt(
      {
        base: model.get("base"),
        moving: model.get("moving"),
        frame: model.get("frame"),
        data: model.get("data"),
      },
      follow,
    ),
  );
  const row = rowIn(el);
  const button = page.createElement("button");
  button.setAttribute("type", "button");
  button.style.cssText = "min-width:4.5em";
  const slider = rangeInput(el, model.get("counts"), { min: 0, max: last, step: 1 });
  const output = page.createElement("output");
  output.style.cssText = "min-width:6em;text-align:right;font-variant-numeric:tabular-nums";
  row.append(button, slider, output);
  let request = 0;
  let startMs: number | undefined;
  let first = 0;
  const step = (nowMs: number): void => {
    request = 0;
    if (!model.get("isPlaying") || !el.isConnected) return;
    startMs ??= nowMs;
    const next = Math.min(
      last,
      first + Math.floor(((nowMs - startMs) / 1000) * model.get("framesPerSecond")),
    );
    if (next !== model.get("frame")) change(model, "frame", next);
    if (next === last) change(model, "isPlaying", false);
    else request = view?.requestAnimationFrame(step) ?? 0;
  };
  const play = (): void => {
    const isPlaying = model.get("isPlaying");
    button.textContent = isPlaying ? "Pause" : "Play";
    if (!isPlaying || request) return;
    startMs = undefined;
    first = model.get("frame") >= last ? 0 : model.get("frame");
    request = view?.requestAnimationFrame(step) ?? 0;
  };
  const show = (): void => {
    const frame = model.get("frame");
    const words = `${model.get("counts")} ${frame} of ${last}`;
    slider.value = String(frame);
    slider.setAttribute("aria-valuetext", words);
    output.textContent = `${frame} / ${last}`;
    draw();
  };
  button.addEventListener("click", () => change(model, "isPlaying", !model.get("isPlaying")), { signal });
  slider.addEventListener(
    "input",
    () => {
      if (model.get("isPlaying")) change(model, "isPlaying", false);
      change(model, "frame", slider.valueAsNumber);
    },
    { signal },
  );
  model.on("change:isPlaying", play);
  for (const key of ["frame", "data", "base"]) model.on(`change:${key}`, show);
  // Somebody who asked their system for less motion starts it by hand.
  if (view?.matchMedia("(prefers-reduced-motion: reduce)").matches && model.get("isPlaying"))
    model.set("isPlaying", false);
  show();
  play();
  return () => view?.cancelAnimationFrame(request);
}

/** Stands still until the reader or `w.set("isPlaying", true)` starts it. Throws a RangeError without frames. */
export function animatedLine<Data = undefined>(
  options: AnimationOptions<Data>,
): Widget<AnimationState<Data>> {
  const { framesPerSecond = 12, counts = "frame", plot, data, ...rest } = options;
  const { moving, base } = movingOf(rest);
  if (!(moving.count > 0)) throw new RangeError(`animatedLine: want at least 1 frame, got ${moving.count}`);
  const follow = plot && (tried("animatedLine", plot, 0, data) as Follow);
  const state = { frame: 0, isPlaying: false, data: data ?? null, base, moving, framesPerSecond, counts };
  const description =
    options.description ?? `${options.title ?? "plot"} in ${moving.count} frames, to be played`;
  return widget(figureModule(renderAnimation, [frameAt], plot), state as unknown as AnimationState<Data>, {
    description,
    needsKernel: false,
    // Where nothing moves the end says most: of a path all of it, of a development its outcome.
    picture: (now) =>
      plotSvg({
        description,
        ...frameAt({ base, moving, frame: now.frame || moving.count - 1, data: now.data }, follow),
      }),
  });
}

function movingOf(options: object): { moving: Moving; base: Plot } {
  const {
    frames = [],
    at,
    path = [],
    frameCount = 0,
    ...base
  } = options as {
    frames?: readonly ArrayLike<number>[];
    at?: ArrayLike<number>;
    path?: readonly Pair[];
    frameCount?: number;
  } & Plot;
  const kind = frames.length > 0 ? "frames" : path.length > 0 ? "path" : "plot";
  const ys = frames.map((frame) => Array.from(frame));
  const x = at ? Array.from(at) : (ys[0] ?? []).map((_, i) => i);
  const count = { frames: frames.length, path: path.length, plot: frameCount }[kind];
  return { moving: { kind, count, x, ys, path: path.map(([px, py]) => [px, py]) }, base };
}
