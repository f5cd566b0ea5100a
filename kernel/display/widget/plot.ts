/**
 * A small plot as SVG, of lines, bars, arrows and dots: data in, text out. The kernel draws static pictures by it, a page redraws by it
 * while something moves: every function here travels to the page as text, so each uses only its arguments and its siblings of `plotParts`.
 * For statistical pictures there is Vega-Lite; this is what sixty redraws a second need.
 */

export type Pair = readonly [number, number];

export interface PlotLine {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Stands in the legend. */
  readonly label?: string;
  readonly color?: string;
  readonly isDashed?: boolean;
}

export interface PlotArrow {
  /** Default: the origin. */
  readonly from?: Pair;
  readonly to: Pair;
  readonly label?: string;
  readonly color?: string;
}

export interface PlotDot {
  readonly at: Pair;
  readonly label?: string;
  readonly color?: string;
}

export interface PlotBars {
  /** Middles, on the x axis. Default: 0, 1, 2, … */
  readonly x?: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** One below each bar, in the place of the axis' numbers. */
  readonly names?: readonly string[];
  readonly label?: string;
  readonly color?: string;
}

export interface Plot {
  /** From where to where the axes go. */
  readonly x: Pair;
  readonly y: Pair;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly title?: string;
  /** What the picture shows, for those who do not see it. */
  readonly description?: string;
  readonly lines?: readonly PlotLine[];
  readonly bars?: readonly PlotBars[];
  readonly arrows?: readonly PlotArrow[];
  readonly dots?: readonly PlotDot[];
  /** Of the whole picture. Default 480 × 320. */
  readonly widthPx?: number;
  readonly heightPx?: number;
}

/** Where the axes stand in the picture, in px. */
export interface PlotArea {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly innerWidth: number;
  readonly innerHeight: number;
}

export function areaOf(plot: Plot): PlotArea {
  const [width, height] = [plot.widthPx ?? 480, plot.heightPx ?? 320];
  const [left, top] = [58, plot.title ? 34 : 14];
  return { width, height, left, top, innerWidth: width - left - 14, innerHeight: height - top - 46 };
}

/** Data → px. */
export function placeOf(plot: Plot, [x, y]: Pair): Pair {
  const { left, top, innerWidth, innerHeight } = areaOf(plot);
  return [
    left + ((x - plot.x[0]) / (plot.x[1] - plot.x[0])) * innerWidth,
    top + innerHeight - ((y - plot.y[0]) / (plot.y[1] - plot.y[0])) * innerHeight,
  ];
}

/** px → data. */
export function pointAt(plot: Plot, [px, py]: Pair): Pair {
  const { left, top, innerWidth, innerHeight } = areaOf(plot);
  return [
    plot.x[0] + ((px - left) / innerWidth) * (plot.x[1] - plot.x[0]),
    plot.y[0] + ((top + innerHeight - py) / innerHeight) * (plot.y[1] - plot.y[0]),
  ];
}

/** 3 significant digits, without trailing zeros: "0.25", "1200", "1e-7". */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6))
    return value.toExponential(2).replace(/\.?0+e\+?/, "e");
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3)));
}

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticksOf([low, high]: Pair, count: number): number[] {
  const rough = Math.abs(high - low) / count;
  if (!(rough > 0 && Number.isFinite(rough))) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
  const [from, to] = [Math.ceil(Math.min(low, high) / step), Math.floor(Math.max(low, high) / step)];
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Okabe and Ito's colours, told apart by everybody and dark enough on white. */
export function colorAt(index: number): string {
  return ["#0072b2", "#d55e00", "#007a5a", "#aa4a8a", "#8a6d00", "#333333"][index % 6];
}

export function axesSvg(plot: Plot): string {
  const { left, top, innerWidth, innerHeight } = areaOf(plot);
  const bottom = top + innerHeight;
  const names = plot.bars?.find((bars) => bars.names)?.names;
  const across = names ? names.map((_, i) => plot.bars?.[0]?.x?.[i] ?? i) : ticksOf(plot.x, 6);
  const vertical = across.map((x, i) => {
    const [px] = placeOf(plot, [x, 0]);
    const grid = names ? "" : `<path d="M${px.toFixed(1)} ${top}v${innerHeight}" stroke="#e4e4e4"/>`;
    return `${grid}<text x="${px.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${escapeText(names?.[i] ?? shortNumber(x))}</text>`;
  });
  const horizontal = ticksOf(plot.y, 5).map((y) => {
    const py = placeOf(plot, [0, y])[1].toFixed(1);
    return `<path d="M${left} ${py}h${innerWidth}" stroke="${y === 0 ? "#888888" : "#e4e4e4"}"/><text x="${left - 6}" y="${py}" dy="0.32em" text-anchor="end">${shortNumber(y)}</text>`;
  });
  const title = plot.title
    ? `<text x="${left + innerWidth / 2}" y="20" text-anchor="middle" font-size="14" font-weight="600">${escapeText(plot.title)}</text>`
    : "";
  const xLabel = plot.xLabel
    ? `<text x="${left + innerWidth / 2}" y="${bottom + 36}" text-anchor="middle">${escapeText(plot.xLabel)}</text>`
    : "";
  const yLabel = plot.yLabel
    ? `<text transform="translate(14 ${top + innerHeight / 2}) rotate(-90)" text-anchor="middle">${escapeText(plot.yLabel)}</text>`
    : "";
  return `${vertical.join("")}${horizontal.join("")}<path d="M${left} ${top}v${innerHeight}h${innerWidth}" fill="none" stroke="#555555"/>${title}${xLabel}${yLabel}`;
}

/** A point that is no number breaks the line. */
export function linePath(plot: Plot, { x, y }: PlotLine): string {
  let path = "";
  let isDown = false;
  for (let i = 0; i < x.length; i++) {
    const [px, py] = placeOf(plot, [x[i], y[i]]);
    const isNumber = Number.isFinite(px) && Number.isFinite(py);
    if (isNumber)
      path += `${isDown ? "L" : "M"}${px.toFixed(1)} ${Math.max(-1e4, Math.min(1e4, py)).toFixed(1)}`;
    isDown = isNumber;
  }
  return path;
}

export function barsSvg(plot: Plot, { x, y }: PlotBars, color: string, place: number, count: number): string {
  const gap = y.length > 1 ? Math.abs((x?.[1] ?? 1) - (x?.[0] ?? 0)) : (plot.x[1] - plot.x[0]) / 2;
  const slot = (0.8 * gap) / count;
  return Array.from(y, (height, i) => {
    const middle = (x?.[i] ?? i) + (place - (count - 1) / 2) * slot;
    const [left, top] = placeOf(plot, [middle - slot / 2, Math.max(height, 0)]);
    const [right, bottom] = placeOf(plot, [middle + slot / 2, Math.min(height, 0)]);
    if (![left, top, right, bottom].every(Number.isFinite)) return "";
    return `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${(right - left).toFixed(1)}" height="${Math.max(0, bottom - top).toFixed(1)}" fill="${color}"/>`;
  }).join("");
}

export function arrowSvg(plot: Plot, { from, to, label }: PlotArrow, color: string): string {
  const [[x1, y1], [x2, y2]] = [placeOf(plot, from ?? [0, 0]), placeOf(plot, to)];
  if (![x1, y1, x2, y2].every(Number.isFinite)) return "";
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = length > 0 ? [(x2 - x1) / length, (y2 - y1) / length] : [0, 0];
  const head = Math.min(10, length);
  const [bx, by] = [x2 - head * ux, y2 - head * uy];
  const corner = (side: number): string =>
    `${(bx - side * 0.4 * head * uy).toFixed(1)} ${(by + side * 0.4 * head * ux).toFixed(1)}`;
  const text = label
    ? `<text x="${(x2 + 12 * ux).toFixed(1)}" y="${(y2 + 12 * uy).toFixed(1)}" dy="0.32em" text-anchor="${ux < -0.3 ? "end" : ux > 0.3 ? "start" : "middle"}" fill="${color}" font-weight="600">${escapeText(label)}</text>`
    : "";
  return `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${bx.toFixed(1)} ${by.toFixed(1)}" stroke="${color}" stroke-width="2.5"/><path d="M${x2.toFixed(1)} ${y2.toFixed(1)}L${corner(1)}L${corner(-1)}z" fill="${color}"/>${text}`;
}

export function dotSvg(plot: Plot, { at, label }: PlotDot, color: string): string {
  const [x, y] = placeOf(plot, at);
  if (![x, y].every(Number.isFinite)) return "";
  const text = label
    ? `<text x="${(x + 9).toFixed(1)}" y="${y.toFixed(1)}" dy="0.32em">${escapeText(label)}</text>`
    : "";
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="5" fill="${color}"/>${text}`;
}

export function legendSvg(
  plot: Plot,
  entries: readonly { label: string; color: string; item: object }[],
): string {
  const { left, top, innerWidth } = areaOf(plot);
  return entries
    .map(({ label, color, item }, i) => {
      const y = top + 14 + 17 * i;
      return `<path d="M${left + innerWidth - 22} ${y}h18" stroke="${color}" stroke-width="3"${"isDashed" in item && item.isDashed ? ' stroke-dasharray="5 4"' : ""}/><text x="${left + innerWidth - 27}" y="${y}" dy="0.32em" text-anchor="end" stroke="#ffffff" stroke-width="3" paint-order="stroke">${escapeText(label)}</text>`;
    })
    .join("");
}

/** The whole picture, an SVG document: white behind, so that it reads in dark pages too. What lies outside of the axes is cut off. */
export function plotSvg(plot: Plot): string {
  const { width, height, left, top, innerWidth, innerHeight } = areaOf(plot);
  const { lines = [], bars = [], arrows = [], dots = [] } = plot;
  let next = 0;
  const colored = <Item extends { readonly color?: string; readonly label?: string }>(
    items: readonly Item[],
  ) =>
    items.map((item) => ({
      item,
      label: item.label ?? "",
      color: escapeText(item.color ?? colorAt(next++)),
    }));
  const [barred, lined] = [colored(bars), colored(lines)];
  const marks = [
    ...barred.map(({ item, color }, i) => barsSvg(plot, item, color, i, bars.length)),
    ...lined.map(
      ({ item, color }) =>
        `<path d="${linePath(plot, item)}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"${item.isDashed ? ' stroke-dasharray="5 4"' : ""}/>`,
    ),
    ...colored(arrows).map(({ item, color }) => arrowSvg(plot, item, color)),
    ...colored(dots).map(({ item, color }) => dotSvg(plot, item, color)),
  ];
  const legend = [...barred, ...lined].filter(({ label }) => label !== "");
  const cut = `<svg x="${left}" y="${top}" width="${innerWidth}" height="${innerHeight}" viewBox="${left} ${top} ${innerWidth} ${innerHeight}">${marks.join("")}</svg>`;
  const words = escapeText(plot.description ?? plot.title ?? "plot");
  const heading = plot.title ? `<title>${escapeText(plot.title)}</title>` : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words}" font-family="sans-serif" font-size="12" fill="#333333">${heading}<desc>${words}</desc><rect width="${width}" height="${height}" fill="#ffffff"/>${axesSvg(plot)}${cut}${legendSvg(plot, legend)}</svg>`;
}

/** What a module of a page needs to draw by `plotSvg`. */
export const plotParts = [
  areaOf,
  placeOf,
  pointAt,
  shortNumber,
  ticksOf,
  escapeText,
  colorAt,
  axesSvg,
  linePath,
  barsSvg,
  arrowSvg,
  dotSvg,
  legendSvg,
  plotSvg,
] as const;
