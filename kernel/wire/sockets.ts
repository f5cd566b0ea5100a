/**
 * The five sockets of a kernel, bound to where the connection file says. Frames in, frames out; knows no message.
 * Traps of zeromq.js that this file keeps from the rest: a socket takes one send at a time; exiting while a socket
 * receives aborts the process, so close() waits for every loop; a full iopub refuses rather than waits.
 */
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Router, XPublisher } from "zeromq";
import { curveKeys, endpoint, portNames, type Connection, type PortName } from "./connection.ts";

export type Frames = readonly Uint8Array[];
/** Text is sent as UTF-8. */
export type OutgoingFrames = readonly (Uint8Array | string)[];
/** A client that reads nothing for so long loses output rather than holding the kernel up. */
const stuckClientMs = 10_000;
const retryMs = 2;
const lastSendMs = 500;

/** One socket whose sends are queued in order. */
export class Channel {
  readonly #socket: Router | XPublisher;
  #sending: Promise<void> = Promise.resolve();
  #receiving: Promise<void> = Promise.resolve();

  constructor(socket: Router | XPublisher) {
    this.#socket = socket;
  }

  /** Resolves when the socket has taken the frames (not when a client has them). */
  send(frames: OutgoingFrames): Promise<void> {
    const sent = this.#sending.then(() => this.#sendNow(frames));
    this.#sending = sent.catch(() => undefined); // told to whoever sent; those after it are sent all the same
    return sent;
  }

  listen(take: (frames: Frames) => void): void {
    this.#receiving = (async () => {
      for await (const frames of this.#socket) take(frames);
    })();
  }

  async close(): Promise<void> {
    await Promise.race([this.#sending, sleep(lastSendMs)]); // a client that reads nothing shall not keep us
    this.#socket.close();
    await this.#receiving;
  }

  async #sendNow(frames: OutgoingFrames): Promise<void> {
    const socket = this.#socket;
    const giveUpMs = performance.now() + stuckClientMs;
    while (!socket.closed) {
      try {
        return await socket.send(frames as (Uint8Array | string)[]);
      } catch (error) {
        if (!(socket instanceof XPublisher) || (error as NodeJS.ErrnoException).code !== "EAGAIN")
          throw error;
        // A subscriber's queue is full. libzmq calls the socket writable all the same, so there is only asking again.
        if (performance.now() > giveUpMs) socket.noDrop = false;
        await sleep(retryMs);
      }
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

/**
 * Binds all five and answers heartbeats. Encrypted by CurveZMQ when the connection file carries keys.
 * The connection that is returned has the ports that were free where the one that was given has 0.
 */
export async function openSockets(given: Connection): Promise<{ sockets: Sockets; connection: Connection }> {
  const options = { linger: 1000, ...curveOptions(given) };
  // handover: a client that comes back under its old identity takes the place of its lost connection.
  const shell = new Router({ ...options, handover: true });
  const control = new Router({ ...options, handover: true });
  const stdin = new Router({ ...options, handover: true });
  // Every subscription is told (allSubs), also a second client's, so that each gets its welcome.
  // Full queues wait (noDrop) so that a flood of output slows the cell down instead of being lost.
  const iopub = new XPublisher({
    ...options,
    verbosity: "allSubs",
    noDrop: true,
    sendTimeout: 0,
  });
  // Echoes all frames, envelope included. A reply socket would do, but falls over a second ping before its first echo.
  const heartbeat = new Router({ ...options, handover: true });
  const bound = {
    shell_port: shell,
    control_port: control,
    stdin_port: stdin,
    iopub_port: iopub,
    hb_port: heartbeat,
  };
  const ports = await Promise.all(
    portNames.map(async (name, index) => [name, await bind(bound[name], given, name, index)]),
  );
  const connection: Connection = { ...given, ...(Object.fromEntries(ports) as Record<PortName, number>) };
  const sockets = {
    shell: new Channel(shell),
    control: new Channel(control),
    stdin: new Channel(stdin),
    iopub: new Channel(iopub),
    heartbeat: new Channel(heartbeat),
  };
  sockets.heartbeat.listen((frames) => void sockets.heartbeat.send(frames));
  return { sockets, connection };
}

/** The port that `socket` is bound to. For ipc a port is part of a file's name, and our process id makes it ours. */
async function bind(
  socket: Router | XPublisher,
  given: Connection,
  name: PortName,
  index: number,
): Promise<number> {
  const chosen = given[name] === 0 && given.transport === "ipc" ? 10 * process.pid + index : given[name];
  await socket.bind(endpoint({ ...given, [name]: chosen }, name).replace(/:0$/, ":*"));
  return chosen === 0 ? Number(/:(\d+)$/.exec(socket.lastEndpoint ?? "")?.[1]) : chosen;
}

/** Closes all five; for ipc their files go too, which libzmq leaves when a process ends soon after. */
export async function closeSockets(sockets: Sockets, connection: Connection): Promise<void> {
  await Promise.all(Object.values(sockets).map((channel: Channel) => channel.close()));
  if (connection.transport !== "ipc") return;
  for (const port of portNames) rmSync(endpoint(connection, port).replace("ipc://", ""), { force: true });
}

function curveOptions(connection: Connection): object {
  const keys = curveKeys(connection);
  return keys ? { curveServer: true, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey } : {};
}
