/**
 * Comms: named, two-way channels between a cell's code and the front end, of which widgets are made.
 * Values in, messages to the host out (host.ts), and what the front end sends comes in by `receiveComm`. No Node here.
 * The registry lies on globalThis, so that every copy of this module (also an edited one) finds the same.
 * Source: Jupyter messaging 5.5, "Custom Messages".
 */
import { findHost } from "./host.ts";

/** What goes either way: JSON, and bytes beside it that JSON need not carry. */
export interface CommParts {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
}

/** One message, in the words of the protocol: comm_open, comm_msg, comm_close. */
export interface CommMessage {
  readonly kind: "open" | "msg" | "close";
  readonly id: string;
  /** Only of an `open`: what the other end looks its handler up by. */
  readonly target?: string;
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly buffers: readonly Uint8Array[];
}

export type CommListener = (message: CommMessage) => void | Promise<void>;
/** Called when the front end opens a comm to a registered target. */
export type CommTarget = (comm: Comm, opening: CommMessage) => void | Promise<void>;

interface Registry {
  readonly comms: Map<string, Comm>;
  readonly targets: Map<string, CommTarget>;
}

// As they are now: a cell may declare names over them.
const { crypto, Error, Map, Reflect, Set } = globalThis;
const hook = Symbol.for("below.comms");

function registry(): Registry {
  const found = Reflect.get(globalThis, hook) as Registry | undefined;
  if (found) return found;
  const made: Registry = { comms: new Map(), targets: new Map() };
  Reflect.set(globalThis, hook, made);
  return made;
}

/** One channel. Ends when either side closes it; what is sent after that throws. */
export class Comm {
  readonly id: string;
  readonly target: string;
  #isOpen = true;
  readonly #onMessage = new Set<CommListener>();
  readonly #onClose = new Set<CommListener>();

  constructor(id: string, target: string) {
    this.id = id;
    this.target = target;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Throws an Error when the comm is closed. */
  send(data: unknown, parts: CommParts = {}): void {
    if (!this.#isOpen) throw new Error(`comm: want an open comm to send by, got ${this.target}, closed`);
    publish({ kind: "msg", id: this.id, data, ...filled(parts) });
  }

  /** A second call does nothing. */
  close(data: unknown = {}, parts: CommParts = {}): void {
    if (!this.#isOpen) return;
    publish({ kind: "close", id: this.id, data, ...filled(parts) });
    this.#end();
  }

  /** `listener` gets each message of the front end; returns how to stop that. */
  onMessage(listener: CommListener): () => void {
    this.#onMessage.add(listener);
    return () => void this.#onMessage.delete(listener);
  }

  /** `listener` is told once, when the front end closes the comm. */
  onClose(listener: CommListener): () => void {
    this.#onClose.add(listener);
    return () => void this.#onClose.delete(listener);
  }

  /** What came from the front end. For the host; resolves when the listeners are done. */
  async take(message: CommMessage): Promise<void> {
    const listeners = message.kind === "close" ? this.#onClose : this.#onMessage;
    if (message.kind === "close") this.#end();
    for (const listener of listeners) await listener(message);
  }

  #end(): void {
    this.#isOpen = false;
    registry().comms.delete(this.id);
  }
}

/**
 * Opens a comm to the front end's handler of `target` ("jupyter.widget" for widgets); `data` is the first thing it gets.
 * Without a host (a plain script) the comm is there and nobody hears it.
 */
export function openComm(target: string, data: unknown = {}, parts: CommParts = {}): Comm {
  const comm = new Comm(crypto.randomUUID(), target);
  registry().comms.set(comm.id, comm);
  publish({ kind: "open", id: comm.id, target, data, ...filled(parts) });
  return comm;
}

/** Lets the front end open comms to `target`; returns how to end that. One handler a name, the newest. */
export function registerTarget(target: string, handler: CommTarget): () => void {
  const { targets } = registry();
  targets.set(target, handler);
  return () => void (targets.get(target) === handler && targets.delete(target));
}

/**
 * A message of the front end, to whom it belongs. For the host. One for an unknown target is answered by a close, as the
 * protocol wants; one for a comm that is closed meanwhile is dropped.
 */
export async function receiveComm(message: CommMessage): Promise<void> {
  const { comms, targets } = registry();
  if (message.kind !== "open") return comms.get(message.id)?.take(message);
  const target = message.target ?? "";
  const handler = targets.get(target);
  if (!handler) return publish({ kind: "close", id: message.id, data: {}, ...filled({}) });
  const comm = new Comm(message.id, target);
  comms.set(comm.id, comm);
  try {
    await handler(comm, message);
  } catch (error) {
    comm.close();
    throw error;
  }
}

function publish(message: CommMessage): void {
  findHost()?.comm(message);
}

function filled({ metadata = {}, buffers = [] }: CommParts): Required<CommParts> {
  return { metadata, buffers };
}
