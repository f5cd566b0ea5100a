// @ts-check
/**
 * What `below` can do, in one table: help, the dispatch in cli.ts and the hint for a mistyped name read it.
 * Plain JavaScript, because `below help` works before anything is installed.
 */
import { nearest } from "../kernel/nearest.mjs";

/** @typedef {{ name: string, usage: string, about: string, more?: string }} Command */

/** @type {readonly Command[]} */
export const commands = [
  { name: "help", usage: "help [COMMAND]", about: "this list, or more about one command" },
  {
    name: "start",
    usage: "start [NN…]",
    about: "set up, run the chapters in order, export the site, say where to look (`npm start`)",
  },
  {
    name: "run",
    usage: "run [NN…] [--no-cache]",
    about: "run chapters on the kernel, each with what it imports",
    more: "NN is a chapter's number or slug; without one all run. What did not change comes from the cache.",
  },
  {
    name: "check",
    usage: "check [NN…] [--exercises] [--json]",
    about: "check the chapters' order, imports, exports and rubric, running nothing",
    more: "--exercises runs: stubs must score 0, solutions everything, weak solutions what they say, and 80 % of each solution's mutants must be noticed. What did not change comes from the cache, unless --no-cache.",
  },
  { name: "build", usage: "build [NN…]", about: "write build/modules and notebooks/ from chapters/" },
  {
    name: "site",
    usage: "site [--serve] [--port N] [--base /PATH/]",
    about: "export the book to build/site, with the outputs of the last run; --serve: and read it here",
    more: "--serve writes a changed chapter's page again as you save. The exported folder works in any folder of any server.",
  },
  {
    name: "dev",
    usage: "dev [NN…] [--port N]",
    about: "write: a saved chapter shows at once, then is checked, run, and shows what it printed",
    more: "Errors name chapter.md's line, in the terminal and on the page. More: docs/authoring.md.",
  },
  {
    name: "new",
    usage: "new SLUG",
    about: "a chapter that passes the checks, to begin with",
    more: "A slug that chapters/contents.json plans gets a stub and a test for each promised export; another one is added there.",
  },
  {
    name: "test",
    usage: "test [PATTERN…]",
    about: "all checks and tests, or the test files whose path holds PATTERN (`npm test`)",
  },
  {
    name: "lab",
    usage: "lab [ARGS…]",
    about: "open JupyterLab on the notebooks with our kernel (`npm run lab`)",
    more: "ARGS go to `jupyter lab`: below lab --no-browser --port 8899",
  },
  {
    name: "bench",
    usage: "bench SUBJECT [--json]",
    about: "measure against the peers, in turns on this machine",
    more: "SUBJECT: kernel, tensor, gpu, site.",
  },
  {
    name: "mock",
    usage: "mock [--port N] [--script FILE] [--key KEY]",
    about: "a local OpenAI-compatible server with scripted answers and faults (chapter 00)",
    more: "Port 8000 and book/mock/default-script.ts, unless you say otherwise; --port 0 takes a free one. FILE: JSON with rules, see book/mock/script.ts.",
  },
  {
    name: "doctor",
    usage: "doctor [--json] [--tune]",
    about: "what is there, and the remedy for what is not",
    more: "--tune measures on this machine's GPU how its programs are best cut, and keeps it for the next start.",
  },
  {
    name: "clean",
    usage: "clean [--all]",
    about: "remove build/; with --all also node_modules, .venv and .venv-uv",
    more: "Never a source file. Refuses while another command of this folder runs.",
  },
  {
    name: "kernel",
    usage: "kernel install|uninstall [--user | --prefix DIR]",
    about: "make the kernel known to a Jupyter of yours, or unknown again",
    more: "--user (what happens without an option): your own Jupyter data folder. --prefix DIR: DIR/share/jupyter, for one environment.",
  },
  { name: "version", usage: "version", about: "the versions of below and of the Node it runs on" },
];

/** The list that `below help` prints. */
export function helpText() {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`);
  return ["Below the API: usage: npx --no-install below COMMAND", ...lines, ""].join("\n");
}

/** @param {Command} command */
export function commandHelp({ usage, about, more }) {
  return `usage: npx --no-install below ${usage}\n${about}\n${more ? `${more}\n` : ""}`;
}

/** @param {string} name */
export function findCommand(name) {
  return commands.find((command) => command.name === name);
}

/** The one line for a name that is no command, with the nearest one as a hint where there is one. @param {string} name */
export function unknownCommand(name) {
  const names = commands.map((command) => command.name);
  return `below: want ${names.join(", ")}, got ${name}; try below ${nearest(name, names) ?? "help"}\n`;
}
