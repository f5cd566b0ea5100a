/**
 * Looks at the machine: what our commands need, what they can use, and the remedy for what is not there.
 * Native code is tried in child processes, so that a crash is a finding and not our end.
 */
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { findBrowser } from "./browser.ts";
import { sizeOf } from "./clean.mjs";
import { userDataFolder, venvDataFolder } from "./jupyter-folders.ts";
import { runCommand, which } from "./setup/command.mjs";
import { findPython, venvCommand } from "./setup/python.mjs";
import { runtimePackage } from "./setup/runtime.mjs";
import { wasmTiers } from "./wasm-tiers.ts";

export interface Finding {
  readonly what: string;
  /** ok; wrong: `npm start` cannot work; absent: something else cannot. */
  readonly state: "ok" | "wrong" | "absent";
  readonly detail: string;
  /** What to try, where something is not ok. */
  readonly remedy?: string;
}

const leastFreeBytes = 1e9;
const cleanRemedy = "npx --no-install below clean --all, then npm start";

/** All findings, in the order in which things need each other. */
export async function examine(root: string): Promise<Finding[]> {
  const all = [
    node(root),
    npm(),
    zeromq(root),
    wasm(),
    gpu(root),
    python(),
    venv(root),
    lab(root),
    kernelspec(root),
    browser(),
    disk(root),
    cache(root),
  ];
  return Promise.all(all);
}

async function node(root: string): Promise<Finding> {
  const isPinned = process.execPath.startsWith(join(root, "node_modules"));
  const detail = `${process.version} on ${process.platform}-${process.arch}, ${isPinned ? `pinned by ${runtimePackage()}` : "your own"}`;
  return { what: "Node", state: "ok", detail };
}

async function npm(): Promise<Finding> {
  const file = which("npm");
  if (!file)
    return {
      what: "npm",
      state: "absent",
      detail: "not on the PATH",
      remedy: "installing Node with npm 10 or newer",
    };
  const { output } = await runCommand(file, ["--version", "--loglevel=silent"], { timeoutMs: 20_000 });
  const version = output.trim().split("\n").at(-1) ?? "";
  const isOld = Number.parseInt(version, 10) < 10;
  return {
    what: "npm",
    state: isOld ? "wrong" : "ok",
    detail: version,
    ...(isOld ? { remedy: "npm install --global npm@10" } : {}),
  };
}

async function zeromq(root: string): Promise<Finding> {
  const { code, output } = await evaluate(
    root,
    `const { version } = await import("zeromq"); console.log(version)`,
  );
  if (code === 0) return { what: "ZeroMQ", state: "ok", detail: output.trim() };
  return { what: "ZeroMQ", state: "wrong", detail: lastLine(output), remedy: cleanRemedy };
}

async function wasm(): Promise<Finding> {
  const missing = wasmTiers().filter(({ isThere }) => !isThere);
  const detail = wasmTiers()
    .map(({ name, isThere }) => (isThere ? name : `no ${name}`))
    .join(", ");
  return missing.length === 0
    ? { what: "WebAssembly", state: "ok", detail }
    : {
        what: "WebAssembly",
        state: "absent",
        detail,
        remedy: "Node 24 or newer: without these, tensors are slower",
      };
}

/** Dawn speaks to the driver, and drivers crash. */
async function gpu(root: string): Promise<Finding> {
  const program = `
    const { create } = await import("webgpu");
    const adapter = await create([]).requestAdapter();
    console.log(adapter ? JSON.stringify({ name: adapter.info.description || adapter.info.device, vendor: adapter.info.vendor }) : "none");
    process.exit(0);`;
  const { code, output } = await evaluate(root, program);
  const answer = lastLine(output);
  if (code === 0 && answer.startsWith("{")) {
    const { name, vendor }: { name: string; vendor: string } = JSON.parse(answer);
    return { what: "GPU", state: "ok", detail: `${name || "unnamed"} (${vendor || "unknown vendor"})` };
  }
  const detail =
    code === 0
      ? "no adapter; tensors run on the CPU"
      : `the GPU library ended with ${answer}; tensors run on the CPU`;
  return {
    what: "GPU",
    state: "absent",
    detail,
    remedy: "a current graphics driver (Linux: one with Vulkan), if this machine has a GPU",
  };
}

async function python(): Promise<Finding> {
  const found = await findPython();
  if (found) return { what: "Python", state: "ok", detail: `${found.version}, ${found.file}` };
  const remedy = "installing Python 3.10 or newer; only JupyterLab and its tests need it";
  return { what: "Python", state: "absent", detail: "none from 3.10 up", remedy };
}

async function venv(root: string): Promise<Finding> {
  const { code, output } = await runCommand(venvCommand(root, "python"), ["--version"], {
    timeoutMs: 20_000,
  });
  if (code === 0) return { what: ".venv", state: "ok", detail: output.trim() };
  return { what: ".venv", state: "absent", detail: "not made yet", remedy: "npm run lab, which makes it" };
}

async function lab(root: string): Promise<Finding> {
  const program = "from importlib.metadata import version; print(version('jupyterlab'))";
  const { code, output } = await runCommand(venvCommand(root, "python"), ["-c", program], {
    timeoutMs: 20_000,
  });
  if (code === 0) return { what: "JupyterLab", state: "ok", detail: output.trim() };
  return {
    what: "JupyterLab",
    state: "absent",
    detail: "not in .venv",
    remedy: "npm run lab, which installs it",
  };
}

/** An installed kernel names a Node by its path, which may be gone since. */
async function kernelspec(root: string): Promise<Finding> {
  const files = [userDataFolder(), venvDataFolder(root)].map((folder) =>
    join(folder, "kernels", "below", "kernel.json"),
  );
  const there = files.filter((file) => existsSync(file));
  const broken = there.find((file) => !existsSync(kernelProgram(file)));
  const remedy = "npx --no-install below kernel install";
  if (broken)
    return {
      what: "kernel for Jupyter",
      state: "absent",
      detail: `${broken} names a Node that is gone`,
      remedy,
    };
  if (there.length > 0) return { what: "kernel for Jupyter", state: "ok", detail: there.join(", ") };
  return {
    what: "kernel for Jupyter",
    state: "absent",
    detail: "not installed",
    remedy: `${remedy}; npm run lab does not need it`,
  };
}

function kernelProgram(file: string): string {
  const { argv }: { argv: string[] } = JSON.parse(readFileSync(file, "utf8"));
  return argv[0] ?? "";
}

async function browser(): Promise<Finding> {
  const found = await findBrowser();
  if (found) return { what: "browser", state: "ok", detail: found };
  const remedy = "installing Chromium or Chrome, or setting BELOW_BROWSER; only the browser tests need it";
  return { what: "browser", state: "absent", detail: "no Chromium, Chrome or Edge", remedy };
}

async function disk(root: string): Promise<Finding> {
  const { bavail, bsize } = statfsSync(root);
  const detail = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
  const isEnough = bavail * bsize >= leastFreeBytes;
  return {
    what: "disk",
    state: isEnough ? "ok" : "absent",
    detail,
    ...(isEnough ? {} : { remedy: "npx --no-install below clean, or another disk" }),
  };
}

async function cache(root: string): Promise<Finding> {
  const folder = join(root, "build");
  const megabytes = existsSync(folder) ? sizeOf(folder) / 1e6 : 0;
  return { what: "cache", state: "ok", detail: `build/ holds ${megabytes.toFixed(1)} MB` };
}

const evaluate = (root: string, program: string) =>
  runCommand(process.execPath, ["--input-type=module", "--eval", program], { cwd: root, timeoutMs: 30_000 });

const lastLine = (output: string): string => output.trim().split("\n").at(-1) ?? "";
