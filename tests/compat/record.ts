/**
 * Records what the real kernels send: `node scripts/run.mjs tests/compat/record.ts`. calls.json → transcripts/NAME.json.
 * tslab comes from peers/, Deno from tests/bench/peers, each by its own lock (fetched the first time). Run it after a change of
 * calls.json or of a pin; what changes in the transcripts is then ours to follow.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPython } from "../wire/scenario.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const peers = { tslab: join(here, "peers"), deno: join(here, "..", "bench", "peers") };
const libc = process.platform === "linux" ? "-glibc" : "";
const denoFolder = join(peers.deno, "node_modules", "@deno", `${process.platform}-${process.arch}${libc}`);
const argv = {
  tslab: [
    process.execPath,
    join(peers.tslab, "node_modules", "tslab", "bin", "tslab"),
    "kernel",
    "--config-path={connection_file}",
  ],
  deno: [
    join(denoFolder, process.platform === "win32" ? "deno.exe" : "deno"),
    "jupyter",
    "--kernel",
    "--conn",
    "{connection_file}",
  ],
};
const files = { tslab: argv.tslab[1], deno: argv.deno[0] };

for (const name of ["tslab", "deno"] as const) {
  if (!existsSync(files[name])) run("npm", ["ci", "--ignore-scripts", "--loglevel=error"], peers[name]);
  record(name);
}

function record(name: keyof typeof argv): void {
  const cache = mkdtempSync(join(tmpdir(), "below-compat-"));
  const environment = {
    BELOW_KERNEL_ARGV: JSON.stringify(argv[name]),
    COMPAT_FOLDER: name === "tslab" ? peers.tslab : cache, // tslab's cells find tslab from where they run
    COMPAT_LATE_MS: "300",
    NO_COLOR: "1",
    DENO_DIR: cache,
    DENO_NO_UPDATE_CHECK: "1",
  };
  const lines = run(findPython() ?? "python3", [join(here, "walk.py"), name], here, environment);
  rmSync(cache, { recursive: true, force: true });
  const transcript = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  const folder = join(here, "transcripts");
  mkdirSync(folder, { recursive: true });
  const draft = join(folder, `.${name}.json`);
  writeFileSync(draft, `${JSON.stringify(transcript, undefined, 2)}\n`);
  renameSync(draft, join(folder, `${name}.json`));
  process.stdout.write(`${name}: ${transcript.length} calls recorded\n`);
}

function run(command: string, args: readonly string[], cwd: string, environment: object = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: want exit code 0, got ${status}:\n${stderr}`);
  return stdout;
}
