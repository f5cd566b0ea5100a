/** The command line of `npm run bench` → what to measure and how, or what is wrong with it. Pure. */
import { parseArgs } from "node:util";

export interface BenchArguments {
  readonly subject: "kernel";
  readonly json: boolean;
  readonly rounds: number;
}

/** What can be measured one day; all but the first wait for what they measure. */
const planned = ["tensor", "site", "class", "serve", "gpu"];
const usage = "try npm run bench -- kernel [--json] [--rounds 7]";
const defaultRounds = 7;

/** Throws TypeError for anything it does not know, in one line that a person can act on. */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const [subject, ...rest] = positionals;
  if (planned.includes(subject)) throw new TypeError(`bench: "${subject}" is not built yet; ${usage}`);
  if (subject !== "kernel" || rest.length > 0) {
    const got = subject === undefined ? "none" : `"${positionals.join(" ")}"`;
    throw new TypeError(
      `bench: want one subject of kernel (${planned.join(", ")}: not built yet), got ${got}; ${usage}`,
    );
  }
  const rounds = Number(values.rounds ?? defaultRounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new TypeError(`bench: want --rounds to be a whole number from 1, got "${values.rounds}"; ${usage}`);
  }
  return { subject, json: values.json ?? false, rounds };
}

function parse(args: readonly string[]) {
  const options = { json: { type: "boolean" }, rounds: { type: "string" } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split(/\.(?:\s|$)/) : [String(error)];
    throw new TypeError(`bench: ${sentence}; ${usage}`, { cause: error });
  }
}
