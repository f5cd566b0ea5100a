/** Every label that a chapter defines: cells, `(label)=` targets, labelled equations and figures. */
import type { Block } from "../chapter.ts";

export interface Label {
  readonly label: string;
  readonly line: number;
  readonly column: number;
}

/** lines: the chapter's, to find the option line above a cell's source. */
export function findLabels(lines: readonly string[], blocks: readonly Block[]): readonly Label[] {
  return blocks.flatMap((block) =>
    block.kind === "prose" ? proseLabels(block.source, block.line) : cellLabel(lines, block),
  );
}

function cellLabel(
  lines: readonly string[],
  cell: { readonly label?: string; readonly line: number },
): Label[] {
  if (cell.label === undefined) return [];
  const at = lines.slice(0, cell.line - 1).findLastIndex((line) => line.startsWith(":label:"));
  return [{ label: cell.label, line: at + 1, column: lines[at].indexOf(cell.label) + 1 }];
}

function proseLabels(source: string, firstLine: number): Label[] {
  return source.split("\n").flatMap((line, index) => {
    const found =
      /^\((?<target>[^()\s]+)\)=\s*$|^:(?:label|name):\s*(?<option>\S+)|^\$\$\s+\((?<equation>[^()\s]+)\)\s*$/.exec(
        line,
      );
    const label = found?.groups?.["target"] ?? found?.groups?.["option"] ?? found?.groups?.["equation"];
    return label === undefined ? [] : [{ label, line: firstLine + index, column: line.indexOf(label) + 1 }];
  });
}
