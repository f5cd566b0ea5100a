/** A host that notes what comms send, in place of a kernel: for each test a new one. */
import { afterEach, beforeEach } from "vitest";
import type { CommMessage } from "../comm.ts";
import { setHost } from "../host.ts";

/** What was sent since the test began, in order: always the same array. */
export function recordComms(): CommMessage[] {
  const said: CommMessage[] = [];
  beforeEach(() => {
    said.length = 0;
    setHost({
      inspect: String,
      publish: () => undefined,
      clear: () => undefined,
      prompt: () => "",
      comm: (message) => said.push(message),
      payload: () => undefined,
      waitFor: () => undefined,
    });
  });
  afterEach(() => {
    for (const name of ["host", "comms", "widgets", "watch"])
      Reflect.deleteProperty(globalThis, Symbol.for(`below.${name}`));
  });
  return said;
}
