/** Messages on the wire, judged by Python's hmac (the vector) and by laws. */
import { describe, expect, test } from "vitest";
import { Codec, WireError, type Message } from "./message.ts";

const connection = { key: "below", signature_scheme: "hmac-sha256" };
const text = (frame: Uint8Array | undefined): string => Buffer.from(frame ?? []).toString();

/** zeromq sends text as UTF-8. */
function onTheWire(frames: readonly (Uint8Array | string)[]): Uint8Array[] {
  return frames.map((frame) => (typeof frame === "string" ? Buffer.from(frame) : frame));
}

/** From Python: `hmac.new(b"below", '{"a":1}{}{}{"b":"é"}'.encode(), "sha256").hexdigest()`. */
const vector = {
  parts: ['{"a":1}', "{}", "{}", '{"b":"é"}'].map((part) => Buffer.from(part)),
  hmac: "a282c3b44c0bfef749f8908e5840a11aa0c641bff21b0770d9670cd02b4ba4eb",
};

function sent(codec: Codec, message?: Partial<Message>): Uint8Array[] {
  return onTheWire(codec.encode(codec.create("execute_request", { code: "1 + 1" }, undefined, message)));
}

test("signatures are those of Python's hmac", () => {
  expect(new Codec(connection).sign(vector.parts)).toBe(vector.hmac);
});

test("a message survives the wire: identities, parent, metadata, content and buffers", () => {
  const codec = new Codec(connection);
  const parent = codec.create("execute_request", {}).header;
  const identities = [Buffer.from([0, 255]), Buffer.from("<IDS")];
  const message = codec.create("stream", { text: "é\u2028😀" }, parent, {
    identities,
    metadata: { m: [1] },
    buffers: [Buffer.from([1, 2])],
  });
  expect(new Codec(connection).decode(onTheWire(codec.encode(message)))).toEqual(message);
});

test("frames are identities, delimiter, signature, then four parts in the protocol's order", () => {
  const codec = new Codec(connection);
  const frames = sent(codec, { identities: [Buffer.from("me")] });
  expect(frames.slice(0, 2).map(text)).toEqual(["me", "<IDS|MSG>"]);
  expect(text(frames[2])).toBe(codec.sign(frames.slice(3, 7)));
  expect(JSON.parse(text(frames[3]))).toMatchObject({ msg_type: "execute_request", version: "5.5" });
  expect(frames.slice(4, 6).map(text)).toEqual(["{}", "{}"]);
  expect(JSON.parse(text(frames[6]))).toEqual({ code: "1 + 1" });
});

describe("refused:", () => {
  const cases: Readonly<Record<string, (frames: Uint8Array[]) => Uint8Array[]>> = {
    "a changed part": (frames) => [...frames.slice(0, -1), Buffer.from('{"code":"2"}')],
    "an empty signature": (frames) => frames.with(1, Buffer.from("")),
    "a signature of the right length": (frames) => frames.with(1, Buffer.from("0".repeat(64))),
    "no delimiter": (frames) => frames.slice(1),
    "a part too few": (frames) => frames.slice(0, -1),
    nothing: () => [],
  };
  for (const [what, spoil] of Object.entries(cases)) {
    test(what, () =>
      expect(() => new Codec(connection).decode(spoil(sent(new Codec(connection))))).toThrow(WireError),
    );
  }

  for (const part of ["[1]", "null", "{", "7"]) {
    test(`signed, but with ${part} as its content`, () => {
      const codec = new Codec(connection);
      const frames = [...sent(codec).slice(0, -1), Buffer.from(part)];
      frames[1] = Buffer.from(codec.sign(frames.slice(2, 6)));
      expect(() => new Codec(connection).decode(frames)).toThrow(WireError);
    });
  }

  test("the same message twice", () => {
    const codec = new Codec(connection);
    const frames = sent(codec);
    codec.decode(frames);
    expect(() => codec.decode(frames)).toThrow(/replayed/);
  });
});

test("without a key nothing is signed and nothing is checked", () => {
  const open = new Codec({ key: "", signature_scheme: "hmac-sha256" });
  const frames = sent(open);
  expect(text(frames[1])).toBe("");
  expect(open.decode(frames).content).toEqual({ code: "1 + 1" });
});

test("a hash that nobody knows is refused at once, not at the first message", () => {
  expect(() => new Codec({ key: "k", signature_scheme: "hmac-nonsense" })).toThrow(/digest/i);
});
