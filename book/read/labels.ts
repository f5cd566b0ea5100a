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
  { label, line }: { readonly label?: string; readonly line: number },
): Label[] {
  if (label === undefined) return [];
  // ":label: x" on a line of its own, or "label: x" in a YAML block; the source begins below it.
  const at = lines.slice(0, line - 1).findLastIndex((each) => /^\s*:?label:/.test(each));
  const text = lines[at] ?? "";
  return [{ label, line: at + 1, column: text.indexOf(label, text.indexOf(":", 1)) + 1 }];
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
