/** A profile for a person: text, an HTML table, and bars as SVG. Rows in, MIME bundle out. */
import type { MimeBundle } from "../display.ts";
import type { ProfileRow } from "./report.ts";

const headings = ["program", "runs", "ms", "GFLOP", "MB", "of roofline"];
/** More programs than this are summed up in one line. */
const shown = 20;

export function profileBundle(rows: readonly ProfileRow[], wallMs: number): MimeBundle {
  const caption = captionOf(rows, wallMs);
  const short = shortened(rows);
  return {
    "text/plain": [caption, ...aligned([headings, ...short.map(cells)])].join("\n"),
    "text/html": html(short, caption),
    "image/svg+xml": bars(short, caption),
  };
}

function captionOf(rows: readonly ProfileRow[], wallMs: number): string {
  const runs = rows.reduce((sum, { runs }) => sum + runs, 0);
  const ms = rows.reduce((sum, row) => sum + row.ms, 0);
  return `${runs} programs in ${digits(ms)} ms of ${digits(wallMs)} ms`;
}

function shortened(rows: readonly ProfileRow[]): readonly ProfileRow[] {
  if (rows.length <= shown) return rows;
  const rest = rows.slice(shown);
  const total = (of: (row: ProfileRow) => number): number => rest.reduce((sum, row) => sum + of(row), 0);
  const ms = total((r) => r.ms);
  const others: ProfileRow = {
    program: `${rest.length} others`,
    runs: total((r) => r.runs),
    ms,
    flops: total((r) => r.flops),
    bytes: total((r) => r.bytes),
    roofline: ms > 0 ? total((r) => r.roofline * r.ms) / ms : 0,
  };
  return [...rows.slice(0, shown), others];
}

function cells({ program, runs, ms, flops, bytes, roofline }: ProfileRow): readonly string[] {
  return [
    program,
    String(runs),
    digits(ms),
    digits(flops / 1e9),
    digits(bytes / 1e6),
    `${Math.round(roofline * 100)} %`,
  ];
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}

function html(rows: readonly ProfileRow[], caption: string): string {
  const line = (tag: "th" | "td", of: readonly string[]): string =>
    `<tr>${of.map((cell, i) => `<${tag} style="text-align:${i === 0 ? "left" : "right"}">${escaped(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", cells(row))).join("");
  return `<table><caption>${escaped(caption)}</caption><thead>${line("th", headings)}</thead><tbody>${body}</tbody></table>`;
}

const size = { row: 20, label: 300, bar: 240, gap: 8, figure: 150 } as const;

/** A bar for each program's time; its dark part is what the roofline allows it. */
function bars(rows: readonly ProfileRow[], caption: string): string {
  const most = Math.max(...rows.map(({ ms }) => ms), 1e-9);
  const lines = rows.map((row, i) => bar(row, i, most)).join("");
  const [width, height] = [size.label + size.bar + size.gap + size.figure, (rows.length + 2) * size.row];
  const note = "dark: the share of the time that the device's peak and bandwidth would need";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${escaped(caption)}" ` +
    `font-family="sans-serif" font-size="12" fill="#777"><text x="0" y="14">${escaped(`${caption}; ${note}`)}</text>${lines}</svg>`
  );
}

function bar({ program, ms, roofline }: ProfileRow, i: number, most: number): string {
  const y = (i + 1) * size.row;
  const width = (ms / most) * size.bar;
  const full = Math.min(1, roofline) * width;
  const x = size.label + size.gap;
  const rect = (fill: string, w: number): string =>
    `<rect x="${x}" y="${y}" width="${w.toFixed(1)}" height="${size.row - 6}" fill="${fill}"/>`;
  return (
    `<text x="${size.label}" y="${y + 11}" text-anchor="end">${escaped(program.slice(0, 44))}</text>` +
    `${rect("#9ecae1", width)}${rect("#08519c", full)}` +
    `<text x="${x + width + size.gap}" y="${y + 11}">${digits(ms)} ms, ${Math.round(roofline * 100)} %</text>`
  );
}

function digits(x: number): string {
  return x === 0 ? "0" : String(Number(x.toPrecision(3)));
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
