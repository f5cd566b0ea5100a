/** What is measured is kept by the GPU's name, and the next device takes it; a file that says nothing is as none. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { plainTile, tiles } from "../../../tensor/codegen/wgsl/matmul.ts";
import { choiceFor, keepChoice } from "../../../tensor/device/webgpu/choice.ts";
import { tune } from "../../../tensor/profile/tune.ts";

const folder = mkdtempSync(join(tmpdir(), "below tune "));
const before = process.env["XDG_CACHE_HOME"];
process.env["XDG_CACHE_HOME"] = folder;
afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
  rmSync(folder, { recursive: true, force: true });
});

const unknown = { tile: plainTile, shares: false };

test("a GPU that nobody measured gets what suits its kind", () => {
  assert.deepEqual(choiceFor({ name: "any", isSoftware: true }), unknown);
  assert.deepEqual(choiceFor({ name: "any", isSoftware: false }), { tile: tiles[0], shares: true });
});

test("each setting is timed, and the fastest is kept and found again", { timeout: 240_000 }, async () => {
  const { gpu, choice, measured } = await tune([plainTile, tiles[4]]);
  assert.equal(measured.length, 4);
  assert.ok(
    measured.every(({ ms }) => ms > 0 && Number.isFinite(ms)),
    JSON.stringify(measured),
  );
  const file = keepChoice(gpu, choice);
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { [gpu]: choice });
  assert.deepEqual(choiceFor({ name: gpu, isSoftware: true }), choice);
  keepChoice("another", { tile: tiles[1], shares: true });
  assert.deepEqual(choiceFor({ name: gpu, isSoftware: true }), choice, "others stay");
  assert.deepEqual(choiceFor({ name: "a third", isSoftware: true }), unknown);
});

test.for(["", "{", "null", '{"GPU":{"tile":{"x":1},"shares":true}}'])(
  "%j in the file is as nothing",
  (text) => {
    const file = keepChoice("GPU", { tile: tiles[0], shares: true });
    writeFileSync(file, text);
    assert.deepEqual(choiceFor({ name: "GPU", isSoftware: true }), unknown);
  },
);
