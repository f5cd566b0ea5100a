/** Lines for whoever reads the server's log. Written at once: main, which carries a worker's streams, may be busy. */
import { writeSync } from "node:fs";

let descriptor = 2;

/** Where stderr led before cells took it over (descriptors.ts). A number that is none changes nothing. */
export function logTo(moved: number): void {
  if (moved > 2) descriptor = moved;
}

export const logDescriptor = (): number => descriptor;

export function log(line: string): void {
  try {
    writeSync(descriptor, `below: ${line}\n`);
  } catch {
    // Nobody reads it any more (EPIPE), or not now (EAGAIN): a log is no reason to end.
  }
}
