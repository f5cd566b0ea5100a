// @ts-check
/**
 * Finds the npm and the Node that the user started us with, and runs npm with them.
 * Never the ones in node_modules: npm deletes that folder, and Windows cannot delete what runs.
 * Node built-ins only.
 */
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join, sep } from "node:path";
import { runCommand, which } from "./command.mjs";

/**
 * Runs `npm ARGS…` in `cwd`.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {(pid: number) => void} [onStart]
 */
export function runNpm(args, cwd, onStart) {
  const env = npmEnvironment();
  const { file, before } = npmCommand(env.PATH ?? "");
  return runCommand(file, [...before, ...args], { cwd, env, ...(onStart ? { onStart } : {}) });
}

/** npm by its own script and Node, so that no shell, no PATH order and no .cmd file comes between. @param {string} path */
function npmCommand(path) {
  const node = hostNode(path);
  const script = npmScript(node, path);
  return script ? { file: node, before: [script] } : { file: which("npm", path) ?? "npm", before: [] };
}

/** @param {string} path */
function hostNode(path) {
  const candidates = [process.env.npm_node_execpath, process.execPath, which("node", path)];
  return candidates.find((file) => file && existsSync(file) && !isInstalled(file)) ?? process.execPath;
}

/** `npm_execpath` may be pnpm's or yarn's, or npx's. @param {string} node @param {string} path */
function npmScript(node, path) {
  const started = process.env.npm_execpath;
  const onPath = which("npm", path);
  const candidates = [
    started && /^np[mx]-cli\.js$/.test(basename(started)) ? join(dirname(started), "npm-cli.js") : undefined,
    join(dirname(node), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(dirname(node), "node_modules", "npm", "bin", "npm-cli.js"),
    onPath && basename(realpathSync(onPath)) === "npm-cli.js" ? realpathSync(onPath) : undefined,
  ];
  return candidates.find((file) => file && existsSync(file));
}

/** Ours without what a surrounding `npm run` added, and without the folders that npm is about to delete. */
function npmEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command|node_execpath|execpath)/.test(name),
  );
  const env = Object.fromEntries(kept);
  const path = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const folders = (env[path] ?? "").split(delimiter).filter((folder) => !isInstalled(folder + sep));
  return { ...env, PATH: folders.join(delimiter) };
}

/** @param {string} file */
const isInstalled = (file) =>
  file.includes(`${sep}node_modules${sep}.bin${sep}`) ||
  /[\\/]node_modules[\\/]node-(bin-)?(linux|darwin|win)/.test(file);
