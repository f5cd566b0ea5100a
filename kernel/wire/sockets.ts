/**
 * The five sockets of a kernel, bound to where the connection file says. Frames in, frames out; knows no message.
 * Traps of zeromq.js that this file keeps from the rest: a socket takes one send at a time, and exiting while
 * a socket receives aborts the process, so close() waits for every loop.
 */
import { Reply, Router, XPublisher } from "zeromq";
import { endpoint, type Connection } from "./connection.ts";

export type Frames = readonly Uint8Array[];
/** A client that reads nothing for so long loses output rather than holding the kernel up. */
const stuckClientMs = 10_000;

/** One socket whose sends are queued in order. */
export class Channel {
  readonly #socket: Router | XPublisher | Reply;
  #sending: Promise<void> = Promise.resolve();
  #receiving: Promise<void> = Promise.resolve();

  constructor(socket: Router | XPublisher | Reply) {
    this.#socket = socket;
  }

  /** Resolves when the socket has taken the frames (not when a client has them). */
  send(frames: Frames): Promise<void> {
    this.#sending = this.#sending.then(() => this.#sendNow(frames));
    return this.#sending;
  }

  listen(take: (frames: Frames) => void): void {
    this.#receiving = (async () => {
      for await (const frames of this.#socket) take(frames);
    })();
  }

  async close(): Promise<void> {
    await this.#sending;
    this.#socket.close();
    await this.#receiving;
  }

  async #sendNow(frames: Frames): Promise<void> {
    if (this.#socket.closed) return;
    try {
      await this.#socket.send(frames as Uint8Array[]);
    } catch (error) {
      // EAGAIN on iopub: a subscriber stopped reading. From now on its messages are dropped instead of awaited.
      if (!(this.#socket instanceof XPublisher)) throw error;
      this.#socket.noDrop = false;
    }
  }
}

export interface Sockets {
  readonly shell: Channel;
  readonly control: Channel;
  readonly stdin: Channel;
  readonly iopub: Channel;
  readonly heartbeat: Channel;
}

/** Binds all five and answers heartbeats. Encrypted by CurveZMQ when the connection file carries keys. */
export async function openSockets(connection: Connection): Promise<Sockets> {
  const options = { linger: 1000, ...curveOptions(connection) };
  const shell = new Router(options);
  const control = new Router(options);
  const stdin = new Router(options);
  // Every subscription is told (allSubs), also a second client's, so that each gets its welcome.
  // Full queues wait (noDrop) so that a flood of output slows the cell down instead of being lost.
  const iopub = new XPublisher({
    ...options,
    verbosity: "allSubs",
    noDrop: true,
    sendTimeout: stuckClientMs,
  });
  const heartbeat = new Reply(options);
  await Promise.all([
    shell.bind(endpoint(connection, "shell_port")),
    control.bind(endpoint(connection, "control_port")),
    stdin.bind(endpoint(connection, "stdin_port")),
    iopub.bind(endpoint(connection, "iopub_port")),
    heartbeat.bind(endpoint(connection, "hb_port")),
  ]);
  const sockets = {
    shell: new Channel(shell),
    control: new Channel(control),
    stdin: new Channel(stdin),
    iopub: new Channel(iopub),
    heartbeat: new Channel(heartbeat),
  };
  sockets.heartbeat.listen((frames) => void sockets.heartbeat.send(frames));
  return sockets;
}

export async function closeSockets(sockets: Sockets): Promise<void> {
  await Promise.all(Object.values(sockets).map((channel: Channel) => channel.close()));
}

function curveOptions({ curve_publickey, curve_secretkey }: Connection): object {
  if (!curve_publickey || !curve_secretkey) return {};
  return { curveServer: true, curvePublicKey: curve_publickey, curveSecretKey: curve_secretkey };
}
