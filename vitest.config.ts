import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Threads die with a native crash (zeromq, Dawn); a fork only takes its own file down.
    pool: "forks",
    maxWorkers: 2,
    include: ["{tensor,kernel,datasets,chapters,book,classroom,scripts,tests}/**/*.test.ts"],
    exclude: ["tests/bench/peers/**", "**/node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
