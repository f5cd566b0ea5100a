/**
 * `%npm install x`: adds packages to the project of the notebook, with npm. Names in, progress and packages on disk out.
 * Nothing of a package runs (no scripts), and only names and versions are taken: no addresses, folders or options.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { DirectiveError } from "./directives.ts";
import type { Cell } from "./index.ts";

const own = path.dirname(fileURLToPath(new URL("../../package.json", import.meta.url)));
const progressMs = 1000;
/** A name as the registry allows it, and perhaps a version, range or tag. */
const wanted = /^(@[a-z\d~][\w.~-]*\/)?[a-z\d~][\w.~-]*(@[\w.^~<>=|*+-]+)?$/i;

/** Throws DirectiveError, with npm's reason in the reader's words. */
export async function npm(argument: string, folder: string, cell: Cell): Promise<void> {
  const [verb, ...packages] = argument.split(/\s+/);
  if (!["install", "i", "add"].includes(verb) || packages.length === 0)
    throw new DirectiveError(
      `%npm: want install and a package's name, got ${argument || "nothing"}; try %npm install lodash`,
    );
  const odd = packages.find((each) => !wanted.test(each));
  if (odd !== undefined)
    throw new DirectiveError(
      `%npm install: want a package's name, with or without @version, got ${odd}; other things can be installed in a terminal`,
    );
  await install(packages, projectOf(folder), cell);
}

/** The nearest folder with a package.json; the notebook's own where there is none, or where it would be below's. */
export function projectOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (at === own || path.dirname(at) === at) return folder;
    if (existsSync(path.join(at, "package.json"))) return at;
  }
}

async function install(packages: readonly string[], folder: string, { say, signal }: Cell): Promise<void> {
  const options = [
    "--prefix",
    folder,
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--json",
    "--loglevel=http",
  ];
  const [program, ...before] = npmCommand();
  say("stdout", `npm: installing ${packages.join(", ")} in ${folder}\n`);
  const child = spawn(program, [...before, "install", ...options, "--", ...packages], {
    cwd: folder,
    env: environment(),
    signal,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32" && before.length === 0, // npm.cmd; the names are checked above
    windowsHide: true,
  });
  let fetched = 0;
  const began = performance.now();
  const timer = setInterval(
    () =>
      say("stdout", `npm: ${fetched} files fetched, ${Math.round((performance.now() - began) / 1000)} s\n`),
    progressMs,
  );
  child.stderr.on("data", (chunk: Buffer) => (fetched += chunk.toString().match(/http fetch/g)?.length ?? 0));
  const ended = new Promise<number | null>((resolve, reject) =>
    child.on("error", reject).on("close", resolve),
  );
  try {
    const [output, code] = await Promise.all([text(child.stdout), ended]);
    const answer = answerIn(output);
    if (code !== 0) throw new DirectiveError(explain(answer, packages));
    say(
      "stdout",
      `npm: ${answer.added ?? 0} added, ${answer.changed ?? 0} changed, in ${((performance.now() - began) / 1000).toFixed(1)} s\n`,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new DirectiveError("%npm: want npm on the PATH, got none; try installing Node.js with npm");
  } finally {
    clearInterval(timer);
  }
}

interface Answer {
  readonly added?: number;
  readonly changed?: number;
  readonly error?: { readonly code?: string; readonly summary?: string };
}

function answerIn(output: string): Answer {
  try {
    return JSON.parse(output.slice(output.indexOf("{"))) as Answer;
  } catch {
    return {}; // it was ended before it had spoken
  }
}

function explain({ error }: Answer, packages: readonly string[]): string {
  const names = packages.join(", ");
  switch (error?.code) {
    case "E404":
      return `%npm install: want packages that the registry has, got ${names}, which it has not; is the name right?`;
    case "ETARGET":
      return `%npm install: want a version that there is, got ${names}; try the name without a version`;
    case "ENOTFOUND":
    case "ECONNREFUSED":
    case "EAI_AGAIN":
    case "ETIMEDOUT":
      return `%npm install: want a connection to the registry, got ${error.code}; try again with a network`;
    default:
      return `%npm install: want ${names} installed, got ${error?.code ?? "an end without an answer"}: ${summaryOf(error)}`;
  }
}

function summaryOf(error: Answer["error"]): string {
  return (error?.summary ?? "npm gave no reason").split("\n")[0];
}

/** npm as a script, where whoever started us came from npm; else what the PATH has. */
function npmCommand(): [string, ...string[]] {
  const script = process.env["npm_execpath"];
  return script?.endsWith(".js") && existsSync(script) ? [process.execPath, script] : ["npm"];
}

/** Without what an npm that started us says of its own project. */
function environment(): NodeJS.ProcessEnv {
  const isOthers =
    /^npm_(package|lifecycle|command|config_(local_prefix|prefix|global_prefix|ignore_scripts))/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOthers.test(name)));
}
