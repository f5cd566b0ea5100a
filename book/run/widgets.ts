/**
 * Comms' messages → the states of a chapter's widgets, as a notebook keeps them. Only what the run itself changes: nobody moves anything here.
 * Models get names by their order, so that two runs of a chapter give the same notebook.
 * Source: ipywidgets, "Jupyter widgets messaging" 2.1, and its schema of a notebook's widget state.
 */
import type { Output, WidgetModel } from "../write/notebook.ts";
import type { Message } from "./message.ts";

const VIEW = "application/vnd.jupyter.widget-view+json";

interface WidgetData {
  readonly method?: string;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly buffer_paths?: readonly (readonly (string | number)[])[];
}

export class WidgetCollector {
  readonly #models = new Map<string, { readonly name: string; model: WidgetModel }>();

  /** Takes comm_open and comm_msg of widgets; others are none of its business. */
  take({ type, content, buffers = [] }: Message): void {
    const id = String(content["comm_id"]);
    const data = (content["data"] ?? {}) as WidgetData;
    if (type === "comm_open" && content["target_name"] === "jupyter.widget")
      this.#models.set(id, {
        name: `widget-${this.#models.size + 1}`,
        model: changed(undefined, data, buffers),
      });
    const known = this.#models.get(id);
    if (type === "comm_msg" && known && data.method === "update")
      known.model = changed(known.model, data, buffers);
  }

  /** The output with the model's name in place of its id in the kernel that is gone. */
  named(output: Output): Output {
    const data = output["data"] as Readonly<Record<string, unknown>> | undefined;
    const view = data?.[VIEW] as { readonly model_id?: string } | undefined;
    const known = this.#models.get(view?.model_id ?? "");
    return known === undefined
      ? output
      : { ...output, data: { ...data, [VIEW]: { ...view, model_id: known.name } } };
  }

  /** By name. */
  models(): Readonly<Record<string, WidgetModel>> {
    return Object.fromEntries([...this.#models.values()].map(({ name, model }) => [name, model]));
  }
}

function changed(
  old: WidgetModel | undefined,
  { state: changes = {}, buffer_paths: paths = [] }: WidgetData,
  bytes: readonly Uint8Array[],
): WidgetModel {
  const state = { ...old?.state, ...changes };
  const touched = new Set([...Object.keys(changes), ...paths.map(([key]) => key)]);
  const kept = (old?.buffers ?? []).filter(({ path: [key] }) => !touched.has(key));
  const added = paths.map((path, i) => ({
    path,
    encoding: "base64" as const,
    data: Buffer.from(bytes[i] ?? []).toString("base64"),
  }));
  const {
    _model_name: name,
    _model_module: module,
    _model_module_version: version,
  } = state as Record<string, string>;
  const buffers = [...kept, ...added];
  return {
    model_name: name,
    model_module: module,
    model_module_version: version,
    state,
    ...(buffers.length > 0 ? { buffers } : {}),
  };
}
