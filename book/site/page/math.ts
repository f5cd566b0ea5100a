/** TeX → MathML, by Temml: browsers set it themselves, screen readers read it, and no script runs. */
import temml from "temml";

/** Throws an Error whose message says what TeX it could not read. */
export function mathml(tex: string, isDisplay: boolean): string {
  const html = temml.renderToString(tex, {
    displayMode: isDisplay,
    throwOnError: true,
    // A long formula in a line may break where TeX would break it.
    wrap: isDisplay ? "none" : "tex",
    annotate: false,
  });
  return html;
}
