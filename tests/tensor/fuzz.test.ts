/**
 * A tenth of the random graphs, on every device that is there; the rest is `npm run soak -- tensor`. Judge: the reference device, within
 * bounds.ts. And the judge is judged: a device with a fault planted in it must be caught, and the fault shown in a line.
 */
import assert from "node:assert/strict";
import { afterAll, describe, test } from "vitest";
import { device } from "../../tensor/index.ts";
import { type Fault, faulty } from "./faulty.ts";
import { fuzz } from "./fuzz.ts";
import { subjects } from "./subjects.ts";

afterAll(() => device("reference"));

const { present } = await subjects();
const count = 1500;

describe.for(present)("on $name", (subject) => {
  test(`${count} random graphs agree with the reference`, async () => {
    const report = await fuzz(subject, { first: 1, count });
    assert.deepEqual(report.failures, []);
    assert.equal(report.plans, count);
    assert.ok(
      report.judgedShare > 0.9,
      `bounds said something of ${report.judgedShare} of all elements only`,
    );
  });
});

const planted: readonly (readonly [string, Fault, RegExp])[] = [
  [
    "tanh off by 1e-5 beyond 1",
    (node, _, data) => {
      if (node.op === "map" && node.fn === "tanh")
        data.forEach((y, i) => void (data[i] = Math.abs(y) > 0.76 ? y * (1 + 1e-5) : y));
    },
    /tanh\(\)$/,
  ],
  [
    "a sum of more than four that forgets a hundredth",
    (node, value, data) => {
      const group = (node.inputs[0]?.shape.reduce((a, b) => a * b, 1) ?? 0) / Math.max(1, data.length);
      if (node.op === "reduce" && node.fn === "sum" && value.dtype === "f32" && group > 4) data[0] *= 0.99;
    },
    /sum\(|mean\(|var\(|einsum|std\(/,
  ],
  [
    "u8 that does not wrap in add",
    (node, value, data) => {
      if (node.op === "map" && node.fn === "add" && value.dtype === "u8")
        data.forEach((y, i) => void (data[i] = y < 9 ? 255 : y));
    },
    /add\(/,
  ],
  [
    "max that is 0 where it is NaN",
    (node, _, data) => {
      if (node.op === "reduce" && node.fn === "max")
        data.forEach((y, i) => void (data[i] = Number.isNaN(y) ? 0 : y));
    },
    /max\(|NaN/,
  ],
  [
    "a permutation of rank 3 that swaps two elements",
    (node, value, data) => {
      if (node.op === "permute" && value.shape.length === 3 && data.length > 1)
        [data[0], data[1]] = [data[1], data[0]];
    },
    /permute|transpose/,
  ],
];

test.for(planted)("a planted fault is caught and shown in short: %s", async ([name, fault, shown]) => {
  const { failures } = await fuzz(faulty(name, fault), { first: 1, count: 3000, maxFailures: 1 });
  assert.equal(failures.length, 1, "not caught in 3000 graphs");
  const [, ...lines] = failures[0].split("\n");
  assert.match(lines.join("\n"), shown);
  assert.ok(lines.join("\n").length < 400, failures[0]);
});

test("the same seed is the same graph", async () => {
  const broken = faulty("broken", (node, _, data) => void (node.op === "map" && data.fill(7)));
  const runs = [await fuzz(broken, { first: 5, count: 20 }), await fuzz(broken, { first: 5, count: 20 })];
  assert.deepEqual(runs[0], runs[1]);
  assert.ok(runs[0].failures.length > 0);
});
