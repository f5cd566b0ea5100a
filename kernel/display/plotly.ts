/**
 * A Plotly figure → a bundle: live in front ends that have Plotly, and a picture that needs no scripts, drawn by the host
 * (the kernel uses an installed Chromium); where there is none, the data as a table.
 */
import { displaySymbol, type Displayable, type MimeBundle } from "./bundle.ts";
import { findHost, type PlotlyFigure } from "./host.ts";
import { plainData } from "./plain-data.ts";
import { escapeHtml, gridOf, htmlTable } from "./table.ts";

const { Array, Object, Math } = globalThis; // as they are now: a cell may declare names over them

/** One trace: `{ type: "surface", z }`. Arrays may be typed arrays or tensors. https://plotly.com/javascript/reference/ */
export interface PlotlyTrace {
  readonly type?: string;
  readonly name?: string;
  readonly mode?: string;
  readonly [attribute: string]: unknown;
}

export interface PlotlyInput {
  readonly data: readonly PlotlyTrace[];
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** What the figure shows, for those who do not see it. */
  readonly description?: string;
}

export const plotlyType = "application/vnd.plotly.v1+json";

/** A figure by Plotly: `plotly({ data: [{ type: "surface", z }], layout: { title: { text: "Loss" } } })`. Throws a TypeError without traces. */
export function plotly(figure: PlotlyInput): Displayable {
  if (!Array.isArray(figure?.data))
    throw new TypeError(`plotly: want { data: [trace, …], layout }, got data of type ${typeof figure?.data}`);
  return { [displaySymbol]: async () => bundleOf(figure) };
}

async function bundleOf({ data, layout, config, description }: PlotlyInput): Promise<MimeBundle> {
  const figure = (await plainData({ data, layout: layout ?? {}, config: config ?? {} })) as PlotlyFigure;
  const text = description ?? summary(figure);
  const picture = await findHost()?.drawPlotly?.(figure);
  return {
    [plotlyType]: figure,
    ...(picture ? { "image/png": picture } : { "text/html": tables(figure, text) }),
    "text/plain": text,
  };
}

/** A table a trace, of its attributes that are lists: what can be said of the data without drawing. */
function tables({ data }: PlotlyFigure, text: string): string {
  const parts = data.map((trace, index) => {
    const lists = Object.entries(trace).filter(([, value]) => Array.isArray(value)) as [string, unknown[]][];
    const length = lists.reduce((most, [, list]) => Math.max(most, list.length), 0);
    const rows = Array.from({ length }, (_, i) =>
      Object.fromEntries(lists.map(([key, list]) => [key, list[i]])),
    );
    const grid = gridOf(rows, { caption: `${nameOf(trace, index)}, ${length} points` });
    return grid ? htmlTable(grid) : "";
  });
  return `<p>${escapeHtml(text)}</p>${parts.join("")}`;
}

function summary({ data, layout }: PlotlyFigure): string {
  const title: unknown = (layout["title"] as { text?: unknown } | undefined)?.text ?? layout["title"];
  const heading = typeof title === "string" ? `${title}: ` : "";
  return `${heading}${data.map(nameOf).join(", ")}`;
}

function nameOf(trace: Readonly<Record<string, unknown>>, index: number): string {
  const type = typeof trace["type"] === "string" ? trace["type"] : "scatter";
  return `${type} trace ${typeof trace["name"] === "string" ? trace["name"] : index + 1}`;
}
