/** Signatures, encryption and transports, judged by pyzmq and jupyter_client. The facts are transport.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("transport.py");

test("a signed message is answered once; replayed, forged, unsigned, changed and malformed ones never; the kernel lives", (context) => {
  expect(facts(context, "signatures")).toMatchObject({
    answered: true,
    replayed: null,
    forged: null,
    unsigned: null,
    changed: null,
    malformed: null,
    short: null,
    noise: null,
    alive: "'alive'",
  });
});

test("a reply carries all identity frames of its request, in order", (context) => {
  expect(facts(context, "identities")["first"]).toEqual(["one", "two", "<IDS|MSG>"]);
});

test("a new subscriber is welcomed, without a parent", (context) => {
  expect(facts(context, "welcome")).toMatchObject({
    type: "iopub_welcome",
    content: { subscription: "" },
    parent: {},
  });
});

for (const transport of ["tcp", "ipc"]) {
  test(`with keys in the connection file everything over ${transport} is encrypted, and a plain client gets nothing`, (context) => {
    expect(facts(context, `curve over ${transport}`)).toMatchObject({
      encrypted: true,
      result: "42",
      plain: null,
    });
  });
}

test("ipc works like tcp", (context) => {
  expect(facts(context, "ipc")).toMatchObject({ result: "42", interrupt: { status: "ok" } });
});
