/** What a run keeps of widgets' messages: the state after the last one, and names in place of ids. */
import { expect, test } from "vitest";
import { WidgetCollector } from "./widgets.ts";

const message = (type: string, content: object, ...buffers: Uint8Array[]) => ({
  type,
  parentId: "cell",
  content: content as Record<string, unknown>,
  buffers,
});
const model = { _model_name: "AnyModel", _model_module: "anywidget", _model_module_version: "~0.11.0" };

test("states are those after the last update; bytes that an update replaces are replaced", () => {
  const widgets = new WidgetCollector();
  const open = {
    comm_id: "u",
    target_name: "jupyter.widget",
    data: { state: { ...model, x: 1 }, buffer_paths: [["a"], ["b"]] },
  };
  widgets.take(message("comm_open", open, Uint8Array.of(1), Uint8Array.of(2)));
  widgets.take(message("comm_open", { comm_id: "v", target_name: "other", data: {} }));
  const update = { method: "update", state: { x: 2 }, buffer_paths: [["b"]] };
  widgets.take(message("comm_msg", { comm_id: "u", data: update }, Uint8Array.of(3)));
  widgets.take(message("comm_msg", { comm_id: "u", data: { method: "custom", content: {} } }));
  expect(widgets.models()).toEqual({
    "widget-1": {
      model_name: "AnyModel",
      model_module: "anywidget",
      model_module_version: "~0.11.0",
      state: { ...model, x: 2 },
      buffers: [
        { path: ["a"], encoding: "base64", data: "AQ==" },
        { path: ["b"], encoding: "base64", data: "Aw==" },
      ],
    },
  });
});

test("an output names its model as the notebook does; others are left as they are", () => {
  const widgets = new WidgetCollector();
  widgets.take(message("comm_open", { comm_id: "u", target_name: "jupyter.widget", data: { state: model } }));
  const view = (model_id: string) => ({
    output_type: "execute_result",
    data: { "application/vnd.jupyter.widget-view+json": { model_id }, "text/plain": "words" },
  });
  expect(widgets.named(view("u"))).toEqual(view("widget-1"));
  const other = view("gone");
  expect(widgets.named(other)).toBe(other);
});
