/** `node steps.ts jitted|eager N`: N training steps of a small network on the device in use; prints memory after 100 and at the end, as JSON. */
import { device, jit, random, type Tensor, zeros } from "../../../tensor/index.ts";
import { gradients } from "../gpt/vjp.ts";

const [, , mode, count] = process.argv;
const few = 100;

const w1 = random.normal([32, 64], { seed: 1, std: 0.1 });
const w2 = random.normal([64, 10], { seed: 2, std: 0.1 });
const parameters = [w1, zeros([64]), w2, zeros([10])] as unknown as readonly Tensor[];

function learn(seed: Tensor<[2], "u32">): Tensor {
  const x = random.normal([16, 32], { seed });
  const hidden = x.matmul(w1).add(parameters[1]).tanh();
  const y = hidden.matmul(w2).add(parameters[3]);
  const loss = y
    .sub(x.slice(":", [0, 10]))
    .square()
    .mean() as Tensor<[]>;
  const found = gradients(loss, parameters);
  for (const [i, p] of parameters.entries()) p.assign(p.sub(found[i].mul(0.01)));
  return loss;
}

const step = mode === "jitted" ? jit(learn) : learn;

/** Device bytes and resident bytes, once nothing is left that the collector could take. */
async function memory(): Promise<readonly [number, number]> {
  for (let i = 0; i < 3; i++) {
    (globalThis as { gc?: () => void }).gc?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { bytes } = await device();
  if (bytes === undefined)
    throw new Error(`steps: want a device that counts its bytes, got ${(await device()).name}`);
  return [bytes, process.memoryUsage.rss()];
}

let early: readonly [number, number] | undefined;
for (let i = 0; i < Number(count); i++) {
  const seed = random.bits([2], { seed: i });
  await step(seed).item();
  if (i + 1 === few) early = await memory();
}
const late = await memory();
process.stdout.write(JSON.stringify({ bytes: [early![0], late[0]], rss: [early![1], late[1]] }));
process.exit(0);
