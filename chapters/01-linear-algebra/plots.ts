/**
 * The drawings of chapter 01: small pictures in rows, and lines with axes. Plumbing that the prose does not teach.
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

const cell = 7;
const gap = 10;
const captionHeight = 16;
const colours = ["#1b6ca8", "#b3541e", "#2e7d4f", "#555555", "#555555"];

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

/** Lines and dots over two linear axes that start at 0. */
export function lineChart(figure: {
  title: string;
  alt: string;
  x: string;
  y: string;
  series: readonly Series[];
}): Figure {
  const [width, height, left, bottom, top] = [560, 340, 46, 40, 14];
  const points = figure.series.flatMap((series) => series.points);
  const [xMost, yMost] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
  const toX = (x: number): number => left + (x / xMost) * (width - left - gap);
  const toY = (y: number): number => height - bottom - (y / yMost) * (height - bottom - top);
  const ticks = (most: number): number[] => Array.from({ length: Math.floor(most / 2) + 1 }, (_, i) => 2 * i);
  const parts = [
    ...ticks(xMost).map((x) => text(toX(x), height - bottom + 14, String(x))),
    ...ticks(yMost).map((y) => text(left - 14, toY(y) + 4, String(y))),
    `<path d="M${left} ${top}V${height - bottom}H${width - gap}" fill="none" stroke="#333"/>`,
    text((left + width) / 2, height - 8, figure.x),
    `<g transform="translate(12 ${(height - bottom + top) / 2}) rotate(-90)">${text(0, 0, figure.y)}</g>`,
    ...figure.series.map((series, i) => drawSeries(series, i, toX, toY)),
    ...figure.series.map((series, i) => legendEntry(series, i, width)),
  ];
  return frame(figure, width, height, parts);
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

/** Measurements carry their name in the colour of their line, at the top right, where no line comes. */
function legendEntry(series: Series, index: number, width: number): string {
  return `<text x="${width - gap}" y="${26 + 16 * index}" font-size="12" text-anchor="end" fill="${colours[index]}">${escaped(series.dashed ? `- - ${series.name}` : `● ${series.name}`)}</text>`;
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
