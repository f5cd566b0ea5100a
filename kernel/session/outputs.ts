/**
 * What main sends of its own accord → messages: streams, displays, clears to all clients; questions to the one that asked.
 * Each belongs to the cell whose code it came from (cells.ts).
 */
import { memory, weightOf, type Display, type InputAnswer, type Link } from "../host/port.ts";
import { textOf, type Fields, type Message } from "../wire/message.ts";
import { sendComm, shownIn, shownInWidget } from "./comms.ts";
import { publish, type Cell, type Kernel } from "./kernel.ts";
import type { Event } from "./thread.ts";

export function takeEvent(kernel: Kernel, link: Link, event: Event): void {
  const asked = kernel.cells.of(event.job);
  if (event.type === "input") return void askReader(kernel, link, event.prompt, event.password, asked);
  if (event.type === "comm")
    return void sendComm(kernel, event.comm, asked).finally(() => kernel.streams.credit(weightOf(event)));
  if (event.type === "payload") return void asked?.payload.push(event.payload);
  const cell = shownIn(asked);
  const weight = weightOf(event);
  if (cell?.silent || shownInWidget(kernel, cell, event)) return kernel.streams.credit(weight);
  if (event.type === "stream") return kernel.streams.append(event.name, event.text, cell, weight);
  const sent =
    event.type === "display"
      ? publishDisplay(kernel, event.display, cell)
      : publish(kernel, "clear_output", { wait: event.wait }, cell?.request.header);
  void sent.finally(() => kernel.streams.credit(weight));
}

/** Output that did not come by way of JavaScript: nobody knows whose it is but by the time. */
export function takeNative(kernel: Kernel, name: "stdout" | "stderr", text: string): void {
  const cell = kernel.cells.of(undefined);
  if (!cell?.silent) kernel.streams.take(name, text, cell);
}

function publishDisplay(
  kernel: Kernel,
  { data, metadata, displayId, update }: Display,
  cell: Cell | undefined,
): Promise<void> {
  const content: Fields = {
    data,
    metadata,
    transient: displayId === undefined ? {} : { display_id: displayId },
  };
  return publish(kernel, update ? "update_display_data" : "display_data", content, cell?.request.header);
}

async function askReader(
  kernel: Kernel,
  link: Link,
  prompt: string,
  password: boolean,
  cell: Cell | undefined,
): Promise<void> {
  if (!cell || !kernel.main.isBusy)
    return answer(link, { refused: "want a running cell to ask for, got none" });
  if (!cell.allowStdin)
    return answer(link, {
      refused: "want a front end that lets cells ask (allow_stdin), got one that does not",
    });
  kernel.asking = true;
  const { identities, header } = cell.request;
  kernel.streams.flush();
  const question = kernel.codec.create("input_request", { prompt, password }, header, { identities });
  await kernel.sockets.stdin.send(kernel.codec.encode(question));
}

/** An input_reply; ignored when the question was interrupted meanwhile. */
export function takeAnswer(kernel: Kernel, link: Link, { content }: Message): void {
  if (!kernel.asking) return;
  kernel.asking = false;
  answer(link, { value: textOf(content, "value") });
}

function answer({ inputPort, shared }: Link, answer: InputAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  inputPort.postMessage(answer);
  Atomics.store(shared, memory.inputReady, 1);
  Atomics.notify(shared, memory.inputReady);
}
