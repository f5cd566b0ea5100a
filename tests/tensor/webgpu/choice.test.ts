/** Which device computes, by what the environment says and what there is. Each case is a process of its own. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function told(script: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = ["--import", here("../../../kernel/loader/register.mjs"), "--input-type=module", "-e", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: here("../../.."),
    env: { ...process.env, ...env },
  });
  return stdout.trim();
}

const index = here("../../../tensor/index.ts");
const name = `import { device } from ${JSON.stringify(index)}; console.log((await device()).name); process.exit(0);`;

test("a processor that plays a GPU is not chosen by itself", async () => {
  const { BELOW_DEVICE: _, ...rest } = process.env;
  assert.equal(await told(`delete process.env.BELOW_DEVICE; ${name}`, rest), "wasm");
});

test("BELOW_DEVICE=webgpu takes it, and reading waits for it", async () => {
  const script = `import { device, tensor } from ${JSON.stringify(index)};
    const sum = await tensor([1, 2]).sum().item();
    console.log(sum, (await device()).name);
    process.exit(0);`;
  assert.equal(await told(script, { BELOW_DEVICE: "webgpu" }), "3 webgpu");
});

// Elsewhere a GPU is always there.
test.runIf(process.platform === "linux")("where there is no GPU it is said in words", async () => {
  const script = `import { tensor } from ${JSON.stringify(index)};
    try { await tensor([1]).data(); } catch (error) { console.log(String(error)); }
    process.exit(0);`;
  const none = {
    BELOW_DEVICE: "webgpu",
    LD_LIBRARY_PATH: "",
    VK_DRIVER_FILES: "none",
    VK_ICD_FILENAMES: "none",
  };
  assert.match(
    await told(script, none),
    /RangeError: webgpu: want a GPU, got no adapter; try a current graphics driver, or device\("wasm"\)/,
  );
});
