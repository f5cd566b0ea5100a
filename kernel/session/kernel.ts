/**
 * The record of a running kernel, and the three ways in which it speaks: reply, publish, status.
 * Contents in, signed messages on the right socket out.
 */
import { writeSync } from "node:fs";
import type { Codec, Fields, Header, Message } from "../wire/message.ts";
import type { Channel, Sockets } from "../wire/sockets.ts";
import type { HistoryEntry } from "./history.ts";
import type { Streams } from "./streams.ts";
import type { MainThread } from "./thread.ts";

/** The execute_request that outputs belong to. */
export interface Cell {
  readonly request: Message;
  /** Shows nothing (execute_request's `silent`). */
  readonly silent: boolean;
  readonly allowStdin: boolean;
}

export interface Kernel {
  readonly codec: Codec;
  readonly sockets: Sockets;
  readonly main: MainThread;
  readonly streams: Streams;
  readonly history: HistoryEntry[];
  /** Execute requests that wait, oldest first. */
  readonly queue: QueuedRequest[];
  executionCount: number;
  /** The running cell, or else the last: output that comes late goes there. */
  cell: Cell | undefined;
  /** A question of the running cell is open at the front end. */
  asking: boolean;
  readonly exit: () => void;
}

export interface QueuedRequest {
  readonly request: Message;
  /** An earlier request failed and its client wants what was queued behind it dropped. */
  aborted: boolean;
}

/** Answers `request` on the socket that it came by. */
export function reply(
  kernel: Kernel,
  channel: Channel,
  request: Message,
  type: string,
  content: Fields,
): Promise<void> {
  return channel.send(
    kernel.codec.encode(
      kernel.codec.create(type, content, request.header, { identities: request.identities }),
    ),
  );
}

/** Tells every client. Text that waits in the streams goes first, so that order is kept. */
export function publish(
  kernel: Kernel,
  type: string,
  content: Fields,
  parent: Header | undefined,
): Promise<void> {
  kernel.streams.flush();
  return broadcast(kernel, type, content, parent);
}

/** As publish, past the streams: for the streams themselves. The topic is the message's type. */
export function broadcast(
  kernel: Pick<Kernel, "codec" | "sockets">,
  type: string,
  content: Fields,
  parent: Header | undefined,
): Promise<void> {
  return kernel.sockets.iopub.send(
    kernel.codec.encode(kernel.codec.create(type, content, parent, { identities: [Buffer.from(type)] })),
  );
}

export function status(
  kernel: Kernel,
  state: "starting" | "busy" | "idle",
  parent: Header | undefined,
): Promise<void> {
  return publish(kernel, "status", { execution_state: state }, parent);
}

/** A line for whoever reads the server's log. Written at once: main, which carries a worker's streams, may be busy. */
export function log(line: string): void {
  writeSync(2, `below: ${line}\n`);
}
