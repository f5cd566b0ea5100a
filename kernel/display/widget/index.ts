/** Figures that a reader drives. See README.md. */
export { animatedLine, type AnimationOptions, type AnimationState } from "./animation.ts";
export { live, type Live, type LiveOptions } from "./hot.ts";
export { points, type PointOptions, type PointState } from "./points.ts";
export type { Pair, Plot, PlotArrow, PlotBars, PlotDot, PlotLine } from "./plot.ts";
export { plotSvg } from "./plot.ts";
export { sliders, type Slider, type SliderOptions, type SliderValues } from "./sliders.ts";
export { widget, type Widget, type WidgetOptions } from "./widget.ts";
