/**
 * `npm run bench -- SUBJECT [--json] [--rounds N]`: ours and the peers, in turns on this machine.
 * Rows go to stdout (a table, or with --json one JSON array), progress to stderr. A missed goal is a row
 * with `ok: false`, not an exit code: a bench informs, tests judge. Exit code 2: it was called wrongly.
 */
import { type BenchArguments, readArguments } from "../tests/bench/arguments.ts";
import { benchKernel } from "../tests/bench/kernel.ts";
import { table } from "../tests/bench/table.ts";
import { venvPython } from "../tests/bench/venv.ts";

const wanted = wantedOrExit();
const rows = await benchKernel(venvPython(), wanted.rounds, (text) => process.stderr.write(`[bench] ${text}\n`));
process.stdout.write(`${wanted.json ? JSON.stringify(rows, undefined, 2) : table(rows)}\n`);

function wantedOrExit(): BenchArguments {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
