/** `below/display`: what a cell or a chapter may use to show things. See README.md. */
export { displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
export { clearOutput, display, prompt, type DisplayOptions } from "./display.ts";
export {
  Comm,
  openComm,
  receiveComm,
  registerTarget,
  type CommListener,
  type CommMessage,
  type CommParts,
  type CommTarget,
} from "./comm.ts";
export { page, setNextInput } from "./page.ts";
export { setHost, type DisplayHost, type Payload } from "./host.ts";
export { html, image, json, latex, markdown, svg } from "./media.ts";
export { progress, progressLine } from "./progress.ts";
