/**
 * What a person sees while chapters run. On a terminal one line rewrites itself (chapter, cell, elapsed); elsewhere
 * each chapter gets a line when it is done. Knows nothing of kernels.
 */
import type { BookOptions } from "../options.ts";

export interface Line {
  /** "01 linear-algebra" */
  readonly name: string;
  readonly cells: number;
  readonly tests: number;
  readonly seconds: number;
  readonly state: "ran" | "cached" | "failed" | "skipped" | "stopped";
}

export interface Progress {
  start(name: string): void;
  cell(index: number, count: number): void;
  /** Ends what start() began. */
  end(line: Line): void;
}

const TICK_MS = 200;

export function createProgress(stdout: BookOptions["stdout"]): Progress {
  const isTerminal = stdout.isTTY === true;
  let show = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  let cell = "starting";
  return {
    start(name) {
      if (!isTerminal) return;
      const started = performance.now();
      cell = "starting";
      show = () =>
        stdout.write(`\r\u001B[K${name}  ${cell}  ${seconds((performance.now() - started) / 1000)}`);
      show();
      timer = setInterval(show, TICK_MS).unref();
    },
    cell(index, count) {
      cell = `cell ${index}/${count}`;
      show();
    },
    end(line) {
      clearInterval(timer);
      show = () => undefined;
      if (isTerminal) stdout.write("\r\u001B[K");
      stdout.write(`${lineText(line)}\n`);
    },
  };
}

function lineText({ name, cells, seconds: elapsed, state }: Line): string {
  switch (state) {
    case "ran":
      return `${name}  ${cells} cells  ${seconds(elapsed)}`;
    case "cached":
      return `${name}  ${cells} cells  cached`;
    case "skipped":
      return `${name}  skipped: it imports a chapter that failed`;
    default:
      return `${name}  ${state}`;
  }
}

/** The table after the last chapter. */
export function summary(lines: readonly Line[]): string {
  const head = ["chapter", "cells", "tests", "seconds", ""];
  const rows = lines.map((line) => [
    line.name,
    String(line.cells),
    String(line.tests),
    line.seconds.toFixed(1),
    line.state === "ran" ? "" : line.state,
  ]);
  const total = ["", sum(lines, "cells"), sum(lines, "tests"), sum(lines, "seconds", 1), ""];
  const table = [head, ...rows, ...(lines.length > 1 ? [total] : [])];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const show = (row: readonly string[]): string =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column])))
      .join("  ")
      .trimEnd();
  return `${table.map(show).join("\n")}\n`;
}

function sum(lines: readonly Line[], field: "cells" | "tests" | "seconds", digits = 0): string {
  return lines.reduce((total, line) => total + line[field], 0).toFixed(digits);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
