/**
 * The training step on our primitives learns as PyTorch's does. Judge: oracle.json, PyTorch's losses from the same seeds.
 * On each device that is there: the small network, eagerly and jitted. GPT-128, at 5 GFLOP a step, is checked where it is measured.
 */
import assert from "node:assert/strict";
import { afterAll, describe, test } from "vitest";
import { device, type jit } from "../../../tensor/index.ts";
import { subjects } from "../../tensor/subjects.ts";
import oracle from "./oracle.json" with { type: "json" };
import { parameterShapes } from "./model.ts";
import { configs, trainer } from "./train.ts";

afterAll(() => device("reference"));

const { present } = await subjects();
const eager = ((f: unknown) => f) as typeof jit;

test("the networks have as many parameters as PyTorch's", () => {
  for (const name of ["tiny", "GPT-128", "GPT-384"] as const) {
    const sizes = [...parameterShapes(configs[name]).values()].map((shape) =>
      shape.reduce((a, b) => a * b, 1),
    );
    assert.equal(
      sizes.reduce((a, b) => a + b, 0),
      oracle[name].parameters,
      name,
    );
  }
});

describe.for(present)("on $name", (subject) => {
  test.for([
    ["jitted", undefined],
    ["eager", eager],
  ] as const)("twelve steps have PyTorch's losses, %s", async ([, compile]) => {
    await subject.enter();
    const training = trainer(configs.tiny, compile);
    for (const [i, want] of oracle.tiny.losses.entries()) {
      const got = await training.step().item();
      // Both compute in f32; AdamW's first steps divide a gradient by its own size, which makes a rounding of a small one visible.
      assert.ok(Math.abs(got - want) <= 2e-4 * want, `step ${i}: want ${want}, got ${got}`);
    }
  });
});
