/**
 * Every tier of the Wasm device computes the same, on one thread and on more; and where an engine lacks relaxed SIMD the next tier is taken by itself.
 * Judge: the reference device, in the same process.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Found } from "../here.ts";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const loader = here("../../../kernel/loader/register.mjs");
const count = 60;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function run(env: NodeJS.ProcessEnv, preload: readonly string[] = []): Promise<Outcome> {
  const imports = [...preload, loader].flatMap((file) => ["--import", file]);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...imports, here("run.ts"), "60000", String(count)], {
      env: { ...process.env, BELOW_DEVICE: "wasm", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output, errors }));
  });
}

function wasmOf({ code, output, errors }: Outcome): Found {
  assert.equal(code, 0, errors);
  const wasm = (JSON.parse(output) as readonly Found[]).find(({ device }) => device.name === "wasm");
  assert.ok(wasm !== undefined, "the wasm device is there");
  assert.deepEqual(wasm.failures, []);
  assert.equal(wasm.plans, count);
  return wasm;
}

test.for(["simd", "relaxed"])("the tier %s, asked for, is right", async (tier) => {
  expect(wasmOf(await run({ BELOW_WASM_TIER: tier })).device.tier).toBe(tier);
});

test("the paired tier is right, or says that it is not to be had here", async () => {
  const outcome = await run({ BELOW_WASM_TIER: "revectorised" });
  if (outcome.code === 0) expect(wasmOf(outcome).device.tier).toBe("revectorised");
  else
    expect(outcome.errors).toMatch(
      /BELOW_WASM_TIER: want a tier that works here, got "revectorised"; try leaving it out/,
    );
});

test("on one thread", async () => {
  expect(wasmOf(await run({ BELOW_THREADS: "1" })).device.threads).toBe(1);
});

test("on more threads than there are cores", async () => {
  expect(wasmOf(await run({ BELOW_THREADS: "5" })).device.threads).toBe(5);
});

test("an engine without relaxed SIMD takes the tier that it has", async () => {
  expect(wasmOf(await run({}, [here("without-relaxed.mjs")])).device.tier).toBe("simd");
});

test.for([
  ["BELOW_WASM_TIER", "avx", /BELOW_WASM_TIER: want one of .*simd.*, got "avx"/],
  ["BELOW_THREADS", "many", /BELOW_THREADS: want .*, got "?many"?/],
  ["BELOW_DEVICE", "gpu", /device: want .*wasm.*, got "gpu"/],
] as const)("%s=%s is refused in words", async ([name, value, message]) => {
  const { code, errors } = await run({ [name]: value });
  expect(code).not.toBe(0);
  expect(errors).toMatch(message);
});
