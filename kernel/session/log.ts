/** Lines for whoever reads the server's log. Written at once: main, which carries a worker's streams, may be busy. */
import { writeSync } from "node:fs";

const mostChars = 4000;

let descriptor = 2;

/** Where stderr led before cells took it over (descriptors.ts). A number that is none changes nothing. */
export function logTo(moved: number): void {
  if (moved > 2) descriptor = moved;
}

export const logDescriptor = (): number => descriptor;

export function log(line: string): void {
  try {
    writeSync(descriptor, `below: ${printable(line)}\n`);
  } catch {
    // Nobody reads it any more (EPIPE), or not now (EAGAIN): a log is no reason to end.
  }
}

/** A stranger's bytes may be in it: they shall neither steer a terminal nor fill a disk. */
function printable(line: string): string {
  return line.slice(0, mostChars).replace(/[^\P{Cc}\n]/gu, "?");
}
