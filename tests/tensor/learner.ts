/** A small network that learns, step by step, with everything that a reader's loop makes and never disposes. */
import { jit, random, type Tensor, zeros } from "../../tensor/index.ts";
import { gradients } from "../bench/gpt/vjp.ts";

/** Step i → its loss, a lazy tensor. `mode`: whether the step is traced once, or built anew each time. */
export function learner(mode: "jitted" | "eager"): (i: number) => Tensor {
  const w1 = random.normal([32, 64], { seed: 1, std: 0.1 });
  const w2 = random.normal([64, 10], { seed: 2, std: 0.1 });
  const [b1, b2] = [zeros([64]), zeros([10])];
  const parameters = [w1, b1, w2, b2] as unknown as readonly Tensor[];
  const learn = (seed: Tensor<[2], "u32">): Tensor => {
    const x = random.normal([16, 32], { seed });
    const y = x.matmul(w1).add(b1).tanh().matmul(w2).add(b2);
    const loss = y
      .sub(x.slice(":", [0, 10]).as([16, 10]))
      .square()
      .mean();
    const found = gradients(loss, parameters);
    for (const [i, p] of parameters.entries()) p.assign(p.sub(found[i].mul(0.1)));
    return loss;
  };
  const step = mode === "jitted" ? jit(learn) : learn;
  return (i) => step(random.bits([2], { seed: i }));
}
