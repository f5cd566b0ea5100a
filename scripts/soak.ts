/**
 * `npm run soak -- SUBJECT [ARGS…]`: the long version of what `npm test` does a tenth of. Progress to stderr, what failed to stdout.
 * Exit code 1: something failed. 2: it was called wrongly.
 */
import { soakTensor } from "../tests/tensor/soak.ts";
import { soakKernel } from "../tests/wire/soak.ts";

/** A soak takes its own arguments, tells its progress, and gives the texts of what failed. */
type Soak = (args: readonly string[], progress: (text: string) => void) => Promise<readonly string[]>;

const soaks: Readonly<Record<string, Soak>> = { kernel: soakKernel, tensor: soakTensor };

const [subject, ...args] = process.argv.slice(2);
const soak = soaks[subject ?? ""];
if (soak === undefined) {
  const names = Object.keys(soaks).join(" or ");
  process.stderr.write(`soak: want ${names}, got ${subject ?? "none"}; try npm run soak -- tensor\n`);
  process.exit(2);
}
try {
  const failures = await soak(args, (text) => void process.stderr.write(`[soak] ${text}\n`));
  for (const failure of failures) process.stdout.write(`${failure}\n\n`);
  process.stdout.write(`${subject}: ${failures.length} failures\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof TypeError) || !error.message.startsWith("soak:")) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
