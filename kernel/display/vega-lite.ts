/**
 * A Vega-Lite specification → a figure: live in front ends that know the type, and an SVG that needs no scripts, drawn here.
 * Vega is loaded at the first figure, not before.
 */
import { displaySymbol, type Displayable, type MimeBundle } from "./bundle.ts";
import { plainData, rowsOf, type Column } from "./plain-data.ts";
import { escapeHtml } from "./table.ts";

const { Array, Object } = globalThis; // as they are now: a cell may declare names over them

type Mark =
  | "arc" | "area" | "bar" | "boxplot" | "circle" | "errorband" | "errorbar" | "image" | "line"
  | "point" | "rect" | "rule" | "square" | "text" | "tick" | "trail"; // prettier-ignore

type Channel =
  | "x" | "y" | "x2" | "y2" | "xError" | "yError" | "xOffset" | "yOffset" | "theta" | "radius" | "color" | "fill" | "stroke"
  | "opacity" | "size" | "shape" | "strokeDash" | "strokeWidth" | "text" | "tooltip" | "detail" | "order" | "row" | "column" | "facet"; // prettier-ignore

/** What a channel shows: a field of the data, or one value for all. */
export interface ChannelDefinition {
  readonly field?: string | object;
  readonly type?: "quantitative" | "temporal" | "ordinal" | "nominal" | "geojson";
  readonly aggregate?: string | object;
  readonly bin?: boolean | object;
  readonly timeUnit?: string | object;
  readonly title?: string | null;
  readonly scale?: object | null;
  readonly axis?: object | null;
  readonly legend?: object | null;
  readonly [more: string]: unknown;
}

export interface VegaLiteData {
  /** Records, plain values, or columns by name: `{ step: [0, 1], loss: new Float32Array(2) }`. */
  readonly values?: readonly unknown[] | Readonly<Record<string, Column>>;
  readonly url?: string;
  readonly [more: string]: unknown;
}

/** The parts of Vega-Lite that most figures use, by name; the rest passes through. https://vega.github.io/vega-lite/docs/ */
export interface VegaLiteSpec {
  /** What the figure shows, for those who do not see it. */
  readonly description?: string;
  readonly title?: string | object;
  readonly data?: VegaLiteData;
  readonly mark?: Mark | { readonly type: Mark; readonly [more: string]: unknown };
  readonly encoding?: { readonly [channel in Channel]?: ChannelDefinition | readonly ChannelDefinition[] };
  readonly transform?: readonly object[];
  readonly layer?: readonly VegaLiteSpec[];
  readonly width?: number | "container" | object;
  readonly height?: number | "container" | object;
  readonly [more: string]: unknown;
}

/** JupyterLab 4 renders no type of a newer version, and this one renders what version 6 reads. */
export const vegaLiteType = "application/vnd.vegalite.v5+json";
const schema = "https://vega.github.io/schema/vega-lite/v5.json";

/**
 * A figure by the grammar of Vega-Lite: `vegaLite({ data: { values: { x, y } }, mark: "line", encoding: { x: { field: "x" }, … } })`.
 * Data: records, or columns of one length, which may be typed arrays or tensors. Shows the figure live where the front end
 * can, else as SVG; `description` is its text. Showing it rejects with what Vega says of a specification that is none.
 */
export function vegaLite(spec: VegaLiteSpec): Displayable {
  return { [displaySymbol]: async () => bundleOf(spec) };
}

async function bundleOf(given: VegaLiteSpec): Promise<MimeBundle> {
  const plain = withRows(await plainData(given)) as VegaLiteSpec;
  const description = plain.description ?? summary(plain);
  const spec = { $schema: schema, ...plain, description };
  return {
    [vegaLiteType]: spec,
    "image/svg+xml": named(await drawSvg(spec), description),
    "text/plain": description,
  };
}

/** An SVG without a name is a picture of nothing to a screen reader. */
function named(svg: string, description: string): string {
  return svg.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(description)}" `);
}

/** The specification as an SVG document, drawn without a page. */
async function drawSvg(spec: object): Promise<string> {
  const [{ compile }, { parse, View, Error: onlyErrors, logger }] = await Promise.all([
    import("vega-lite"),
    import("vega"),
  ]);
  const quiet = logger(onlyErrors);
  try {
    const compiled = compile(spec as Parameters<typeof compile>[0], { logger: quiet });
    const view = new View(parse(compiled.spec), { renderer: "none", logger: quiet });
    const svg = await view.toSVG();
    view.finalize();
    return svg;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new TypeError(`vegaLite: want a Vega-Lite specification, got one that Vega refuses: ${said}`, {
      cause: error,
    });
  }
}

/** Columns become rows wherever data stands: also in a layer's or a part's own. */
function withRows(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withRows);
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, key === "data" ? dataWithRows(value) : withRows(value)]),
  );
}

function dataWithRows(data: unknown): unknown {
  const values: unknown = (data as VegaLiteData | null)?.values;
  if (typeof values !== "object" || values === null || Array.isArray(values)) return data;
  const columns = Object.values(values);
  if (columns.length === 0 || !columns.every((column) => Array.isArray(column))) return data;
  return { ...(data as object), values: rowsOf(values as Record<string, unknown[]>, "vegaLite") };
}

/** "line chart: x step, y loss; 100 rows": what there is to say of a figure without a description. */
function summary(spec: VegaLiteSpec): string {
  const { title, data, layer = [] } = spec;
  const heading = typeof title === "string" ? `${title}: ` : "";
  const parts = [spec, ...layer].flatMap(({ mark, encoding }) =>
    mark ? [chart(mark, encoding ?? spec.encoding)] : [],
  );
  const rows = Array.isArray(data?.values) ? `; ${data.values.length} rows` : "";
  return `${heading}${parts.join(", ") || "figure"}${rows}`;
}

function chart(mark: NonNullable<VegaLiteSpec["mark"]>, encoding: VegaLiteSpec["encoding"] = {}): string {
  const channels = Object.entries(encoding).flatMap(([channel, definition]) => {
    const { field, aggregate, title } = (
      Array.isArray(definition) ? definition[0] : definition
    ) as ChannelDefinition;
    const of = title ?? (typeof field === "string" ? field : aggregate);
    return typeof of === "string" ? [`${channel} ${of}`] : [];
  });
  const name = typeof mark === "string" ? mark : mark.type;
  return `${name} chart${channels.length > 0 ? `: ${channels.join(", ")}` : ""}`;
}
