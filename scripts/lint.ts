/** `npm run check` reads all source for faults; `npm run format` repairs those that tools can repair. */
import { checks, runCheck } from "./checks.ts";

for (const check of checks(process.argv.includes("--fix"))) {
  const { ok, output } = await runCheck(check);
  process.stdout.write(ok ? `✓ ${check.name}\n` : `${output}\n✗ ${check.name}; try ${check.remedy}\n`);
  if (!ok) process.exitCode = 1;
}
