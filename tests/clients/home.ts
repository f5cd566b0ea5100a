/** A user's folders for one test: an installed kernelspec, and nothing of the real user's. A program and its arguments in, its output out. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installKernelspec } from "../../kernel/index.ts";
import { jupyterEnvironment } from "../lab/lab-server.ts";
import { type Process, running } from "../lab/processes.ts";

const bytecode = fileURLToPath(new URL("../../build/bytecode", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), "below-clients-"));
  readonly kernelspec: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #commands: string;

  /** python: the interpreter beside which Jupyter's programs lie. */
  constructor(python: string) {
    const environment = jupyterEnvironment(this.folder);
    this.kernelspec = installKernelspec(environment.JUPYTER_DATA_DIR);
    this.#commands = dirname(python);
    this.#environment = {
      ...process.env,
      ...environment,
      HOME: this.folder,
      PYTHONUNBUFFERED: "1",
      // Jupyter's programs import thousands of files: without compiled bytecode each start takes seconds longer.
      PYTHONDONTWRITEBYTECODE: undefined,
      PYTHONPYCACHEPREFIX: bytecode,
    };
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return file;
  }

  /** Runs a program of `.venv` to its end, with `input` on its stdin. */
  async run(command: string, args: readonly string[], input = ""): Promise<Ended> {
    const child = spawn(join(this.#commands, command), args, { cwd: this.folder, env: this.#environment });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) =>
      child.on("close", resolve).on("error", reject),
    );
    return { code, stdout, stderr };
  }

  /** Kernels and servers that this home's programs left running. */
  left(): readonly Process[] {
    return running(this.folder);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
