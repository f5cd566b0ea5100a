/** Figures as bundles: what goes to front ends that draw, and what is left for those that do not. */
import { afterEach, expect, test } from "vitest";
import { plotly, setHost, toBundle, vegaLite } from "./index.ts";
import type { DisplayHost, VegaLiteData, VegaLiteSpec } from "./index.ts";

type Bundle = Record<string, unknown>;
const bundleOf = async (value: unknown): Promise<Bundle> => await toBundle(value, String);
const specOf = (bundle: Bundle): { data: { values: object[] } } =>
  bundle["application/vnd.vegalite.v5+json"] as { data: { values: object[] } };

const host: DisplayHost = {
  inspect: String,
  publish: () => undefined,
  clear: () => undefined,
  prompt: () => "",
  comm: () => undefined,
  payload: () => undefined,
  waitFor: () => undefined,
};
/** Anything with `tolist()`, as a tensor has it. */
const lazily = (list: unknown): { tolist(): Promise<unknown> } => ({
  tolist: async () => Promise.resolve(list),
});

const line = (values: NonNullable<VegaLiteData["values"]>): VegaLiteSpec => ({
  title: "Loss",
  data: { values },
  mark: { type: "line", point: true },
  encoding: { x: { field: "step", type: "quantitative" }, y: { field: "loss", type: "quantitative" } },
});

afterEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("below.host"));
});

test("columns, typed arrays, tensors and records draw the same figure", async () => {
  const records = [{ step: 0, loss: 4 }, { step: 1, loss: 2 }, { step: 2, loss: null }]; // prettier-ignore
  const columns = { step: Int32Array.of(0, 1, 2), loss: Float32Array.of(4, 2, Number.NaN) };
  const expected = await bundleOf(vegaLite(line(records)));
  expect(await bundleOf(vegaLite(line(columns)))).toEqual(expected);
  expect(await bundleOf(vegaLite(line({ step: [0n, 1n, 2n], loss: lazily([4, 2, null]) })))).toEqual(
    expected,
  );
  expect(specOf(expected).data.values).toEqual(records);
});

test("a figure is also an SVG with a mark for each row and a name, and a text", async () => {
  const bundle = await bundleOf(vegaLite(line({ step: [0, 1, 2], loss: [4, 2, 1] })));
  const svg = bundle["image/svg+xml"] as string;
  expect(svg.match(/aria-label="step: \d; loss: \d"/g)).toHaveLength(3 + 1); // the points, and the line once
  expect(svg).toMatch(/^<svg role="img" aria-label="Loss: line chart: x step, y loss; 3 rows" /);
  expect(svg).not.toMatch(/<script|href="http/);
  expect(bundle["text/plain"]).toBe("Loss: line chart: x step, y loss; 3 rows");
});

test("a description of one's own is the text and the name, whatever it holds", async () => {
  const bundle = await bundleOf(
    vegaLite({ ...line([{ step: 0, loss: 1 }]), description: `falls "fast" & far` }),
  );
  expect(bundle["text/plain"]).toBe(`falls "fast" & far`);
  expect(bundle["image/svg+xml"]).toContain('aria-label="falls &quot;fast&quot; &amp; far"');
});

test("what is no specification, and columns that do not fit, are told", async () => {
  await expect(bundleOf(vegaLite({ mark: "line", encoding: { x: { field: "a", type: "nonsense" as "nominal" } }, data: { values: [1] } }))).rejects.toThrow(/^vegaLite: want/); // prettier-ignore
  await expect(bundleOf(vegaLite({ layer: [{ mark: { type: "wedge" as "arc" } }] }))).rejects.toThrow(/^vegaLite: want a Vega-Lite specification, got one that Vega refuses/); // prettier-ignore
  await expect(bundleOf(vegaLite(line({ step: [0, 1], loss: [1] })))).rejects.toThrow("vegaLite: want columns of one length, got step with 2 and loss with 1"); // prettier-ignore
});

test("Plotly gets plain numbers, and its picture comes from the host", async () => {
  const figures: object[] = [];
  setHost({
    ...host,
    drawPlotly: async (figure) => (figures.push(figure), Promise.resolve(Uint8Array.of(1, 2, 3))),
  });
  const bundle = await bundleOf(plotly({ data: [{ type: "surface", z: [Float32Array.of(1, Number.NaN)] }, { y: lazily([1, 2]) }], layout: { title: { text: "S" } } })); // prettier-ignore
  const plain = {
    data: [{ type: "surface", z: [[1, null]] }, { y: [1, 2] }],
    layout: { title: { text: "S" } },
    config: {},
  };
  expect(bundle).toEqual({
    "application/vnd.plotly.v1+json": plain,
    "image/png": "AQID",
    "text/plain": "S: surface trace 1, scatter trace 2",
  });
  expect(figures).toEqual([plain]);
});

test("where nothing can draw, a Plotly figure is its data as tables", async () => {
  setHost({ ...host, drawPlotly: async () => Promise.resolve(undefined) });
  const bundle = await bundleOf(plotly({ data: [{ x: [1, 2], y: [3, 4], name: "run <1>" }] }));
  expect(bundle["text/html"]).toContain("<caption>scatter trace run &lt;1&gt;, 2 points</caption>");
  expect((bundle["text/html"] as string).match(/<td /g)).toHaveLength(4);
  expect(() => plotly({} as never)).toThrow(/^plotly: want \{ data:/);
});
