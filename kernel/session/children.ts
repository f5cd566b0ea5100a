/**
 * Ends the processes that cells have started, when their kernel ends: a server that a cell forgot would keep its port.
 * One that was started `detached` has a session of its own and stays, as its starter wanted.
 * Reads /proc: elsewhere than on Linux children are left to the client, which ends the process group.
 */
import { readdirSync, readFileSync } from "node:fs";

interface Child {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
}

export function endChildren(): void {
  if (process.platform !== "linux") return;
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readChild);
  const own = all.find(({ pid }) => pid === process.pid);
  if (!own) return;
  for (const { pid } of descendants(all, process.pid, own.session)) kill(pid);
}

function descendants(all: readonly Child[], of: number, session: number): Child[] {
  const below = all.filter((child) => child.parent === of && child.session === session);
  return below.flatMap((child) => [...descendants(all, child.pid, session), child]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

/** `pid (name) state parent group session …`; the name may hold anything. */
function readChild(name: string): Child[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(name), parent: Number(fields[1]), session: Number(fields[3]) }];
  } catch {
    return []; // it ended meanwhile
  }
}
