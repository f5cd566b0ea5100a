#!/usr/bin/env node
// @ts-check
/**
 * The `below` command: `npx --no-install below help`. What needs nothing installed is done here,
 * everything else by cli.ts on the pinned Node. Node built-ins only, from Node 20 up.
 */
import { clean } from "./clean.mjs";
import { commandHelp, findCommand, helpText, unknownCommand } from "./commands.mjs";
import { run } from "./run.mjs";
import { root } from "./setup.mjs";

process.exitCode = await below(process.argv.slice(2));

/** @param {readonly string[]} args */
async function below([name = "help", ...args]) {
  if (["help", "--help", "-h"].includes(name)) return help(args[0]);
  const command = findCommand(name === "--version" ? "version" : name);
  if (!command) return fail(unknownCommand(name));
  if (args.some((arg) => arg === "--help" || arg === "-h") && name !== "lab") return help(command.name);
  if (command.name === "clean") return clean(root, args);
  return run("scripts/cli.ts", [command.name, ...args]);
}

/** @param {string | undefined} name */
function help(name) {
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && !command) return fail(unknownCommand(name));
  process.stdout.write(command ? commandHelp(command) : helpText());
  return 0;
}

/** @param {string} line */
function fail(line) {
  process.stderr.write(line);
  return 2;
}
