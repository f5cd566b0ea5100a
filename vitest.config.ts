import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** A browser of Chromium's kind brings a software GPU on Linux, and the loader that finds it. */
const folder = ["/usr/lib/chromium", "/opt/google/chrome", "/opt/microsoft/msedge"].find((each) =>
  existsSync(`${each}/vk_swiftshader_icd.json`),
);
const softwareGpu = {
  LD_LIBRARY_PATH: folder ?? "",
  VK_DRIVER_FILES: `${folder}/vk_swiftshader_icd.json`,
};
/** Where no GPU can be expected the tests on it are left out, but never in CI. */
const hasGpu = folder !== undefined || process.platform !== "linux" || process.env["CI"] === "true";
if (!hasGpu) console.warn("webgpu: no software GPU here, tests on it are left out; try installing Chromium");
/** Everything that the tensor library promises whatever the device. */
const promises = {
  include: ["tensor/*.test.ts", "tensor/{custom,io,profile}/*.test.ts"],
  exclude: ["tensor/{programs,interrupt}.test.ts"],
};

const onGpuAlone = ["tensor/codegen/wgsl/*.test.ts", "tests/tensor/webgpu/*.test.ts"];
const onGpu = {
  extends: true,
  test: {
    name: "webgpu",
    include: [...promises.include, ...onGpuAlone],
    exclude: promises.exclude,
    setupFiles: ["tests/tensor/webgpu/setup.ts"],
    // Not what somebody has measured on this machine.
    env: { BELOW_DEVICE: "webgpu", XDG_CACHE_HOME: "/nowhere", ...(folder === undefined ? {} : softwareGpu) },
  },
};

export default defineConfig({
  test: {
    // Threads die with a native crash (zeromq, Dawn); a fork only takes its own file down.
    pool: "forks",
    // Tests wait a good part of their time (a browser, a time limit of a kernel): four keep two cores busy.
    maxWorkers: 4,
    exclude: ["tests/bench/peers/**", "**/node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What the tensor library promises, it promises on every device.
    projects: [
      {
        extends: true,
        test: {
          name: "below",
          include: ["{tensor,kernel,datasets,chapters,book,classroom,scripts,tests}/**/*.test.ts"],
          exclude: onGpuAlone,
          // Also where there is a GPU.
          env: { BELOW_DEVICE: process.env["BELOW_DEVICE"] ?? "wasm" },
        },
      },
      { extends: true, test: { name: "reference", ...promises, env: { BELOW_DEVICE: "reference" } } },
      ...(hasGpu ? [onGpu] : []),
    ],
  },
});
