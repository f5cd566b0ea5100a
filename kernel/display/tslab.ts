/**
 * `import * as tslab from "tslab"` in a cell of ours: the display API of tslab 1.0.22, so that its notebooks run unchanged.
 * What each call sends is what tslab sends (tests/compat replays its transcripts). No package is needed.
 */
import { checked } from "./bundle.ts";
import { findHost, newDisplayId } from "./host.ts";

/** Shows text or bytes of a kind: `tslab.display.html("<b>bold</b>")`. */
export interface Display {
  javascript(source: string): void;
  html(source: string): void;
  markdown(source: string): void;
  latex(source: string): void;
  svg(source: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(text: string): void;
  /** Any MIME type; bytes are sent as base64. */
  raw(contentType: string, data: string | Uint8Array): void;
}

/** Each call shows a further output. */
export const display: Display = displayWith((contentType, data) => send(contentType, data));

/** One output of its own: the first call shows it, each later one overwrites it, also from another cell. */
export function newDisplay(): Display {
  const displayId = newDisplayId();
  let update = false;
  return displayWith((contentType, data) => {
    send(contentType, data, { displayId, ...(update ? { update } : {}) });
    update = true;
  });
}

/** tslab's own version is the one whose API this is. */
export const versions: { readonly tslab: string; readonly typescript: string; readonly node: string } = {
  tslab: "1.0.22",
  typescript: "7.0.2",
  node: globalThis.process?.version ?? "none",
};

function displayWith(raw: Display["raw"]): Display {
  const of =
    (contentType: string) =>
    (data: string | Uint8Array): void =>
      raw(contentType, data);
  return {
    javascript: of("text/javascript"),
    html: of("text/html"),
    markdown: of("text/markdown"),
    latex: of("text/latex"),
    svg: of("image/svg+xml"),
    png: of("image/png"),
    jpeg: of("image/jpeg"),
    gif: of("image/gif"),
    pdf: of("application/pdf"),
    text: of("text/plain"),
    raw,
  };
}

function send(
  contentType: string,
  data: string | Uint8Array,
  where: { readonly displayId?: string; readonly update?: boolean } = {},
): void {
  const host = findHost();
  if (!host) throw new Error("tslab: want a notebook to show in, got a plain script");
  host.publish({ data: checked({ [contentType]: data }), metadata: {}, ...where });
}
