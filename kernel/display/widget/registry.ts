/**
 * The widgets of this kernel, and what a page asks when it comes back after a reload: `jupyter.widget.control`, which tells all their states
 * at once. On globalThis, so that every copy of this module finds the same. Source: ipywidgets, "Jupyter widgets messaging", control comm 1.0.
 */
import { registerTarget } from "../comm.ts";
import { splitBuffers, type BufferPath } from "./buffers.ts";

// As they are now: a cell may declare names over them.
const { Map, Reflect } = globalThis;
const hook = Symbol.for("below.widgets");

interface Known {
  /** The state with what ipywidgets wants beside it. */
  whole(): object;
  isOpen(): boolean;
}

/** For as long as it is open: a page may ask at any time. */
export function remember(id: string, widget: Known): void {
  widgets().set(id, widget);
}

function widgets(): Map<string, Known> {
  const found = Reflect.get(globalThis, hook) as Map<string, Known> | undefined;
  if (found) return found;
  const made = new Map<string, Known>();
  Reflect.set(globalThis, hook, made);
  registerTarget("jupyter.widget.control", (comm) => {
    comm.onMessage(({ data }) => {
      if ((data as { method?: unknown }).method !== "request_states") return;
      const { buffers, ...states } = statesOf(made);
      comm.send({ method: "update_states", ...states }, { buffers });
    });
  });
  return made;
}

function statesOf(all: Map<string, Known>): {
  states: object;
  buffer_paths: readonly BufferPath[];
  buffers: readonly Uint8Array[];
} {
  for (const [id, widget] of all) if (!widget.isOpen()) all.delete(id);
  const split = [...all].map(([id, widget]) => ({ id, ...splitBuffers(widget.whole()) }));
  const states = split.map(({ id, state }) => {
    const {
      _model_name: model_name,
      _model_module: model_module,
      _model_module_version: model_module_version,
    } = state;
    return [id, { model_name, model_module, model_module_version, state }] as const;
  });
  return {
    states: Object.fromEntries(states),
    buffer_paths: split.flatMap(({ id, buffer_paths }) => buffer_paths.map((path) => [id, "state", ...path])),
    buffers: split.flatMap(({ buffers }) => buffers),
  };
}
