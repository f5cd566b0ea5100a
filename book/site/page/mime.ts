/** Which of the kinds that an output offers a page shows. Without scripts: a specification counts only by its picture. */
import type { Output } from "../../write/notebook.ts";

export type Bundle = Readonly<Record<string, unknown>>;

/** Best first. An SVG comes before HTML where it is the picture of a figure's specification. */
const KINDS = [
  "text/html",
  "image/svg+xml",
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "text/markdown",
  "text/latex",
  "application/json",
  "text/plain",
] as const;

export type Kind = (typeof KINDS)[number];

export function bundleOf(output: Output): Bundle {
  return (output["data"] ?? {}) as Bundle;
}

export function chooseKind(bundle: Bundle): Kind | undefined {
  const isSpecified = Object.keys(bundle).some((type) =>
    /^application\/vnd\.(?:vega|plotly|jupyter\.widget)/.test(type),
  );
  const pictures = KINDS.filter((kind) => kind.startsWith("image/"));
  return [...(isSpecified ? pictures : []), ...KINDS].find((kind) => kind in bundle);
}

/** Whether a page shows the output as a numbered figure. */
export function isFigure(output: Output): boolean {
  return chooseKind(bundleOf(output))?.startsWith("image/") ?? false;
}

/** nbformat allows a text as a list of lines. */
export function textOf(value: unknown): string {
  return Array.isArray(value)
    ? value.join("")
    : typeof value === "string"
      ? value
      : JSON.stringify(value, null, 2);
}
