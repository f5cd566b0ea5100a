/** The reference device with a fault planted in it: what the fuzzer must catch to be worth running. */
import type { Data } from "../../tensor/dtype.ts";
import type { Device } from "../../tensor/device/device.ts";
import { reference } from "../../tensor/device/reference/index.ts";
import type { Node, Value } from "../../tensor/graph.ts";
import { session } from "../../tensor/session.ts";
import type { Subject } from "./compare.ts";

/** Spoils the elements of a computed node, or leaves them. */
export type Fault = (node: Node, value: Value, data: Data) => void;

export function faulty(name: string, fault: Fault): Subject {
  const device: Device = {
    ...reference,
    realize: (values, computed) =>
      reference.realize(values, (value) => {
        if (value.node !== undefined)
          fault(value.node, value, (value.storage as unknown as { own: Data }).own);
        computed(value);
      }),
  };
  return { name, enter: async () => void (session.device = device) };
}
