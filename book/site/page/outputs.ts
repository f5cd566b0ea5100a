/** The stored outputs of a chapter's last run, by cell. A cell that has changed since has none. */
import { join } from "node:path";
import { cellsOf, type Chapter } from "../../chapter.ts";
import { readIfThere } from "../../write/files.ts";
import {
  type Notebook,
  notebookName,
  type Output,
  WIDGET_STATE,
  type WidgetModel,
  type WidgetModels,
} from "../../write/notebook.ts";

export type Outputs = ReadonlyMap<string, readonly Output[]>;

/** The text of the run's notebook; empty if the chapter never ran. */
export function readRun(root: string, chapter: Chapter): string {
  return readIfThere(join(root, "build/notebooks-run", notebookName(chapter))) ?? "";
}

export function outputsOf(chapter: Chapter, run: string): Outputs {
  if (run === "") return new Map();
  const { cells, metadata } = JSON.parse(run) as Notebook;
  const models = modelsOf(metadata);
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return new Map(
    cellsOf(chapter).flatMap(({ id, source }) => {
      const ran = byId.get(id);
      return ran?.outputs !== undefined && ran.source.join("") === source
        ? [[id, ran.outputs.map((output) => withModel(output, models))] as const]
        : [];
    }),
  );
}

/** The state of the drivable figure that `output` shows; undefined for all others. */
export function modelOf(output: Output): WidgetModel | undefined {
  return output["widget"] as WidgetModel | undefined;
}

/** The output with its figure's state beside it: a page is written output by output. */
function withModel(output: Output, models: WidgetModels): Output {
  const data = output["data"] as Readonly<Record<string, unknown>> | undefined;
  const view = data?.["application/vnd.jupyter.widget-view+json"] as { model_id?: string } | undefined;
  const widget = models[view?.model_id ?? ""];
  return widget === undefined ? output : { ...output, widget };
}

function modelsOf(metadata: Notebook["metadata"]): WidgetModels {
  const widgets = metadata["widgets"] as Readonly<Record<string, { state: WidgetModels }>> | undefined;
  return widgets?.[WIDGET_STATE]?.state ?? {};
}
