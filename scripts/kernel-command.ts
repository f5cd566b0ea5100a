/** `below kernel install|uninstall [--user | --prefix DIR]`: our kernelspec in a Jupyter data folder, and out again. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { installKernelspec } from "../kernel/index.ts";
import { userDataFolder } from "./jupyter-folders.ts";

/** Returns the exit code. Throws TypeError for a wrong command line. */
export async function kernelCommand(args: readonly string[]): Promise<number> {
  const [verb, ...options] = args;
  const folder = dataFolder(options);
  if (verb === "install") return install(folder);
  if (verb === "uninstall") return uninstall(join(folder, "kernels", "below"));
  throw new TypeError(
    `below kernel: want install or uninstall, got ${verb ?? "nothing"}; try below kernel --help`,
  );
}

function install(folder: string): number {
  process.stdout.write(`installed ${installKernelspec(folder)}\n`);
  return 0;
}

/** Removes only what `install` wrote: another program may own the name. */
function uninstall(folder: string): number {
  if (!existsSync(folder)) {
    process.stdout.write(`not installed: ${folder}\n`);
    return 0;
  }
  const specification = readFileSync(join(folder, "kernel.json"), "utf8");
  if (!specification.includes("main.ts")) {
    process.stderr.write(
      `below kernel: want a kernel of ours in ${folder}, got another one; try removing it yourself\n`,
    );
    return 1;
  }
  rmSync(folder, { recursive: true });
  process.stdout.write(`removed ${folder}\n`);
  return 0;
}

/** `--prefix` is relative to where the user stands, not to this project. */
function dataFolder(options: readonly string[]): string {
  const [option, folder, ...rest] = options;
  if (option === undefined || (option === "--user" && folder === undefined)) return userDataFolder();
  if (option === "--prefix" && folder !== undefined && rest.length === 0) {
    return join(resolve(process.env.INIT_CWD ?? process.cwd(), folder), "share", "jupyter");
  }
  throw new TypeError(
    `below kernel: want --user or --prefix DIR, got ${options.join(" ")}; try below kernel --help`,
  );
}
