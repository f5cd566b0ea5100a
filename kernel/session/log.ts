/** A line for whoever reads the server's log. Written at once: main, which carries a worker's streams, may be busy. */
import { writeSync } from "node:fs";

export function log(line: string): void {
  try {
    writeSync(2, `below: ${line}\n`);
  } catch {
    // Nobody reads it any more (EPIPE), or not now (EAGAIN): a log is no reason to end.
  }
}
