/**
 * The book's plain drawings: small pictures in rows, and lines with axes, linear or logarithmic. Plumbing that no prose teaches.
 * Later chapters import it as `below/linear-algebra/plots`.
 * Numbers in, a value out that a notebook shows as SVG and anything else as its text alternative.
 * Pure: no host, no clock; white ground and dark ink, so that it reads on light and dark pages.
 */

/** What a notebook shows: the SVG, or the sentence that says what it shows. */
export interface Figure {
  readonly svg: string;
  readonly alt: string;
}

export interface Picture {
  readonly caption: string;
  /** [side · side], row by row. */
  readonly values: ArrayLike<number>;
  /** Values of both signs: blue below zero, red above. Left out: ink, where what is below 0 is paper. */
  readonly signed?: boolean;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A prediction rather than a measurement: a dashed line without dots. */
  readonly dashed?: boolean;
}

/** Of a chart's names: how they hang at their place, and how far along the axis it is. */
const anchors = {
  left: { anchor: "start", share: 0 },
  middle: { anchor: "middle", share: 0.5 },
  right: { anchor: "end", share: 1 },
};

const cell = 7;
const gap = 10;
const captionHeight = 16;
const colours = ["#1b6ca8", "#b3541e", "#2e7d4f", "#7a3e9d", "#555555", "#555555"];

/** Rows of square pictures, each scaled by its own largest size. */
export function pictures(figure: {
  title: string;
  alt: string;
  side: number;
  rows: readonly (readonly Picture[])[];
}): Figure {
  const { side, rows } = figure;
  const size = side * cell;
  const width = gap + Math.max(...rows.map((row) => row.length)) * (size + gap);
  const parts = rows.flatMap((row, r) =>
    row.map((picture, c) => {
      const [x, y] = [gap + c * (size + gap), gap + r * (size + captionHeight + gap)];
      return `<g transform="translate(${x} ${y})">${pixels(picture, side)}${text(size / 2, size + 12, picture.caption)}</g>`;
    }),
  );
  return frame(figure, width, gap + rows.length * (size + captionHeight + gap), parts);
}

/** One axis: what it measures, and whether equal distances are equal ratios ("log") or equal differences. */
export interface Axis {
  readonly name: string;
  readonly scale?: "linear" | "log";
  /** Left out: what the points need; a linear axis then begins at 0 or below. Points outside are left out. */
  readonly from?: number;
  readonly to?: number;
}

interface ScaledAxis {
  readonly ticks: readonly number[];
  /** 0 at the axis' beginning, 1 at its end. */
  readonly at: (value: number) => number;
}

/** Lines and dots over two axes. A string is a linear axis of that name. */
export function lineChart(figure: {
  title: string;
  alt: string;
  x: string | Axis;
  y: string | Axis;
  series: readonly Series[];
  /** Where at the top no line comes: there stand the names. Default "right". */
  legend?: keyof typeof anchors;
}): Figure {
  const [width, height, left, bottom, top] = [560, 340, 56, 40, 14];
  const [xAxis, yAxis] = [figure.x, figure.y].map((axis) =>
    typeof axis === "string" ? { name: axis } : axis,
  );
  const points = figure.series.flatMap((series) => series.points);
  const [x, y] = [xAxis, yAxis].map((axis, i) =>
    scaledAxis(
      axis,
      points.map((point) => point[i]),
    ),
  );
  const toX = (value: number): number => left + x.at(value) * (width - left - gap);
  const toY = (value: number): number => height - bottom - y.at(value) * (height - bottom - top);
  const inside = ([px, py]: readonly [number, number]): boolean =>
    [x.at(px), y.at(py)].every((share) => share >= -1e-9 && share <= 1 + 1e-9);
  const shown = figure.series.map((series) => ({ ...series, points: series.points.filter(inside) }));
  const parts = [
    ...x.ticks.map((value) => text(toX(value), height - bottom + 14, label(value))),
    ...y.ticks.map((value) => text(left - 18, toY(value) + 4, label(value))),
    `<path d="M${left} ${top}V${height - bottom}H${width - gap}" fill="none" stroke="#333"/>`,
    text((left + width) / 2, height - 8, xAxis.name),
    `<g transform="translate(12 ${(height - bottom + top) / 2}) rotate(-90)">${text(0, 0, yAxis.name)}</g>`,
    ...shown.map((series, i) => drawSeries(series, i, toX, toY)),
    ...shown.map((series, i) => legendEntry(series, i, figure.legend ?? "right", [left + gap, width - gap])),
  ];
  return frame(figure, width, height, parts);
}

function scaledAxis({ scale = "linear", from, to }: Axis, values: readonly number[]): ScaledAxis {
  const usable = values.filter((value) => Number.isFinite(value) && (scale === "linear" || value > 0));
  const first = from ?? (scale === "log" ? Math.min(...usable) : Math.min(0, ...usable));
  const last = to ?? Math.max(...usable);
  if (scale === "log") {
    const [low, high] = [Math.log10(first), Math.log10(last)];
    const every = Math.max(1, Math.ceil((high - low) / 8));
    return {
      ticks: range(Math.ceil(low / every - 1e-9), Math.floor(high / every + 1e-9)).map(
        (k) => 10 ** (k * every),
      ),
      at: (value) => (Math.log10(value) - low) / (high - low),
    };
  }
  const rough = (last - first) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return {
    ticks: range(Math.ceil(first / step - 1e-9), Math.floor(last / step + 1e-9)).map((k) => k * step),
    at: (value) => (value - first) / (last - first),
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

/** 0.30000000000000004 is 0.3; far from 1, powers of ten. */
function label(value: number): string {
  const plain = Number(value.toPrecision(6));
  return plain === 0 || (Math.abs(plain) >= 1e-3 && Math.abs(plain) < 1e5)
    ? String(plain)
    : plain.toExponential();
}

function drawSeries(
  series: Series,
  index: number,
  toX: (x: number) => number,
  toY: (y: number) => number,
): string {
  const places = series.points.map(([x, y]) => [toX(x).toFixed(1), toY(y).toFixed(1)] as const);
  const dash = series.dashed ? ` stroke-dasharray="5 4"` : "";
  const line = `<polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${colours[index]}" stroke-width="1.6"${dash}/>`;
  const dots = places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colours[index]}"/>`);
  return series.dashed ? line : line + dots.join("");
}

/** Measurements carry their name in the colour of their line. */
function legendEntry(
  series: Series,
  index: number,
  place: keyof typeof anchors,
  [from, to]: readonly [number, number],
): string {
  const { anchor, share } = anchors[place];
  const x = from + share * (to - from);
  return `<text x="${x}" y="${26 + 16 * index}" font-size="12" text-anchor="${anchor}" fill="${colours[index]}">${escaped(series.dashed ? `- - ${series.name}` : `● ${series.name}`)}</text>`;
}

/** One horizontal run of equal colour is one rectangle: a third of the text of a rectangle a pixel. */
function pixels({ values, signed = false }: Picture, side: number): string {
  const numbers = Array.from(values);
  const most = Math.max(...numbers.map(Math.abs)) || 1;
  const shade = (value: number): number => Math.round((24 * value) / most) / 24; // coarse, so that runs of one colour are long
  const fill = (value: number): string => (signed ? signedColour(shade(value)) : grey(shade(value)));
  const size = side * cell;
  const parts: string[] = [];
  for (let start = 0; start < numbers.length;) {
    const row = Math.floor(start / side);
    let end = start + 1;
    while (end < (row + 1) * side && fill(numbers[end]) === fill(numbers[start])) end++;
    if (fill(numbers[start]) !== "#ffffff") {
      parts.push(
        `<rect x="${(start % side) * cell}" y="${row * cell}" width="${(end - start) * cell}" height="${cell}" fill="${fill(numbers[start])}"/>`,
      );
    }
    start = end;
  }
  parts.push(`<rect width="${size}" height="${size}" fill="none" stroke="#999" stroke-width="0.5"/>`);
  return parts.join("");
}

function grey(ink: number): string {
  const level = 255 * (1 - Math.min(1, Math.max(0, ink)));
  return hex(level, level, level);
}

function signedColour(value: number): string {
  const pale = 1 - Math.abs(value);
  return value < 0 ? hex(255 * pale, 100 + 155 * pale, 255) : hex(255, 80 + 175 * pale, 255 * pale);
}

function hex(...levels: number[]): string {
  return `#${levels.map((level) => Math.round(level).toString(16).padStart(2, "0")).join("")}`;
}

function text(x: number, y: number, content: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="12" text-anchor="middle" fill="#222">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The SVG with title and description for screen readers, as a value that Jupyter shows. */
function frame(
  { title, alt }: { title: string; alt: string },
  width: number,
  height: number,
  parts: readonly string[],
): Figure {
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif">`,
    `<title>${escaped(title)}</title><desc>${escaped(alt)}</desc>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...parts,
    "</svg>",
  ].join("");
  const bundle = { "image/svg+xml": svg, "text/plain": `${title}. ${alt}` };
  return Object.defineProperty({ svg, alt }, Symbol.for("Jupyter.display"), { value: () => bundle });
}
