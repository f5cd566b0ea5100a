/** The stored outputs of a chapter's last run, by cell. A cell that has changed since has none. */
import { join } from "node:path";
import { cellsOf, type Chapter } from "../../chapter.ts";
import { readIfThere } from "../../write/files.ts";
import { type Notebook, notebookName, type Output } from "../../write/notebook.ts";

export type Outputs = ReadonlyMap<string, readonly Output[]>;

/** The text of the run's notebook; empty if the chapter never ran. */
export function readRun(root: string, chapter: Chapter): string {
  return readIfThere(join(root, "build/notebooks-run", notebookName(chapter))) ?? "";
}

export function outputsOf(chapter: Chapter, run: string): Outputs {
  if (run === "") return new Map();
  const { cells } = JSON.parse(run) as Notebook;
  const byId = new Map(cells.map((cell) => [cell.id, cell]));
  return new Map(
    cellsOf(chapter).flatMap(({ id, source }) => {
      const ran = byId.get(id);
      return ran?.outputs !== undefined && ran.source.join("") === source ? [[id, ran.outputs] as const] : [];
    }),
  );
}
