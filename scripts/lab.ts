/**
 * `npm run lab [-- ARGS]`: JupyterLab from `.venv` on the notebooks, with our kernel; ARGS go to `jupyter lab`.
 * The user's own settings hold, except that the environment's come first and nothing asks the network.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildBook } from "../book/index.ts";
import { installKernelspec } from "../kernel/index.ts";
import { venvDataFolder } from "./jupyter-folders.ts";
import { setupPython } from "./setup/python.mjs";
import { SetupError } from "./setup/say.mjs";
import { root } from "./setup.mjs";

// Pop-ups about news and updates would want the network; the versions are pinned anyway.
const settings = {
  "@jupyterlab/apputils-extension:notification": {
    fetchNews: "false",
    checkForUpdates: false,
    doNotDisturbMode: false,
  },
  // Else a figure that the reader drives is gone with its kernel.
  "@jupyter-widgets/jupyterlab-manager:plugin": { saveState: true },
};
const labOptions = (): string[] => [
  `--ServerApp.root_dir=${root}`,
  `--LabApp.default_url=${existsSync(join(root, "notebooks")) ? "/lab/tree/notebooks" : "/lab"}`,
  "--MultiKernelManager.default_kernel_name=below",
  "--LabApp.extension_manager=readonly",
  "--ServerApp.answer_yes=True", // Ctrl-C stops without a question
];

process.exitCode = await lab(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
});

async function lab(args: readonly string[]): Promise<number> {
  const python = await setupPython(root);
  writeSettings();
  installKernelspec(venvDataFolder(root));
  // Chapters with faults are said on stderr; the notebooks that stand are still worth opening.
  await buildBook({ root, stdout: process.stderr, stderr: process.stderr });
  const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const env = { ...process.env, JUPYTER_PREFER_ENV_PATH: "1" };
  return start(python, ["-m", "jupyterlab", ...labOptions(), ...asRoot, ...args], env);
}

function writeSettings(): void {
  const folder = join(venvDataFolder(root), "lab", "settings");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "overrides.json"), `${JSON.stringify(settings, undefined, 2)}\n`);
}

/** SIGTERM makes Jupyter end its kernels and stop; so does the terminal's own Ctrl-C. */
function start(python: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(python, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    child.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(stopped ? 0 : (code ?? 1)));
  });
}
