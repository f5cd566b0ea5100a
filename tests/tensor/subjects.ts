/** The devices that this machine has, as subjects of the judge; the reference too, which judges itself through jit and partial reads. */
import { device } from "../../tensor/index.ts";
import type { DeviceName } from "../../tensor/index.ts";
import { inSingles } from "./bounds.ts";
import type { Subject } from "./compare.ts";

/** A GPU is judged in tests of its own: the software one, and in a process or a browser that can reach it. */
const processors: readonly DeviceName[] = ["reference", "wasm"];

export function subject(name: DeviceName): Subject {
  const enter = async (): Promise<void> => void (await device(name));
  return name === "webgpu" ? { name, enter, accuracy: inSingles } : { name, enter };
}

/** Those that can be had, and for the others why not. Leaves the reference in use. */
export async function subjects(names: readonly DeviceName[] = processors): Promise<{
  readonly present: readonly Subject[];
  readonly absent: readonly string[];
}> {
  const [present, absent]: [Subject[], string[]] = [[], []];
  for (const name of names) {
    try {
      await device(name);
      present.push(subject(name));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      absent.push(`${name}: ${error.message}`);
    }
  }
  await device("reference");
  return { present, absent };
}
