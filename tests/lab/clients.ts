/**
 * Jupyter's own clients run a notebook: `jupyter execute`, nbclient, and jupyter_client by itself (clients.py).
 * A fresh copy of the notebook → its cells as executed. Folders of their own; nothing of the user's is read.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installKernelspec } from "../../kernel/index.ts";
import { type ExecutedCell, executedCells } from "./executed.ts";
import { jupyterEnvironment } from "./lab-server.ts";
import { type Process, running } from "./processes.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./clients.py", import.meta.url));

/** The command line that makes a client run a notebook in place. */
const clients = {
  "jupyter execute": (python: string, file: string) => [
    join(dirname(python), "jupyter"),
    "execute",
    "--inplace",
    file,
  ],
  nbclient: (python: string, file: string) => [python, script, "nbclient", file, file],
  jupyter_client: (python: string, file: string) => [python, script, "jupyter_client", file, file],
};

export type ClientName = keyof typeof clients;

/** What a client got, and which of its processes it left running. */
export interface ClientRun {
  readonly cells: readonly ExecutedCell[];
  readonly left: readonly Process[];
}

/** Rejects with the client's own words if a cell fails that may not. */
export async function runWith(client: ClientName, python: string, notebook: string): Promise<ClientRun> {
  const home = mkdtempSync(join(tmpdir(), "below-clients-"));
  try {
    const environment = jupyterEnvironment(home);
    installKernelspec(environment.JUPYTER_DATA_DIR);
    const file = join(home, basename(notebook));
    cpSync(notebook, file);
    const [command, ...args] = clients[client](python, file);
    await run(command, args, { env: { ...process.env, ...environment }, cwd: home });
    return { cells: executedCells(file), left: running(home) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
