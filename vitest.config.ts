import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Threads die with a native crash (zeromq, Dawn); a fork only takes its own file down.
    pool: "forks",
    // Tests wait a good part of their time (a browser, a time limit of a kernel): three keep two cores busy.
    maxWorkers: 3,
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
        },
      },
      {
        extends: true,
        test: {
          name: "reference",
          include: ["tensor/*.test.ts", "tensor/{custom,io,profile}/*.test.ts"],
          exclude: ["tensor/{programs,interrupt}.test.ts"],
          env: { BELOW_DEVICE: "reference" },
        },
      },
      {
        extends: true,
        test: {
          name: "webgpu",
          include: ["tensor/*.test.ts", "tensor/{custom,io,profile}/*.test.ts"],
          exclude: ["tensor/{programs,interrupt}.test.ts"],
          env: { BELOW_DEVICE: "webgpu", LD_LIBRARY_PATH: "/usr/lib/chromium", VK_DRIVER_FILES: "/usr/lib/chromium/vk_swiftshader_icd.json" },
        },
      },
    ],
  },
});
