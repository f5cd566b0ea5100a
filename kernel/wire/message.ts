/**
 * Bytes ↔ signed Jupyter messages. Frames in, Message out, and back; no socket, no clock but the date of a header.
 * On the wire: identities…, `<IDS|MSG>`, signature, header, parent header, metadata, content, buffers…
 * Source: Jupyter messaging 5.5, "The Wire Protocol".
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Connection } from "./connection.ts";

export const protocolVersion = "5.5";
const delimiter = Buffer.from("<IDS|MSG>");
/** As many as jupyter_client remembers; older signatures are forgotten first. */
const rememberedSignatures = 2 ** 16;
/** More than any front end sends at once (Jupyter Server's limit is 10 MB). */
const largestBytes = 64 * 2 ** 20;

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
  /** Which subshell an execute_request is for (5.5); none or null: the main shell. */
  readonly subshell_id?: string | null;
}
export type Fields = Readonly<Record<string, unknown>>;

/** A field that the protocol says is text; empty when it is missing or of another kind. */
export function textOf(content: Fields, name: string): string {
  const value = content[name];
  return typeof value === "string" ? value : "";
}

export interface Message {
  /** Where a reply goes: the frames that a router socket put in front. Empty for a broadcast, whose topic stands here. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Header | undefined;
  readonly metadata: Fields;
  readonly content: Fields;
  readonly buffers: readonly Uint8Array[];
}

/** Why frames were refused: `unsigned`, `malformed`, `replayed` or `oversized` messages are dropped, never answered. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Signs, checks and remembers: one per kernel, because a replay may come in by any socket. */
export class Codec {
  readonly #algorithm: string;
  readonly #key: string;
  readonly #session = randomUUID();
  readonly #seen = new Set<string>();

  constructor(connection: Pick<Connection, "key" | "signature_scheme">) {
    this.#algorithm = connection.signature_scheme.replace(/^hmac-/, "");
    this.#key = connection.key;
    this.sign([]); // an unknown hash is a fault of the connection file: fail now, not at the first message
  }

  /** A message of ours, with a fresh header. */
  create(
    type: string,
    content: Fields,
    parent?: Header,
    options: Partial<Pick<Message, "identities" | "metadata" | "buffers">> = {},
  ): Message {
    const header: Header = {
      msg_id: randomUUID(),
      session: this.#session,
      username: "kernel",
      date: new Date().toISOString(),
      msg_type: type,
      version: protocolVersion,
    };
    return { identities: [], metadata: {}, buffers: [], ...options, header, parent, content };
  }

  /** Text stays text: zeromq copies it, but keeps a buffer until it is sent, and wakes this thread to let go of it. */
  encode(message: Message): (Uint8Array | string)[] {
    const parts = [message.header, message.parent ?? {}, message.metadata, message.content].map((part) =>
      JSON.stringify(part),
    );
    return [...message.identities, delimiter, this.sign(parts), ...parts, ...message.buffers];
  }

  /** The message in `frames`. Throws WireError when it is malformed, not signed with our key, or was seen before. */
  decode(frames: readonly Uint8Array[]): Message {
    const sizeBytes = frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (sizeBytes > largestBytes)
      throw new WireError(`oversized message: want at most ${largestBytes} bytes, got ${sizeBytes}`);
    const at = frames.findIndex((frame) => delimiter.equals(frame));
    if (at < 0)
      throw new WireError(
        `malformed message: want a <IDS|MSG> frame, got ${frames.length} frames without one`,
      );
    const [signature, ...rest] = frames.slice(at + 1);
    if (!signature || rest.length < 4)
      throw new WireError(
        `malformed message: want a signature and 4 parts, got ${frames.length - at - 1} frames`,
      );
    this.#check(signature, rest.slice(0, 4));
    const [header, parent, metadata, content] = rest.slice(0, 4).map(parseObject);
    for (const name of ["msg_id", "msg_type", "session"]) {
      if (typeof header[name] !== "string")
        throw new WireError(
          `malformed message: want header.${name} to be a string, got ${JSON.stringify(header[name])}`,
        );
    }
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent: parent.msg_id === undefined ? undefined : (parent as unknown as Header),
      metadata,
      content,
      buffers: rest.slice(4),
    };
  }

  /** Hexadecimal HMAC of the four parts in order; empty without a key. */
  sign(parts: readonly (Uint8Array | string)[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#algorithm, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #check(signature: Uint8Array, parts: readonly Uint8Array[]): void {
    if (this.#key === "") return;
    const want = Buffer.from(this.sign(parts));
    if (signature.length !== want.length || !timingSafeEqual(signature, want))
      throw new WireError("unsigned message: its signature does not fit our key");
    const text = want.toString();
    if (this.#seen.has(text)) throw new WireError("replayed message: its signature was seen before");
    this.#seen.add(text);
    if (this.#seen.size > rememberedSignatures)
      for (const oldest of this.#seen) return void this.#seen.delete(oldest);
  }
}

function parseObject(frame: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame).toString("utf8"));
  } catch (error) {
    throw new WireError(`malformed message: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError("malformed message: want four JSON objects");
  return value as Record<string, unknown>;
}
