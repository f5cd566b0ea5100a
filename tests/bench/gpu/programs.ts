/** `node programs.ts`: how many programs a step of training GPT-128 is on WebGPU, on whatever plays a GPU. Nothing is run. */
import { device, jit } from "../../../tensor/index.ts";
import { configs, type Jit, trainer } from "../gpt/train.ts";

await device("webgpu");
const counting: Jit = (f) =>
  jit(f, {
    onCompile({ programs }) {
      process.stdout.write(JSON.stringify(programs));
      process.exit(0);
    },
  });
trainer(configs["GPT-128"], counting).step();
