/**
 * The bench's promises: a wrong answer is not timed, a dead contestant costs its own rows only, every goal of the issue has its row, and this
 * library speaks the lines. Nothing here is about time.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { keeps } from "../row.ts";
import { inTurns } from "./bench.ts";
import { claimsFor, matvecClaims, readTask } from "./claims.ts";
import { Contestant } from "./contestant.ts";
import { nodeEntry } from "./contestants.ts";
import { Judge } from "./judge.ts";
import { prepare } from "./read.ts";
import type { Task } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "below-bench-tensor-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A contestant that says `sample` of everything, unless `body` says more. */
function fixture(name: string, sample: string, body = ""): ReturnType<typeof nodeEntry> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `export const prepare = async () => { ${body}; return { run() {}, sample: () => ${sample} }; };\n`,
  );
  return nodeEntry("read", file);
}

const judge = new Judge({ name: "none", command: "none", args: [] });
const run = (entry: ReturnType<typeof nodeEntry>) =>
  inTurns({ rounds: 2, progress: () => undefined }, [entry], 1, [readTask], judge);

test("a right answer is timed once a round, a wrong one never", async () => {
  const right = await run(fixture("right", "[1]"));
  expect([...right.values()]).toEqual([[expect.any(Number), expect.any(Number)]]);
  const wrong = await run(fixture("wrong", "[0.5]"));
  expect([...wrong.values()]).toEqual([{ fault: "a wrong answer: want 1 at 0 of the sample, got 0.5" }]);
  const nan = await run(fixture("nan", "[NaN]"));
  expect([...nan.values()]).toEqual([{ fault: expect.stringContaining("a wrong answer") }]);
});

test("a contestant that throws, or that dies, is a fault in its own words", async () => {
  const thrown = await run(fixture("throws", "[1]", "throw new RangeError('no such task')"));
  expect([...thrown.values()]).toEqual([{ fault: "no such task" }]);
  const dead = await run(fixture("dies", "[1]", "process.exit(3)"));
  expect([...dead.values()]).toEqual([{ fault: expect.stringContaining("it ended") }]);
});

test("every goal of the issue is a row, and no row is there twice", () => {
  const claims = claimsFor([2, 1]);
  const goals = new Map(claims.map(({ what, peerName, goal }) => [`${what} / ${peerName}`, goal]));
  expect(goals.size).toBe(claims.length);
  for (const n of [512, 1024, 2048])
    for (const threads of ["2 threads", "1 thread"]) {
      expect(goals.get(`matmul ${n}, ${threads} / numpy`)).toBe(">=0.85");
      expect(goals.get(`matmul ${n}, ${threads} (below, no revectorisation) / numpy`)).toBe(">=0.5");
      expect(goals.get(`matmul ${n}, ${threads} / jax-js`)).toBe(">=3.0");
      expect(goals.get(`matmul ${n}, ${threads} / tfjs`)).toBe(">=3.0");
      expect(goals.get(`matmul ${n}, ${threads} / onnxruntime-web`)).toBe(">=2.0");
    }
  const torch = claims.filter(({ peerName, goal }) => peerName === "torch" && goal !== null);
  expect(torch.map(({ task, goal }) => [task.kind, goal])).toEqual([
    ["softmax", "<=2.0"],
    ["layernorm", "<=0.8"],
    ["gelu", "<=1.0"],
    ["gather", "<=2.5"],
    ["train", "<=1.3"],
    ["train", "<=1.3"],
  ]);
  expect(matvecClaims.map(({ goal }) => goal)).toEqual([">=0.65", ">=0.4", ">=0.25"]);
  for (const { goal } of [...claims, ...matvecClaims])
    if (goal !== null) expect(keeps(goal, 1)).toBeTypeOf("boolean");
});

const small: readonly Task[] = [
  { kind: "matmul", n: 8 },
  { kind: "softmax", rows: 4, columns: 8 },
  { kind: "layernorm", rows: 4, columns: 8 },
  { kind: "gelu", n: 64 },
  { kind: "gather", rows: 8, columns: 4, n: 16 },
  { kind: "matvec", format: "f32", n: 64 },
  { kind: "replay", programs: 3 },
];

test("this library answers every task through the lines, each sample of 64 numbers", async () => {
  const ours = fileURLToPath(new URL("ours.ts", import.meta.url));
  const loader = fileURLToPath(new URL("../../../kernel/loader/register.mjs", import.meta.url));
  const entry = nodeEntry("below", ours);
  if ("fault" in entry) throw new Error(entry.fault);
  const { args, ...start } = entry.start(1);
  const contestant = new Contestant({ ...start, args: ["--import", loader, ...args.slice(-3)] });
  for (const task of small) {
    await contestant.prepare(task);
    const sample = await contestant.sample();
    expect(sample.length, task.kind).toBe(task.kind === "replay" ? 1 : 64);
    expect(sample.every(Number.isFinite), task.kind).toBe(true);
    expect(await contestant.time(0)).toBeGreaterThan(0);
  }
  contestant.dispose();
});

test("plain WebAssembly reads every float once", async () => {
  const reading = await prepare({ kind: "read", bytes: 65_536 * 2 }, 1);
  await reading.run();
  expect(await reading.sample()).toEqual([1]);
});
