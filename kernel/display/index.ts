/** `below/display`: what a cell or a chapter may use to show things. See README.md. */
export { $display, displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
export { clearOutput, confirm, display, prompt } from "./display.ts";
export type { DisplayHandle, DisplayOptions, PromptOptions } from "./display.ts";
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
export { html, image, javascript, json, latex, markdown, md, svg, table } from "./media.ts";
export { progress, progressLine } from "./progress.ts";
export type { TableOptions } from "./table.ts";
export { plotly, type PlotlyInput, type PlotlyTrace } from "./plotly.ts";
export { vegaLite, type ChannelDefinition, type VegaLiteData, type VegaLiteSpec } from "./vega-lite.ts";
export {
  animatedLine,
  live,
  plotSvg,
  points,
  sliders,
  widget,
  type AnimationOptions,
  type AnimationState,
  type Live,
  type LiveOptions,
  type Pair,
  type Plot,
  type PlotArrow,
  type PlotBars,
  type PlotDot,
  type PlotLine,
  type PointOptions,
  type PointState,
  type Slider,
  type SliderOptions,
  type SliderValues,
  type Widget,
  type WidgetOptions,
} from "./widget/index.ts";
