/**
 * The processes that a test started: ended with everything below them, and counted afterwards.
 * Linux reads /proc; elsewhere `ps`. Nothing here touches a process that is not a descendant.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All running processes of this machine; zombies do not count. */
export function processes(): readonly Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return lines.split("\n").flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith("Z")
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Everything that descends from `root`, without `root` itself. */
export function descendants(root: number, all: readonly Process[] = processes()): readonly Process[] {
  const children = all.filter(({ parent }) => parent === root);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** Those whose command line holds `text`: a kernel whose parent died is nobody's descendant any more. */
export function running(text: string): readonly Process[] {
  return processes().filter(({ pid, command }) => pid !== process.pid && command.includes(text));
}

const politeMs = 20_000;
const followMs = 10_000;

/**
 * Asks a child to end and waits; then gives what was below it a moment to follow.
 * Whatever still runs is killed and returned.
 */
export async function endTree(child: ChildProcess): Promise<readonly Process[]> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return [];
  const below = descendants(child.pid);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const isLate = await Promise.race([ended.then(() => false), sleep(politeMs, true, { ref: false })]);
  if (isLate) child.kill("SIGKILL");
  await ended;
  const survivors = await waitForEnd(below);
  for (const { pid } of survivors) process.kill(pid, "SIGKILL");
  return survivors;
}

async function waitForEnd(watched: readonly Process[]): Promise<readonly Process[]> {
  const deadline = Date.now() + followMs;
  for (;;) {
    const all = processes();
    const alive = watched.filter(({ pid, command }) =>
      all.some((p) => p.pid === pid && p.command === command),
    );
    if (alive.length === 0 || Date.now() > deadline) return alive;
    await sleep(50);
  }
}
