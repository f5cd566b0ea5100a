/**
 * The kernels that are compared: ours with and without type checks, ipykernel, Deno and tslab, as kernelspecs in a folder of the bench's own.
 * Nothing is installed for the user; Deno comes from peers/package-lock.json the first time it is asked for.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installKernelspec, kernelArgv } from "../../kernel/index.ts";
import type { Language } from "./cells.ts";

export type KernelName = "below" | "below-unchecked" | "ipykernel" | "deno" | "tslab";

/** One kernel that can be started by its name, or why it cannot. */
export interface Contestant {
  readonly name: KernelName;
  readonly language: Language;
  readonly fault?: string;
}

const tslabFolder = fileURLToPath(new URL("../compat/peers/", import.meta.url));
const peersFolder = fileURLToPath(new URL("./peers/", import.meta.url));

/** Runs npm in a folder to its end. */
export type RunNpm = (args: readonly string[], cwd: string) => Promise<{ code: number; output: string }>;

/**
 * Writes the kernelspecs into `directory`/kernels and tells who can take part.
 * python: the interpreter that runs ipykernel. Ours first; a peer that cannot be had is named with its fault.
 */
export async function enterKernels(
  directory: string,
  python: string,
  runNpm: RunNpm,
): Promise<readonly Contestant[]> {
  installKernelspec(directory);
  writeKernelspec(directory, "ipykernel", [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]);
  writeKernelspec(directory, "below-unchecked", kernelArgv(), { BELOW_TYPECHECK: "off" });
  return [
    { name: "below", language: "typescript" },
    { name: "below-unchecked", language: "typescript" },
    { name: "ipykernel", language: "python" },
    await enter("deno", async () => {
      const deno = await installDeno(runNpm);
      writeKernelspec(directory, "deno", [deno, "jupyter", "--kernel", "--conn", "{connection_file}"]);
    }),
    await enter("tslab", async () => {
      const tslab = await installTslab(runNpm);
      writeKernelspec(directory, "tslab", [
        process.execPath,
        tslab,
        "kernel",
        "--config-path={connection_file}",
      ]);
    }),
  ];
}

async function enter(name: KernelName, install: () => Promise<void>): Promise<Contestant> {
  try {
    await install();
    return { name, language: "typescript" };
  } catch (error) {
    return { name, language: "typescript", fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Where kernels look for kernelspecs and keep caches while they are measured: never the user's own folders. */
export function isolatedEnvironment(directory: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    JUPYTER_PATH: directory,
    JUPYTER_DATA_DIR: directory,
    JUPYTER_RUNTIME_DIR: join(directory, "runtime"),
    JUPYTER_CONFIG_DIR: join(directory, "config"),
    IPYTHONDIR: join(directory, "ipython"),
    // ipykernel starts twice as slowly without compiled bytecode, which a fresh .venv or a variable may lack.
    PYTHONDONTWRITEBYTECODE: undefined,
    PYTHONPYCACHEPREFIX: join(directory, "bytecode"),
    DENO_DIR: join(directory, "deno"),
    DENO_NO_UPDATE_CHECK: "1",
  };
}

function writeKernelspec(
  directory: string,
  name: KernelName,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): void {
  const folder = join(directory, "kernels", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "kernel.json"),
    JSON.stringify({ argv, env, display_name: name, language: name }),
  );
}

/**
 * The path of Deno's executable; fetches it if need be. The platform packages are named directly: the package
 * `deno` is only a script that looks for them, and would add a Node process to every start.
 */
async function installDeno(runNpm: RunNpm): Promise<string> {
  const libc = process.platform === "linux" ? "-glibc" : "";
  const name = `@deno/${process.platform}-${process.arch}${libc}`;
  const executable = join(
    peersFolder,
    "node_modules",
    name,
    process.platform === "win32" ? "deno.exe" : "deno",
  );
  if (existsSync(executable)) return executable;
  const { code, output } = await runNpm(["ci", "--ignore-scripts", "--loglevel=error"], peersFolder);
  if (existsSync(executable)) return executable;
  const why = code === 0 ? "none for this platform" : output.trim().split("\n").at(-1);
  throw new Error(`want ${name} in tests/bench/peers, got ${why}; try npm ci there, with a network`);
}

/** The path of tslab's script. It is run by the same Node as ours; its package also brings a `tsc`, which nothing here may find. */
async function installTslab(runNpm: RunNpm): Promise<string> {
  const script = join(tslabFolder, "node_modules", "tslab", "bin", "tslab");
  if (existsSync(script)) return script;
  const { code, output } = await runNpm(["ci", "--ignore-scripts", "--loglevel=error"], tslabFolder);
  if (code === 0 && existsSync(script)) return script;
  throw new Error(
    `want tslab in tests/compat/peers, got ${output.trim().split("\n").at(-1)}; try npm ci there, with a network`,
  );
}
