/**
 * A matrix as a picture: SVG, light for small and dark for large. Elements, sizes and a caption in; SVG text out.
 * A large matrix is sampled; the least and the largest are of all of it. NaN and ±∞ have colours of their own and are counted.
 */
import type { Data } from "./dtype.ts";

/** At most so many cells a side: enough for a digit image, and small in a notebook's file. */
const maxCells = 56;
const pictureWidth = 336;
const levels = 24;
const lineHeight = 16;
const colours = { nan: "#d6006c", infinity: "#e69f00" } as const;

interface Range {
  readonly low: number;
  readonly high: number;
  readonly nans: number;
  readonly infinities: number;
}

/** Takes a row-major matrix of at least one element. */
export function heatMap(data: Data, rows: number, columns: number, caption: string): string {
  const step = Math.max(1, Math.ceil(Math.max(rows, columns) / maxCells));
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const size = Math.max(2, Math.floor(pictureWidth / Math.max(width, height)));
  const range = rangeOf(data);
  const paths = new Map<string, string>();
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const colour = colourOf(data[i * step * columns + j * step], range);
      paths.set(colour, `${paths.get(colour) ?? ""}M${j} ${i}h1v1h-1z`);
    }
  const cells = [...paths].map(([colour, d]) => `<path fill="${colour}" d="${d}"/>`).join("");
  const lines = [caption, legend(range, step)];
  const text = lines
    .map((line, i) => `<text x="0" y="${height * size + (i + 1) * lineHeight}">${line}</text>`)
    .join("");
  const total = { width: Math.max(width * size, 360), height: height * size + lines.length * lineHeight + 6 };
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total.width}" height="${total.height}" role="img" aria-label="${lines.join("; ")}" ` +
    `font-family="sans-serif" font-size="12" fill="#777"><g transform="scale(${size})" shape-rendering="crispEdges">${cells}</g>${text}</svg>`
  );
}

function rangeOf(data: Data): Range {
  let [low, high, nans, infinities] = [Infinity, -Infinity, 0, 0];
  for (const x of data) {
    if (Number.isNaN(x)) nans++;
    else if (Number.isFinite(x)) [low, high] = [Math.min(low, x), Math.max(high, x)];
    else infinities++;
  }
  return { low, high, nans, infinities };
}

/** White to near black over the range, in a few levels, so that equal cells share one path. */
function colourOf(x: number, { low, high }: Range): string {
  if (Number.isNaN(x)) return colours.nan;
  if (!Number.isFinite(x)) return colours.infinity;
  const share = high > low ? (x - low) / (high - low) : 0.5;
  const level = Math.round(share * levels) / levels;
  const channel = (light: number, dark: number) => Math.round(light + (dark - light) * level);
  return `rgb(${channel(247, 8)},${channel(251, 29)},${channel(255, 88)})`;
}

function legend({ low, high, nans, infinities }: Range, step: number): string {
  const finite = low <= high ? `${digits(low)} (light) to ${digits(high)} (dark)` : "nothing finite";
  const notes = [
    nans > 0 ? `${nans} NaN` : "",
    infinities > 0 ? `${infinities} infinite` : "",
    step > 1 ? `1 of ${step} rows and columns` : "",
  ];
  return [finite, ...notes.filter((note) => note !== "")].join(", ");
}

function digits(x: number): string {
  return String(Number(x.toPrecision(4)));
}
