/**
 * What became of the kernel before this one: a file beside the connection file says that a kernel runs, and which cell.
 * It goes when the kernel ends in order; a restarted kernel that finds it says that the one before did not, and why,
 * as far as Node's report of a fatal error tells.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

export interface Wake {
  /** What the reader should know of the kernel before; undefined after an orderly end. */
  note: string | undefined;
  /** This kernel runs `cell` now; undefined: none. */
  readonly running: (cell: string | undefined) => void;
  readonly close: () => void;
}

const wordBytes = 64;

export function openWake(connectionFile: string, reportFile: string): Wake {
  const file = `${connectionFile}.running`;
  const last = readText(file);
  const note = last === undefined ? undefined : noteOf(last.trim(), readText(reportFile));
  rmSync(reportFile, { force: true });
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "w", 0o600);
  } catch {
    // A folder that cannot be written: then nobody will be told.
  }
  return {
    note,
    running: (cell) => {
      if (descriptor !== undefined)
        writeSync(descriptor, (cell ?? "").slice(0, wordBytes).padEnd(wordBytes), 0);
    },
    close: () => {
      if (descriptor === undefined) return;
      closeSync(descriptor);
      descriptor = undefined;
      rmSync(file, { force: true });
    },
  };
}

function noteOf(cell: string, report: string | undefined): string {
  const where = cell === "" ? "while no cell ran" : `while ${cell} ran`;
  return `below: the kernel before this one ended ${where} (${causeOf(report)}); its variables are gone\n`;
}

function causeOf(report: string | undefined): string {
  const event = /"event": ?"([^"]*)"/.exec(report ?? "")?.[1];
  if (event === undefined) return "killed, or a crash in native code";
  return /heap|alloc|memory/i.test(event) ? `out of memory: ${event}` : event;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
