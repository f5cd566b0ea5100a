/**
 * Comms as the worker sees them: messages of the front end go to main as jobs (their listeners may loop, and must then be
 * stoppable), main's go to all clients. Which comms are open is kept here, so that comm_info is answered while a cell runs.
 */
import type { CommMessage } from "../display/comm.ts";
import { textOf, type Fields, type Message } from "../wire/message.ts";
import { publish, type Cell, type Kernel } from "./kernel.ts";
import { log } from "./log.ts";

/** comm id → target name. */
export type OpenComms = Map<string, string>;

/** The comms that are open, all of them or those of one target. */
export function commInfo({ comms }: Kernel, { target_name: wanted }: Fields): Fields {
  const open = [...comms].filter(([, target]) => typeof wanted !== "string" || target === wanted);
  return {
    status: "ok",
    comms: Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }])),
  };
}

/** A message of main's code to the front end. */
export function sendComm(kernel: Kernel, comm: CommMessage, cell: Cell | undefined): Promise<void> {
  if (comm.kind === "open") kernel.comms.set(comm.id, comm.target ?? "");
  if (comm.kind === "close") kernel.comms.delete(comm.id);
  const content: Fields = {
    comm_id: comm.id,
    data: comm.data,
    ...(comm.kind === "open" ? { target_name: comm.target } : {}),
  };
  const { metadata, buffers } = comm;
  return publish(kernel, `comm_${comm.kind}`, content, cell?.request.header, {
    metadata,
    buffers,
  });
}

/** A message of the front end, handed to main. Resolves when its listeners are done. */
export async function takeComm(kernel: Kernel, request: Message): Promise<void> {
  const comm = commOf(request);
  if (comm.kind === "open") kernel.comms.set(comm.id, comm.target ?? "");
  if (comm.kind === "close") kernel.comms.delete(comm.id);
  const id = kernel.main.nextId();
  kernel.cells.addSide(id, { request, silent: false, allowStdin: false, payload: [] });
  const job = { id, file: `comm-${id}.ts`, source: "", expressions: {}, comm };
  const outcome = await kernel.main.run(job);
  if (outcome.kind !== "error") return;
  log(`comm ${kernel.comms.get(comm.id) ?? comm.id}: ${outcome.failure.ename}: ${outcome.failure.evalue}`);
  const text = `Uncaught in a comm's listener: ${outcome.failure.traceback.join("\n")}\n`;
  await publish(kernel, "stream", { name: "stderr", text }, request.header);
}

/** Whether `request` belongs to a comm that lives: it then need not wait for the cells that are queued. */
export function isLive({ comms }: Kernel, { header, content }: Message): boolean {
  return header.msg_type !== "comm_open" && comms.has(textOf(content, "comm_id"));
}

function commOf({ header, content, metadata, buffers }: Message): CommMessage {
  const kind = header.msg_type === "comm_open" ? "open" : header.msg_type === "comm_close" ? "close" : "msg";
  return {
    kind,
    id: textOf(content, "comm_id"),
    ...(kind === "open" ? { target: textOf(content, "target_name") } : {}),
    data: content.data ?? {},
    metadata,
    buffers: buffers.map((buffer) => Uint8Array.from(buffer)),
  };
}
