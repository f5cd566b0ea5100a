/**
 * A JupyterLab of the test's own: temporary folders for everything that Jupyter would keep in the user's home,
 * a free port, a token, and one folder of notebooks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { endTree, type Process } from "./processes.ts";

const startLimitMs = 90_000;

/** A running JupyterLab. */
export interface LabServer {
  readonly token: string;
  /** Where everything of it lies; its kernels' command lines name it. */
  readonly home: string;
  /** Of the process that all kernels descend from. */
  readonly pid: number;
  /** Where its notebooks are: a copy, so a test may change them. */
  readonly notebooks: string;
  /** Address of a page below the server's root, with the token: `urlOf("lab/tree/a.ipynb")`. */
  urlOf(path: string): string;
  /** Ends it; returns the kernels that did not end with it (and had to be killed). A second call does nothing. */
  dispose(): Promise<readonly Process[]>;
}

/**
 * Starts `python -m jupyterlab`. notebooks: folder that is copied and served.
 * installKernelspec: puts kernels into a Jupyter data folder. variables: for the server and its kernels, over our own.
 */
export async function startLab(
  python: string,
  notebooks: string,
  installKernelspec: (jupyterDataDir: string) => unknown,
  variables: NodeJS.ProcessEnv = {},
): Promise<LabServer> {
  const home = mkdtempSync(join(tmpdir(), "below-lab-"));
  const environment = jupyterEnvironment(home);
  cpSync(notebooks, join(home, "notebooks"), { recursive: true });
  installKernelspec(environment.JUPYTER_DATA_DIR);
  writeSettings(environment.JUPYTERLAB_SETTINGS_DIR);
  const env = { ...process.env, ...environment, ...variables };
  const token = randomBytes(16).toString("hex");
  const child = spawn(python, ["-m", "jupyterlab", ...labOptions(home, token)], {
    cwd: home,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const dispose = async (): Promise<readonly Process[]> => {
    const survivors = await endTree(child);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    return survivors;
  };
  const log = collect(child);
  try {
    const root = await address(child, environment.JUPYTER_RUNTIME_DIR, log);
    const urlOf = (path: string): string =>
      new URL(`${path}${path.includes("?") ? "&" : "?"}token=${token}`, root).href;
    return {
      token,
      home,
      pid: child.pid!,
      notebooks: join(home, "notebooks"),
      urlOf,
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Every folder that Jupyter reads or writes, below `home`: the user's own kernels, settings and history stay out. */
export function jupyterEnvironment(home: string) {
  const folder = (name: string): string => {
    mkdirSync(join(home, name), { recursive: true });
    return join(home, name);
  };
  return {
    JUPYTER_DATA_DIR: folder("data"),
    JUPYTER_CONFIG_DIR: folder("config"),
    JUPYTER_RUNTIME_DIR: folder("runtime"),
    JUPYTERLAB_SETTINGS_DIR: folder("settings"),
    JUPYTERLAB_WORKSPACES_DIR: folder("workspaces"),
    IPYTHONDIR: folder("ipython"),
    BELOW_STATE_DIR: folder("state"),
    JUPYTER_PLATFORM_DIRS: "1",
  };
}

function labOptions(home: string, token: string): string[] {
  return [
    "--no-browser",
    "--ServerApp.port=0", // the system gives a free one; the server writes it in its runtime folder
    "--ServerApp.ip=127.0.0.1",
    `--IdentityProvider.token=${token}`,
    `--ServerApp.root_dir=${join(home, "notebooks")}`,
    "--ServerApp.allow_root=True",
    "--ServerApp.open_browser=False",
    "--LabApp.extension_manager=readonly", // the default one asks PyPI
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
  ];
}

/** No question about news in front of the page, and every cell in the DOM, also those far below the window. */
function writeSettings(folder: string): void {
  const settings = {
    "@jupyterlab/apputils-extension/notification": {
      fetchNews: "false",
      checkForUpdates: false,
      doNotDisturbMode: true,
    },
    "@jupyterlab/notebook-extension/tracker": { windowingMode: "none" },
    "@jupyter-widgets/jupyterlab-manager/plugin": { saveState: true }, // as `npm run lab` sets it
  };
  for (const [plugin, values] of Object.entries(settings)) {
    const file = join(folder, `${plugin}.jupyterlab-settings`);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, JSON.stringify(values));
  }
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** Waits for the file in which the server says where it listens. */
async function address(child: ChildProcess, runtime: string, log: () => string): Promise<string> {
  const deadline = Date.now() + startLimitMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const file = readdirSync(runtime).find((name) => name === `jpserver-${child.pid}.json`);
    const url = file === undefined ? undefined : addressIn(join(runtime, file));
    if (url !== undefined) return url;
    await sleep(100);
  }
  throw new Error(`lab: want a JupyterLab within ${startLimitMs / 1000} s, got none; its log was:\n${log()}`);
}

/** The file appears before it is full. */
function addressIn(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { url, port } = JSON.parse(readFileSync(file, "utf8")) as { url: string; port: number };
    return port === 0 ? undefined : url.replace("localhost", "127.0.0.1");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
