/**
 * What main sends of its own accord → messages: streams, displays, clears to all clients; questions to the one that asked.
 * All belong to the running cell, or, when none runs, to the last.
 */
import { memory, weightOf, type Display, type InputAnswer, type Link } from "../host/port.ts";
import { textOf, type Fields, type Message } from "../wire/message.ts";
import { publish, type Kernel } from "./kernel.ts";
import type { Event } from "./thread.ts";

export function takeEvent(kernel: Kernel, link: Link, event: Event): void {
  if (event.type === "input") return void askReader(kernel, link, event.prompt, event.password);
  const weight = weightOf(event);
  if (kernel.cell?.silent) return kernel.streams.credit(weight);
  if (event.type === "stream") return kernel.streams.append(event.name, event.text, weight);
  const sent =
    event.type === "display"
      ? publishDisplay(kernel, event.display)
      : publish(kernel, "clear_output", { wait: event.wait }, kernel.cell?.request.header);
  void sent.finally(() => kernel.streams.credit(weight));
}

function publishDisplay(kernel: Kernel, { data, metadata, displayId, update }: Display): Promise<void> {
  const content: Fields = {
    data,
    metadata,
    transient: displayId === undefined ? {} : { display_id: displayId },
  };
  return publish(
    kernel,
    update ? "update_display_data" : "display_data",
    content,
    kernel.cell?.request.header,
  );
}

async function askReader(kernel: Kernel, link: Link, prompt: string, password: boolean): Promise<void> {
  const { cell } = kernel;
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
