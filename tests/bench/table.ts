/** Rows → a table for a person to read, one line per row. Pure. */
import type { Row } from "./row.ts";

const headings = ["what", "ours", "peer", "ratio", "goal", "", "peer is"];

/** Columns padded to their widest cell; the reason of a row without a verdict stands at its end. */
export function table(rows: readonly Row[]): string {
  const lines = [headings, ...rows.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells({ what, ours, peer, peerName, unit, ratio, goal, ok, why }: Row): string[] {
  const figure = (value: number | null): string => (value === null ? "–" : `${rounded(value)} ${unit}`);
  const verdict = { true: "kept", false: "MISSED", null: "" }[`${ok}`];
  const unmeasured = ours === null || (peer === null && peerName !== null) ? `: ${why}` : "";
  return [
    what,
    figure(ours),
    figure(peer),
    ratio?.toFixed(2) ?? "–",
    goal ?? "",
    verdict,
    (peerName ?? "–") + unmeasured,
  ];
}

/** Three digits that mean something: 0.123, 1.23, 12.3, 123. */
function rounded(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(value, 0.001))));
  return value.toFixed(Math.min(3, digits));
}
