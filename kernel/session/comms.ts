/**
 * Comms as the worker sees them: messages of the front end go to main as jobs (their listeners may loop, and must then be
 * stoppable), main's go to all clients. Which comms are open is kept here, so that comm_info is answered while a cell runs.
 */
import type { CommMessage } from "../display/comm.ts";
import type { FrameMessage } from "../display/widget/frame.ts";
import type { OutputMessage } from "../host/port.ts";
import { textOf, type Fields, type Message } from "../wire/message.ts";
import { publish, type Cell, type Kernel } from "./kernel.ts";
import { log } from "./log.ts";

/** By the comm's id. */
export type OpenComms = Map<string, OpenComm>;

interface OpenComm {
  readonly target: string;
  /** The cell whose code opened it; undefined: the front end did. */
  readonly cell?: Cell | undefined;
}

/** The comms that are open, all of them or those of one target. */
export function commInfo({ comms }: Kernel, { target_name: wanted }: Fields): Fields {
  const open = [...comms].filter(([, { target }]) => typeof wanted !== "string" || target === wanted);
  return {
    status: "ok",
    comms: Object.fromEntries(open.map(([id, { target }]) => [id, { target_name: target }])),
  };
}

/** A message of main's code to the front end. */
export function sendComm(kernel: Kernel, comm: CommMessage, cell: Cell | undefined): Promise<void> {
  if (comm.kind === "open") kernel.comms.set(comm.id, { target: comm.target ?? "", cell: shownIn(cell) });
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
  const open = kernel.comms.get(comm.id);
  if (comm.kind === "open") kernel.comms.set(comm.id, { target: comm.target ?? "" });
  if (comm.kind === "close") kernel.comms.delete(comm.id);
  const id = kernel.main.nextId();
  const cell = { request, silent: false, allowStdin: false, payload: [], ...placeOf(open, comm.id, request) };
  kernel.cells.addSide(id, cell);
  const job = { id, file: `comm-${id}.ts`, source: "", expressions: {}, comm };
  const outcome = await kernel.main.run(job);
  if (outcome.kind !== "error") return;
  log(`comm ${open?.target ?? comm.id}: ${outcome.failure.ename}: ${outcome.failure.evalue}`);
  const text = `Uncaught in a comm's listener: ${outcome.failure.traceback.join("\n")}\n`;
  if (!shownInWidget(kernel, cell, { type: "stream", name: "stderr", text }))
    await publish(kernel, "stream", { name: "stderr", text }, (shownIn(cell) ?? cell).request.header);
}

/** The cell in whose output `cell`'s code shows what it shows; a comm's message has none of its own. */
export function shownIn(cell: Cell | undefined): Cell | undefined {
  return cell?.place && "cell" in cell.place ? cell.place.cell : cell;
}

/** By the widget's own messages (display/widget/frame.ts), where no cell of the page can show it; says whether it was so. */
export function shownInWidget(kernel: Kernel, cell: Cell | undefined, output: Shown): boolean {
  if (!cell?.place || "cell" in cell.place) return false;
  const data = { method: "custom", content: frameMessage(output) };
  void sendComm(kernel, { kind: "msg", id: cell.place.comm, data, metadata: {}, buffers: [] }, cell);
  return true;
}

type Shown = Extract<OutputMessage, { type: "stream" | "display" | "clear" }>;

function frameMessage(output: Shown): FrameMessage {
  if (output.type === "clear") return { below: "clear" };
  if (output.type === "stream")
    return { below: "printed", text: output.text, isError: output.name === "stderr" };
  return { below: "shown", data: output.display.data, isUpdate: output.display.update ?? false };
}

/** Known by the page's session: after a reload it is another, and nobody waits any more for what the cell shows. */
function placeOf(open: OpenComm | undefined, id: string, { header }: Message): Pick<Cell, "place"> {
  if (open?.target !== "jupyter.widget" || open.cell === undefined) return {};
  const isSamePage = open.cell.request.header.session === header.session;
  return { place: isSamePage ? { cell: open.cell } : { comm: id } };
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
