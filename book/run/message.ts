/**
 * The client's side of Jupyter's wire format: requests to signed frames, frames to checked messages.
 * Written from the specification, not from kernel/wire, so that the two judge each other.
 * Source: Jupyter messaging 5.5, "The Wire Protocol".
 */
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

export interface Message {
  readonly type: string;
  /** msg_id of the request that it answers. */
  readonly parentId: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
  /** Bytes beside the JSON: of comms. */
  readonly buffers?: readonly Uint8Array[];
}

export interface Codec {
  /** A request with a fresh id. */
  encode(type: string, content: object): { readonly id: string; readonly frames: readonly string[] };
  /** Throws if the frames are malformed or not signed with our key. */
  decode(frames: readonly Uint8Array[]): Message;
}

const DELIMITER = "<IDS|MSG>";

export function createCodec(key: string): Codec {
  const session = randomUUID();
  return {
    encode(type, content) {
      const id = randomUUID();
      const date = new Date().toISOString();
      const header = { msg_id: id, session, username: "below", date, msg_type: type, version: "5.5" };
      const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
      return { id, frames: [DELIMITER, sign(key, parts), ...parts] };
    },
    decode(frames) {
      const at = frames.findIndex((frame) => Buffer.from(frame).toString() === DELIMITER);
      const [signature, ...parts] = frames.slice(at + 1);
      if (at < 0 || parts.length < 4) throw new Error("bug: the kernel sent a malformed message");
      const want = Buffer.from(sign(key, parts.slice(0, 4)));
      const got = Buffer.from(signature);
      if (want.length !== got.length || !timingSafeEqual(want, got))
        throw new Error("bug: the kernel sent a message with a wrong signature");
      const [header, parent, , content] = parts
        .slice(0, 4)
        .map((part) => JSON.parse(Buffer.from(part).toString()) as Record<string, unknown>);
      const buffers = parts.slice(4);
      const parentId = parent["msg_id"] as string | undefined;
      return { type: String(header["msg_type"]), parentId, content, buffers };
    },
  };
}

function sign(key: string, parts: readonly (string | Uint8Array)[]): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
