/** `npm run test:fresh`: the tests of a clean clone alone. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const env = { ...process.env, BELOW_FRESH: "1" };
process.exitCode =
  spawnSync(process.execPath, [vitest, "run", "tests/fresh"], { cwd: root, env, stdio: "inherit" }).status ??
  1;
