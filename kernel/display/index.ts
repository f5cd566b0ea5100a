/** `below/display`: what a cell or a chapter may use to show things. See README.md. */
export { displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
export { clearOutput, display, prompt, type DisplayOptions } from "./display.ts";
export { setHost, type DisplayHost } from "./host.ts";
export { html, image, json, latex, markdown, svg } from "./media.ts";
export { progress, progressLine } from "./progress.ts";
