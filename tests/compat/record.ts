/**
 * Records what the real kernels do: `node scripts/run.mjs tests/compat/record.ts`. calls.json → transcripts/NAME.json (what
 * their display calls send), features.py → transcripts/features.json (what they can), and from that the table in README.md.
 * tslab comes from peers/, Deno from tests/bench/peers, each by its own lock (fetched the first time), ipykernel from .venv.
 * Run it after a change of calls.json, features.py or a pin; what changes in the transcripts is then ours to follow.
 * With names (below, ipykernel, deno, tslab) as arguments only those are recorded anew.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kernelArgv } from "../../kernel/index.ts";
import { findPython } from "../wire/scenario.ts";
import { type Answers, featureTable, ourUpdate, withTable } from "./feature-table.ts";

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
const python = findPython() ?? "python3";
/** Each in its own words; the interrupt mode is what its own kernelspec has. */
const probed = {
  below: { argv: kernelArgv(), args: ["typescript", "message", ourUpdate] },
  ipykernel: {
    argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    args: ["python", "signal", "h = display(1, display_id=True)\nh.update(2)"],
  },
  deno: {
    argv: argv.deno,
    args: [
      "typescript",
      "signal",
      'await Deno.jupyter.display({ "text/plain": "1" }, { raw: true, display_id: "h" });\nawait Deno.jupyter.display({ "text/plain": "2" }, { raw: true, display_id: "h", update: true });',
    ],
  },
  tslab: {
    argv: argv.tslab,
    args: [
      "typescript",
      "signal",
      'import * as tslab from "tslab";\nconst h = tslab.newDisplay();\nh.text("1");\nh.text("2");',
    ],
  },
};

const asked = process.argv.slice(2);
const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name);
const transcripts = join(here, "transcripts");
const readme = join(here, "..", "..", "README.md");

if (!existsSync(argv.tslab[1])) run("npm", ["ci", "--ignore-scripts", "--loglevel=error"], peers.tslab);
if (!existsSync(argv.deno[0])) run("npm", ["ci", "--ignore-scripts", "--loglevel=error"], peers.deno);
for (const name of ["tslab", "deno"] as const)
  if (isAsked(name)) keep(name, facts(name, argv[name], ["walk.py", name]));
const answers = {
  ...(asked.length > 0
    ? (JSON.parse(readFileSync(join(transcripts, "features.json"), "utf8")) as Answers)
    : {}),
  ...Object.fromEntries(
    Object.entries(probed)
      .filter(([name]) => isAsked(name))
      .map(([name, { argv, args }]) => [name, facts(name, argv, ["features.py", ...args])]),
  ),
} as Answers;
keep("features", answers);
writeFileSync(readme, withTable(readFileSync(readme, "utf8"), featureTable(answers)));

/** What a Python script prints of a kernel, one JSON object a line. */
function facts(name: string, command: readonly string[], [script, ...args]: readonly string[]): unknown[] {
  const cache = mkdtempSync(join(tmpdir(), "below-compat-"));
  const environment = {
    BELOW_KERNEL_ARGV: JSON.stringify(command),
    COMPAT_FOLDER: name === "tslab" ? peers.tslab : cache, // tslab's cells find tslab from where they run
    COMPAT_LATE_MS: "300",
    NO_COLOR: "1",
    DENO_DIR: cache,
    DENO_NO_UPDATE_CHECK: "1",
  };
  const lines = run(python, [join(here, script), ...args], here, environment)
    .trim()
    .split("\n");
  rmSync(cache, { recursive: true, force: true });
  process.stdout.write(`${name}: ${lines.length} answers of ${script}\n`);
  return lines.map((line) => JSON.parse(line) as unknown);
}

function keep(name: string, transcript: unknown): void {
  mkdirSync(transcripts, { recursive: true });
  const draft = join(transcripts, `.${name}.json`);
  writeFileSync(draft, `${JSON.stringify(transcript, undefined, 2)}\n`);
  renameSync(draft, join(transcripts, `${name}.json`));
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
