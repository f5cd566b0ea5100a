/** The profiler: what it counts against counts made by hand, the trace against its format, and what a reader sees. */
import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { jit, profile, random, tensor, zeros } from "../index.ts";
import { rowsOf, traceOf } from "./report.ts";

const a = random.normal([8, 16], { seed: 1 });
const b = random.normal([16, 4], { seed: 2 });

test("operations and bytes are those of the definition", async () => {
  await Promise.all([a.data(), b.data()]);
  const { rows, runs, wallMs } = await profile(() => a.matmul(b));
  const flops = rows.reduce((sum, row) => sum + row.flops, 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  assert.equal(flops, 2 * 8 * 4 * 16);
  assert.equal(bytes, 4 * (8 * 16 + 16 * 4 + 8 * 4));
  assert.ok(runs.length > 0 && wallMs >= rows.reduce((sum, row) => sum + row.ms, 0));
});

test("what f reads, returns in parts, or does in a jit is told; what it leaves undone is not", async () => {
  const step = jit((x: typeof a) => x.exp());
  const { rows } = await profile(async () => {
    await a.sin().data();
    a.cos(); // lazy: never computed
    return { part: [a.tanh()], stepped: step(a) };
  });
  const names = rows.map(({ program }) => program).join();
  for (const name of ["sin", "tanh", "exp"]) assert.match(names, new RegExp(name));
  assert.doesNotMatch(names, /cos/);
});

test("the roofline is the slower of operations and bytes, over the time", () => {
  const peaks = { flopsPerSecond: 1e9, bytesPerSecond: 1e8 };
  const run = { startMs: 0, ms: 10, flops: 5e6, bytes: 2e5 };
  const rows = rowsOf(
    [
      { ...run, program: "computes" },
      { ...run, program: "reads", flops: 0, bytes: 1e6, ms: 40 },
      { ...run, program: "computes", startMs: 50 },
    ],
    peaks,
  );
  expect(rows).toEqual([
    { program: "reads", runs: 1, ms: 40, flops: 0, bytes: 1e6, roofline: 0.25 },
    { program: "computes", runs: 2, ms: 20, flops: 1e7, bytes: 4e5, roofline: 0.5 },
  ]);
});

test("the trace is Chrome's: complete events in microseconds from the first", () => {
  const run = { program: "p", ms: 2, flops: 3, bytes: 4 };
  const trace: unknown = JSON.parse(
    traceOf([
      { ...run, startMs: 100 },
      { ...run, startMs: 101.5 },
    ]),
  );
  expect(trace).toEqual({
    displayTimeUnit: "ms",
    traceEvents: [
      { name: "p", ph: "X", pid: 1, tid: 1, ts: 0, dur: 2000, args: { flops: 3, bytes: 4 } },
      { name: "p", ph: "X", pid: 1, tid: 1, ts: 1500, dur: 2000, args: { flops: 3, bytes: 4 } },
    ],
  });
});

test("a cell shows a table, its text, and a picture with a line a program", async () => {
  const shown = await profile(() => [a.sum(), a.max()]);
  const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ]();
  assert.match(
    bundle["text/plain"],
    /^\d+ programs in .* ms of .* ms\nprogram +runs +ms +GFLOP +MB +of roofline\n/,
  );
  assert.equal(bundle["text/plain"], shown.toString());
  assert.equal(bundle["text/html"].match(/<tr>/g)?.length, shown.rows.length + 1);
  assert.equal(bundle["image/svg+xml"].match(/<rect /g)?.length, 2 * shown.rows.length);
});

test("one at a time, and none inside jit; afterwards it works again, even after a throw", async () => {
  await assert.rejects(
    profile(() => profile(() => a)),
    /profile: want one at a time, outside jit, got another that runs/,
  );
  await assert.rejects(
    profile(() => assert.fail("inside")),
    /inside/,
  );
  let inside: Promise<unknown> | undefined;
  jit(() => {
    inside = profile(() => a);
    return zeros([1]);
  })();
  await assert.rejects(inside!, /outside jit, got it inside/);
  assert.ok((await profile(() => tensor([1]).add(1))).rows.length > 0);
});
