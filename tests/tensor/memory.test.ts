/**
 * A loop that disposes of nothing keeps no more of a device's memory at its end than after its first steps; and what a device has no room for
 * is said in words, after which it goes on. The long version (10 000 steps, resident memory) is `npm run bench -- tensor`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, test } from "vitest";
import { device, ones, zeros } from "../../tensor/index.ts";
import { learner } from "./learner.ts";
import { subjects } from "./subjects.ts";

afterAll(() => device("reference"));

const { present } = await subjects();
/** The reference leaves its arrays to the garbage collector, and counts none. */
const counting = present.filter(({ name }) => name !== "reference");

describe.for(counting)("on $name", (subject) => {
  test.for(["jitted", "eager"] as const)(
    "1 000 %s steps learn, and end with the bytes they had after 100",
    async (mode) => {
      await subject.enter();
      const step = learner(mode);
      const losses: number[] = [];
      let early: number | undefined;
      for (let i = 0; i < 1000; i++) {
        const loss = step(i);
        if (i % 100 === 99) losses.push((await loss.data())[0]);
        else await loss.realize();
        if (i === 99) early = (await device()).bytes;
      }
      assert.ok(early !== undefined && early > 0, "it counts its bytes");
      assert.equal((await device()).bytes, early);
      assert.ok(losses.at(-1)! < losses[0] / 2, String(losses));
    },
  );
});

describe.for(present)("on $name", (subject) => {
  test("what does not fit is refused by name and size, and the next result is right", async () => {
    await subject.enter();
    const huge = zeros([2 ** 20, 2 ** 16]).add(1); // 256 GiB
    await assert.rejects(huge.data(), /RangeError: .*: want .*(?:bytes|MiB).*, got .*; try /);
    assert.equal(await ones([3]).sum().item(), 3);
  });
});

test("3 000 eager steps leave the process as large as 100 did, V8's young generation aside", async () => {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const flags = ["--expose-gc", "--max-semi-space-size=8"]; // see tests/bench/tensor/alone.ts
  const loader = ["--import", path("../../kernel/loader/register.mjs")];
  const script = [path("../bench/tensor/steps.ts"), "eager", "3000"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...loader, ...script], {
    env: { ...process.env, BELOW_DEVICE: "wasm" },
  });
  const { rss } = JSON.parse(stdout) as { readonly rss: readonly [number, number] };
  // 1.01 to 1.04 where nothing is kept; 1.5 where dead tables of a Set kept what the loop had left.
  assert.ok(rss[1] < 1.15 * rss[0], `${rss[0]} → ${rss[1]}`);
});
