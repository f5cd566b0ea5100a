/**
 * Who takes part: this library, and the peers, each with how it is had. Node's peers come from ../peers/tensor by its lock, NumPy from the project's own
 * .venv, PyTorch (asked for by --with-torch) from a .venv of its own. Returns how to start each, or why not.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunNpm } from "../contestants.ts";
import type { Start } from "./contestant.ts";

export const peers = fileURLToPath(new URL("../peers/tensor/", import.meta.url));
const ours = fileURLToPath(new URL("ours.ts", import.meta.url));
const read = fileURLToPath(new URL("read.ts", import.meta.url));
const torchVersion = "torch==2.15.0";

/** A contestant's name → how it starts with so many threads, or why it cannot. */
export type Entry = { readonly name: string } & (
  { readonly start: (threads: number) => Start } | { readonly fault: string }
);

/** Runs a command to its end. */
export type RunCommand = (file: string, args: readonly string[]) => Promise<{ code: number; output: string }>;

export interface Wanted {
  /** An interpreter with NumPy. */
  readonly python: string;
  readonly runNpm: RunNpm;
  readonly runCommand: RunCommand;
  readonly withTorch: boolean;
  readonly progress: (text: string) => void;
}

export async function enter(wanted: Wanted): Promise<readonly Entry[]> {
  const wasm = { BELOW_DEVICE: "wasm" };
  return [
    nodeEntry("below", ours, wasm),
    nodeEntry("below, no revectorisation", ours, { ...wasm, BELOW_WASM_TIER: "relaxed" }),
    nodeEntry("read", read),
    pythonEntry("numpy", wanted.python, ["numpy"]),
    ...(await nodePeers(wanted)),
    await torch(wanted),
  ];
}

/** NumPy in float64: what is right. */
export function truth(python: string): Start {
  return { name: "numpy f64", command: python, args: [join(peers, "serve.py"), "numpy", "2", "exact"] };
}

/** A module with prepare(task, threads), served on this Node with its flags. */
export function nodeEntry(name: string, module: string, env: NodeJS.ProcessEnv = {}): Entry {
  return {
    name,
    start: (threads) => ({
      name,
      command: process.execPath,
      args: [...process.execArgv, join(peers, "serve.mjs"), module, String(threads)],
      env: { ...env, BELOW_THREADS: String(threads) },
    }),
  };
}

function pythonEntry(name: string, python: string, args: readonly string[]): Entry {
  return {
    name,
    start: (threads) => ({
      name,
      command: python,
      args: [join(peers, "serve.py"), ...args, String(threads)],
    }),
  };
}

const packages: Readonly<Record<string, string>> = {
  "onnxruntime-node": "onnxruntime-node",
  "onnxruntime-web": "onnxruntime-web",
  tfjs: "@tensorflow/tfjs-backend-wasm",
  "jax-js": "@jax-js/jax",
};

async function nodePeers({ runNpm, progress }: Wanted): Promise<readonly Entry[]> {
  const present = (): boolean =>
    Object.values(packages).every((name) => existsSync(join(peers, "node_modules", name, "package.json")));
  let fault: string | undefined;
  if (!present()) {
    progress("installing the peers of Node, about 500 MB");
    const { output } = await runNpm(["ci", "--ignore-scripts", "--loglevel=error"], peers);
    if (!present())
      fault = `not installed: ${output.trim().split("\n").at(-1)}; try npm ci in tests/bench/peers/tensor`;
  }
  return Object.keys(packages).map((name) =>
    fault === undefined ? nodeEntry(name, join(peers, `${name}.mjs`)) : { name, fault },
  );
}

/** 3 GB, most of them for GPUs: only when asked for. */
async function torch({ python, runCommand, withTorch, progress }: Wanted): Promise<Entry> {
  const folder = join(peers, ".venv");
  const own = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const imports = async (): Promise<boolean> =>
    existsSync(own) && (await runCommand(own, ["-c", "import torch"])).code === 0;
  if (await imports()) return pythonEntry("torch", own, ["torch"]);
  if (!withTorch)
    return { name: "torch", fault: "not installed; try --with-torch, which downloads about 3 GB" };
  progress(`installing ${torchVersion} into tests/bench/peers/tensor/.venv, about 3 GB`);
  await runCommand(python, ["-m", "venv", "--clear", folder]);
  const { output } = await runCommand(own, ["-m", "pip", "install", "--quiet", torchVersion, "numpy==2.4.6"]);
  if (await imports()) return pythonEntry("torch", own, ["torch"]);
  return { name: "torch", fault: `not installed: ${output.trim().split("\n").at(-1) ?? "pip said nothing"}` };
}
