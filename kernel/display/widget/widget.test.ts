/** A widget's messages, against the protocol of ipywidgets 2.1: a recording host on one side, a page's messages on the other. */
import { expect, expectTypeOf, test, vi } from "vitest";
import { displaySymbol } from "../bundle.ts";
import { openComm, receiveComm } from "../comm.ts";
import { recordComms } from "./host.fixture.ts";
import { points, sliders, widget, type Widget } from "./index.ts";

const esm = "export default { render({ model, el }) {} }";
const said = recordComms();

/** As a page sends it. */
function fromPage(id: string, data: object, buffers: readonly Uint8Array[] = []): Promise<void> {
  return receiveComm({ kind: "msg", id, data, metadata: {}, buffers });
}

test("making one opens a comm with its whole state, as anywidget's model and view want it", () => {
  const { id } = widget(esm, { x: 1, bytes: Uint8Array.of(7) }, { description: "a test" });
  const [{ data, ...message }] = said;
  expect(message).toEqual({
    kind: "open",
    id,
    target: "jupyter.widget",
    metadata: { version: "2.1.0" },
    buffers: [Uint8Array.of(7)],
  });
  expect(data).toMatchObject({
    state: {
      _model_module: "anywidget",
      _model_name: "AnyModel",
      _view_name: "AnyView",
      _module: esm,
      _description: "a test",
      x: 1,
    },
    buffer_paths: [["bytes"]],
  });
});

test("a change of the page is echoed, heard once a key, and keeps the kind of a typed array", async () => {
  const w = widget(esm, { x: 1, same: 5, weights: new Float32Array([1, 2]) });
  const heard: unknown[] = [];
  w.on("change:x", (x) => heard.push(["x", x, w.get("weights")])); // all keys first: no half of a change
  w.on("change:weights", (weights) => heard.push(["weights", weights]));
  w.on("change:same", () => heard.push("same"));
  w.on("change", ({ x }) => heard.push(["all", x]));
  const bytes = new Uint8Array(new Float32Array([9, 8]).buffer);
  await fromPage(w.id, { method: "update", state: { x: 2, same: 5 }, buffer_paths: [["weights"]] }, [bytes]);
  const weights = new Float32Array([9, 8]);
  expect(heard).toEqual([["x", 2, weights], ["weights", weights], ["all", 2]]); // prettier-ignore
  expect(said.at(-1)).toMatchObject({
    kind: "msg",
    data: { method: "echo_update", state: { x: 2 }, buffer_paths: [["weights"]] },
  });
});

test("a page cannot put keys into the state that it never had", async () => {
  const state: Record<string, unknown> = { x: 1 };
  const w = widget(esm, state);
  await fromPage(w.id, { method: "update", state: { x: 2, y: 3, _esm: "" }, buffer_paths: [] });
  expect([w.get("x"), w.get("y"), w.get("_esm")]).toEqual([2, undefined, undefined]);
});

test("set tells the page and the listeners; a listener that throws is reported and the others are told", async () => {
  const w = widget(esm, { x: 1 });
  const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const heard: number[] = [];
  w.on("change:x", () => {
    throw new Error("deaf");
  });
  const stop = w.on("change:x", (x) => heard.push(x));
  w.set({ x: 2 });
  stop();
  w.set("x", 3);
  expect(said.slice(1).map(({ data }) => data)).toEqual([
    { method: "update", state: { x: 2 }, buffer_paths: [] },
    { method: "update", state: { x: 3 }, buffer_paths: [] },
  ]);
  expect(heard).toEqual([2]);
  await vi.waitFor(() => expect(report).toHaveBeenCalledTimes(2));
  report.mockRestore();
});

test("custom messages go both ways with their bytes; the frame's ping is answered and heard by nobody else", async () => {
  const w = widget(esm, {});
  const heard: unknown[] = [];
  w.on("msg:custom", (content, buffers) => heard.push([content, ...buffers]));
  await fromPage(w.id, { method: "custom", content: { hi: 1 } }, [Uint8Array.of(4)]);
  await fromPage(w.id, { method: "custom", content: { below: "ping", n: 3 } });
  expect(heard).toEqual([[{ hi: 1 }, Uint8Array.of(4)]]);
  expect(said.at(-1)?.data).toEqual({ method: "custom", content: { below: "pong", n: 3 } });
  w.send({ step: 1 }, [Uint8Array.of(5)]);
  expect(said.at(-1)).toMatchObject({
    data: { method: "custom", content: { step: 1 } },
    buffers: [Uint8Array.of(5)],
  });
});

test("a page that comes back gets the states of all open widgets, with the buffers' paths into them", async () => {
  const [kept, closed] = [widget(esm, { x: 1, bytes: Uint8Array.of(1) }), widget(esm, {})];
  kept.set("x", 2);
  closed.close();
  await receiveComm({
    kind: "open",
    id: "c",
    target: "jupyter.widget.control",
    data: {},
    metadata: {},
    buffers: [],
  });
  await fromPage("c", { method: "request_states" });
  const { data, buffers } = said.at(-1)!;
  expect(data).toMatchObject({ method: "update_states", buffer_paths: [[kept.id, "state", "bytes"]] });
  const { states } = data as { states: Record<string, unknown> };
  expect(Object.keys(states)).toEqual([kept.id]);
  expect(states[kept.id]).toMatchObject({
    model_name: "AnyModel",
    model_module: "anywidget",
    state: { x: 2 },
  });
  expect(buffers).toEqual([Uint8Array.of(1)]);
});

test("its bundle is the live view, the picture of its state now, and words for both", () => {
  const w = widget(
    esm,
    { x: 1 },
    { description: "x is shown", picture: ({ x }) => `<svg><text>${x}</text></svg>` },
  );
  w.set("x", 2);
  expect(w[displaySymbol]()).toEqual({
    "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: w.id },
    "image/svg+xml": '<svg role="img" aria-label="x is shown"><text>2</text></svg>',
    "text/plain": "x is shown",
  });
});

test("what cannot be is said where it is written", () => {
  expect(() => widget(esm, { _esm: "" })).toThrow(
    /^widget: want keys that do not begin with "_".*got "_esm"/,
  );
  expect(() => sliders({ t: { min: 1, max: 1 } })).toThrow(
    /^sliders: want min < max for t, got min 1, max 1/,
  );
  expect(() => points({ at: { v: [3, 0] }, x: [-1, 1], y: [-1, 1] })).toThrow(
    /^points: want v within x -1 … 1/,
  );
  const outside = 2;
  const plot = ({ t }: { t: number }) => ({ x: [0, outside] as const, y: [0, t] as const });
  expect(() => sliders({ t: { min: 0, max: 1 } }, { plot })).toThrow(
    /^sliders: want a function of its arguments alone.*uses outside/,
  );
});

test("an unknown target is closed, as before: the registry takes only what is its own", async () => {
  openComm("other");
  await receiveComm({ kind: "open", id: "d", target: "nobody", data: {}, metadata: {}, buffers: [] });
  expect(said.at(-1)).toMatchObject({ kind: "close", id: "d" });
});

test("the state is typed: keys, values, listeners", () => {
  const w = widget<{ x: number; names: string[] }>(esm, { x: 1, names: [] });
  expectTypeOf(w).toEqualTypeOf<Widget<{ x: number; names: string[] }>>();
  expectTypeOf(w.get("names")).toEqualTypeOf<string[]>();
  w.on("change:x", (x) => expectTypeOf(x).toEqualTypeOf<number>());
  // @ts-expect-error -- no such key
  w.get("y");
  // @ts-expect-error -- x is a number
  w.set("x", "2");
  // @ts-expect-error -- no such key
  w.on("change:y", () => undefined);
  // @ts-expect-error -- names are missing
  expect(() => widget<{ x: number; names: string[] }>(esm, { x: 1 })).not.toThrow();
  const knobs = sliders(
    { rate: { min: 0, max: 1 } },
    { data: [1, 2], plot: ({ rate }, data) => ({ x: [0, rate + 1], y: [0, data[0]] }) },
  );
  expectTypeOf(knobs.get("rate")).toEqualTypeOf<number>();
  expectTypeOf(knobs.get("data")).toEqualTypeOf<number[]>();
  // @ts-expect-error -- no such slider
  knobs.get("speed");
  const p = points({ at: { v: [0, 0] }, x: [-1, 1], y: [-1, 1] });
  expectTypeOf(p.get("at").v).toEqualTypeOf<readonly [number, number]>();
});
