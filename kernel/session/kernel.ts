/**
 * The record of a running kernel, and the three ways in which it speaks: reply, publish, status.
 * Contents in, signed messages on the right socket out.
 */
import type { Connection } from "../wire/connection.ts";
import type { Language } from "../language/index.ts";
import type { Codec, Fields, Header, Message } from "../wire/message.ts";
import type { Channel, Sockets } from "../wire/sockets.ts";
import type { Payload } from "../display/host.ts";
import type { Cells } from "./cells.ts";
import type { OpenComms } from "./comms.ts";
import type { Descriptors } from "./descriptors.ts";
import type { History, HistorySession } from "./history.ts";
import type { Streams } from "./streams.ts";
import type { MainThread } from "./thread.ts";
import type { Wake } from "./wake.ts";

/** The execute_request that outputs belong to. */
export interface Cell {
  readonly request: Message;
  /** Shows nothing (execute_request's `silent`). */
  readonly silent: boolean;
  readonly allowStdin: boolean;
  /** What the front end is asked to do, told with the reply. */
  readonly payload: Payload[];
  /** Of a comm's message: where what its listeners show is seen. */
  readonly place?: Place;
}

/** The cell that opened the comm; or the widget itself, where the page that asks is not the one that ran that cell (a reload). */
export type Place = { readonly cell: Cell } | { readonly comm: string };

/** A line of cells that run one after another: the main shell, or a subshell. */
export interface Shell {
  /** undefined: the main one. */
  readonly id: string | undefined;
  /** What stacks call its cells by: `subshell-1`. */
  readonly name: string;
  /** Execute requests that wait, oldest first. */
  readonly queue: QueuedRequest[];
  isPumping: boolean;
  executionCount: number;
  readonly history: HistorySession;
}

export interface Kernel {
  readonly connection: Connection;
  readonly codec: Codec;
  readonly sockets: Sockets;
  readonly main: MainThread;
  readonly streams: Streams;
  readonly mainShell: Shell;
  readonly subshells: Map<string, Shell>;
  readonly history: History;
  readonly comms: OpenComms;
  /** Whose outputs are whose. */
  readonly cells: Cells;
  /** What native code and child processes write; undefined where it cannot be had. */
  descriptors: Descriptors | undefined;
  readonly wake: Wake;
  /** A question of the running cell is open at the front end. */
  asking: boolean;
  readonly language: Language;
  /** Each stops what the language does before a cell runs (an installation, a check). */
  readonly preparing: Set<AbortController>;
  readonly exit: () => void;
}

export interface QueuedRequest {
  readonly request: Message;
  /** An earlier request failed and its client wants what was queued behind it dropped. */
  aborted: boolean;
  /** How it is answered; left out for an execute_request. */
  readonly run?: () => Promise<void>;
}

type Extras = Partial<Pick<Message, "metadata" | "buffers">>;

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
  extras?: Extras,
): Promise<void> {
  kernel.streams.flush();
  return broadcast(kernel, type, content, parent, extras);
}

/** As publish, past the streams: for the streams themselves. The topic is the message's type. */
export function broadcast(
  kernel: Pick<Kernel, "codec" | "sockets">,
  type: string,
  content: Fields,
  parent: Header | undefined,
  extras?: Extras,
): Promise<void> {
  const identities = [Buffer.from(type)];
  return kernel.sockets.iopub.send(
    kernel.codec.encode(kernel.codec.create(type, content, parent, { ...extras, identities })),
  );
}

export function status(
  kernel: Kernel,
  state: "starting" | "busy" | "idle",
  parent: Header | undefined,
): Promise<void> {
  return publish(kernel, "status", { execution_state: state }, parent);
}
