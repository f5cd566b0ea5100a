/** `node --expose-gc steps.ts jitted|eager N`: N training steps on the device in use; prints its memory after 100 and at the end, as JSON. */
import { device } from "../../../tensor/index.ts";
import { learner } from "../../tensor/learner.ts";

const [, , mode, count] = process.argv;
const few = 100;
const step = learner(mode === "eager" ? "eager" : "jitted");
Object.assign(globalThis, { step }); // after its last call the collector would take it, and the device give its memory back

/** Device bytes and resident bytes, once nothing is left that the collector could take. */
async function memory(): Promise<readonly [number, number]> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { bytes, name } = await device();
  if (bytes === undefined) throw new TypeError(`steps: want a device that counts its bytes, got ${name}`);
  return [bytes, process.memoryUsage.rss()];
}

// The last loss is held on purpose: whether an unused one still is depends on how far V8 has optimised this loop.
const losses = [step(0)];
let early: readonly [number, number] = [0, 0];
for (let i = 1; i < Number(count); i++) {
  losses[0] = step(i);
  await losses[0].data();
  if (i + 1 === few) early = await memory();
}
const late = await memory();
if (!Number.isFinite((await losses[0].data())[0])) throw new RangeError("steps: want a finite loss");
process.stdout.write(JSON.stringify({ bytes: [early[0], late[0]], rss: [early[1], late[1]] }));
process.exit(0);
