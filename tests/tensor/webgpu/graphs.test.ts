/** A part of the random graphs on a GPU; the rest is `npm run soak -- tensor`. Judge: the reference device, within what bounds.ts states. */
import assert from "node:assert/strict";
import { afterAll, test } from "vitest";
import { device } from "../../../tensor/index.ts";
import { fuzz } from "../fuzz.ts";
import { subject } from "../subjects.ts";

afterAll(() => device("webgpu"));

const count = 120;

test(`${count} random graphs agree with the reference`, { timeout: 240_000 }, async () => {
  const report = await fuzz(subject("webgpu"), { first: 1, count });
  assert.deepEqual(report.failures, []);
  assert.equal(report.plans, count);
  assert.ok(report.judgedShare > 0.9, `bounds said something of ${report.judgedShare} of all elements only`);
});
