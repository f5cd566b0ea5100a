/**
 * The handshake of JEP 66: a launcher that gives a `registration_port` instead of five ports lets the kernel choose them.
 * In: what the launcher wrote, and where our sockets are bound. Out: nothing; throws unless the launcher agrees.
 * handshake_request and handshake_reply, signed, over a request socket: the proposal leaves the form open, this is Positron's.
 */
import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Request } from "zeromq";
import { curveKeys, portsOf, type Connection } from "./connection.ts";
import type { Codec } from "./message.ts";

/** A launcher that is silent for so long is gone, and so is the reason for this kernel. */
const silenceMs = 30_000;

export async function register(connection: Connection, codec: Codec): Promise<void> {
  const { ip, registration_port: port, transport } = connection;
  const keys = curveKeys(connection);
  const socket = new Request({
    linger: 0,
    ...(keys && {
      curvePublicKey: keys.publicKey,
      curveSecretKey: keys.secretKey,
      curveServerKey: keys.publicKey,
    }),
  });
  try {
    socket.connect(transport === "ipc" ? `ipc://${ip}-${port}` : `tcp://${ip}:${port}`);
    await socket.send(codec.encode(codec.create("handshake_request", portsOf(connection))));
    const frames = await Promise.race([socket.receive(), sleep(silenceMs, undefined, { ref: false })]);
    const status = frames ? codec.decode(frames).content.status : "silence";
    if (status !== "ok")
      throw new Error(`registration: want a handshake_reply with status "ok", got ${JSON.stringify(status)}`);
  } finally {
    socket.close();
  }
}

/** Writes where this kernel listens beside the registration file, for other clients; returns how to remove it. */
export function writeConnection(file: string, connection: Connection): () => void {
  const own = `${file.replace(/\.json$/, "")}-connection.json`;
  const { registration_port: _, ...fields } = connection;
  writeFileSync(own, `${JSON.stringify(fields, null, 2)}\n`, { mode: 0o600 });
  return () => rmSync(own, { force: true });
}
