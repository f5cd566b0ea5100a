/**
 * `npm run bench -- SUBJECT [--json] [--rounds N]`: ours and the peers, in turns on this machine.
 * Rows go to stdout (a table, or with --json one JSON array), progress to stderr. A missed goal is a row
 * with `ok: false`, not an exit code: a bench informs, tests judge. Exit code 2: it was called wrongly.
 */
import { type BenchArguments, readArguments } from "../tests/bench/arguments.ts";
import { benchFigures } from "../tests/bench/figures.ts";
import { benchGpu } from "../tests/bench/gpu/bench.ts";
import { benchKernel, unmeasured } from "../tests/bench/kernel.ts";
import type { Row } from "../tests/bench/row.ts";
import { benchSite } from "../tests/bench/site.ts";
import { benchTensor } from "../tests/bench/tensor/bench.ts";
import { table } from "../tests/bench/table.ts";
import { findBrowser } from "./browser.ts";
import { runCommand } from "./setup/command.mjs";
import { runNpm } from "./setup/npm.mjs";
import { setupPython } from "./setup/python.mjs";
import { SetupError } from "./setup/say.mjs";
import { root } from "./setup.mjs";

const wanted = wantedOrExit();
const rows = await measure(wanted);
process.stdout.write(`${wanted.json ? JSON.stringify(rows, undefined, 2) : table(rows)}\n`);

/** jupyter_client drives all kernels, and NumPy says what a right product is: without Python nothing here can be measured. */
async function measure({ subject, rounds, threads, withTorch }: BenchArguments): Promise<readonly Row[]> {
  const progress = (text: string): void => void process.stderr.write(`[bench] ${text}\n`);
  try {
    if (subject === "gpu") return await benchGpu(progress);
    if (subject === "site") return await benchSite(rounds, progress);
    const python = await setupPython(root);
    if (subject === "figures") {
      const browser = await findBrowser();
      if (browser === undefined)
        throw new SetupError("bench: want a Chromium, got none; try npm test, which says how to get one");
      return await benchFigures(python, browser, rounds, progress);
    }
    if (subject === "tensor")
      return await benchTensor({ python, runNpm, runCommand, rounds, threads, withTorch, progress });
    return await benchKernel(python, runNpm, rounds, progress);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return unmeasured(error.message);
  }
}

function wantedOrExit(): BenchArguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
