/** `below/display`: what a cell or a chapter may use to show things. See README.md. */
export { $display, displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
export { clearOutput, confirm, display, prompt } from "./display.ts";
export type { DisplayHandle, DisplayOptions, PromptOptions } from "./display.ts";
export { setHost, type DisplayHost } from "./host.ts";
export { html, image, javascript, json, latex, markdown, md, svg, table } from "./media.ts";
export { progress, progressLine } from "./progress.ts";
export type { TableOptions } from "./table.ts";
