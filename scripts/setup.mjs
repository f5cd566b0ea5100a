// @ts-check
/**
 * Everything that a command of ours needs on a fresh machine, made once and checked on each start.
 * Node built-ins only, from Node 20 up: this runs before anything is installed.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setupPackages } from "./setup/packages.mjs";
import { SetupError } from "./setup/say.mjs";

/** The folder of this project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * node_modules as package-lock.json says; returns the Node to run on. A fault ends the process with one line.
 */
export async function setup() {
  try {
    return await setupPackages(root);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
