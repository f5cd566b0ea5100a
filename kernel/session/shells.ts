/**
 * The main shell and its subshells (JEP 91): lines of cells, each with its own count and history.
 * JavaScript has one thread, so a subshell's cell runs where main awaits, and gets only a look at values where main computes
 * (glance.ts). An interrupt stops the cells of all shells.
 */
import { randomUUID } from "node:crypto";
import { execute } from "./execute.ts";
import type { History } from "./history.ts";
import type { Kernel, QueuedRequest, Shell } from "./kernel.ts";
import { log } from "./log.ts";
import type { Fields, Message } from "../wire/message.ts";
import { textOf } from "../wire/message.ts";

export function createShell(history: History, id?: string, name = ""): Shell {
  return { id, name, queue: [], isPumping: false, executionCount: 0, history: history.open() };
}

/** The shell that `request` names in its header; undefined if there is no such subshell. */
export function shellOf({ mainShell, subshells }: Kernel, { header }: Message): Shell | undefined {
  return header.subshell_id ? subshells.get(header.subshell_id) : mainShell;
}

let created = 0;

export function createSubshell({ subshells, history }: Kernel): Fields {
  const id = randomUUID();
  subshells.set(id, createShell(history, id, `subshell-${++created}`));
  return { status: "ok", subshell_id: id };
}

/** What it runs goes on; what waits in it is aborted. */
export function deleteSubshell({ subshells }: Kernel, content: Fields): Fields {
  const id = textOf(content, "subshell_id");
  const shell = subshells.get(id);
  if (!shell) return unknownSubshell(id);
  for (const queued of shell.queue) queued.aborted = true;
  subshells.delete(id);
  return { status: "ok" };
}

export function listSubshells({ subshells }: Kernel): Fields {
  return { status: "ok", subshell_id: [...subshells.keys()] };
}

export function unknownSubshell(id: string): Fields {
  const evalue = `want a subshell that exists, got ${JSON.stringify(id)}; try create_subshell_request`;
  return { status: "error", ename: "UnknownSubshell", evalue, traceback: [`UnknownSubshell: ${evalue}`] };
}

/** Runs `queued` when all that came before it in its shell is done. */
export function enqueue(kernel: Kernel, shell: Shell, queued: QueuedRequest): void {
  shell.queue.push(queued);
  if (!shell.isPumping) void pump(kernel, shell);
}

async function pump(kernel: Kernel, shell: Shell): Promise<void> {
  shell.isPumping = true;
  for (let next = shell.queue.shift(); next; next = shell.queue.shift()) {
    const run = next.run ?? ((queued: QueuedRequest) => execute(kernel, shell, queued));
    await run(next).catch((error: unknown) => log(`bug: ${next.request.header.msg_type}: ${String(error)}`));
  }
  shell.isPumping = false;
}
