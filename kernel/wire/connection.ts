/**
 * Reads the connection file that a Jupyter client writes before it starts a kernel.
 * A path in, a checked Connection out; endpoint() turns a port into what a socket binds to.
 * Format: Jupyter "Making kernels", connection files; curve keys as jupyter_client ≥ 8.9 writes them.
 */
import { readFileSync } from "node:fs";

export const portNames = ["shell_port", "control_port", "stdin_port", "iopub_port", "hb_port"] as const;
export type PortName = (typeof portNames)[number];

export interface Connection extends Readonly<Record<PortName, number>> {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  /** Shared secret for signatures; empty means that messages are not signed. */
  readonly key: string;
  /** `hmac-` and the name of a hash, nearly always `hmac-sha256`. */
  readonly signature_scheme: string;
  /** Where to send the ports, which are then 0 here: the kernel chooses them (registration.ts). */
  readonly registration_port?: number;
  readonly curve_publickey?: string;
  readonly curve_secretkey?: string;
}

/** The connection that `file` describes. Throws when a field is missing or of the wrong kind. */
export function readConnection(file: string): Connection {
  return checkConnection(JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>, file);
}

export function checkConnection(fields: Record<string, unknown>, file: string): Connection {
  const want = (ok: boolean, name: string, kind: string): void => {
    if (!ok) throw new Error(`${file}: want ${name} to be ${kind}, got ${JSON.stringify(fields[name])}`);
  };
  const chooses = fields.registration_port !== undefined;
  if (chooses) want(Number.isInteger(fields.registration_port), "registration_port", "a port number");
  else for (const name of portNames) want(Number.isInteger(fields[name]), name, "a port number");
  want(
    fields.transport === undefined || fields.transport === "tcp" || fields.transport === "ipc",
    "transport",
    '"tcp" or "ipc"',
  );
  want(typeof fields.ip === "string", "ip", "an address, or for ipc a path");
  want(typeof (fields.key ?? "") === "string", "key", "a string");
  const curve = [fields.curve_publickey, fields.curve_secretkey].filter(
    (key) => typeof key === "string" && key.length === 40,
  );
  want(curve.length !== 1, "curve_secretkey", "given together with curve_publickey, 40 characters each");
  const open = chooses ? Object.fromEntries(portNames.map((name) => [name, 0])) : {};
  const defaults = { transport: "tcp", key: "", signature_scheme: "hmac-sha256" };
  return { ...defaults, ...fields, ...open } as unknown as Connection;
}

/** For CurveZMQ: one pair for everybody, as jupyter_client makes it. */
export function curveKeys({
  curve_publickey: publicKey,
  curve_secretkey: secretKey,
}: Connection): { publicKey: string; secretKey: string } | undefined {
  return publicKey && secretKey ? { publicKey, secretKey } : undefined;
}

export function portsOf(connection: Connection): Record<PortName, number> {
  return Object.fromEntries(portNames.map((name) => [name, connection[name]])) as Record<PortName, number>;
}

/** Where the socket of `port` binds: `tcp://ip:port`, or for ipc a path that ends in the port. */
export function endpoint(connection: Connection, port: PortName): string {
  const { transport, ip } = connection;
  return transport === "ipc" ? `ipc://${ip}-${connection[port]}` : `tcp://${ip}:${connection[port]}`;
}
