/** The command line of `npm run bench` → what to measure and how, or what is wrong with it. Pure. */
import { parseArgs } from "node:util";

export interface BenchArguments {
  readonly subject: "kernel" | "tensor" | "gpu" | "site" | "figures";
  readonly json: boolean;
  readonly rounds: number;
  /** tensor: how many threads to measure with, each in turn. */
  readonly threads: readonly number[];
  /** tensor: whether to install PyTorch. */
  readonly withTorch: boolean;
}

const subjects = ["kernel", "tensor", "gpu", "site", "figures"];
/** What can be measured one day; each waits for what it measures. */
const planned = ["class", "serve"];
const usage =
  "try npm run bench -- kernel|tensor|gpu|site|figures [--json] [--rounds 7] [--threads 2] [--with-torch]";
const defaultRounds = 7;
const defaultThreads = [2, 1];

/** Throws TypeError for anything it does not know, in one line that a person can act on. */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const [subject, ...rest] = positionals;
  if (planned.includes(subject)) throw new TypeError(`bench: "${subject}" is not built yet; ${usage}`);
  if (!subjects.includes(subject) || rest.length > 0) {
    const got = subject === undefined ? "none" : `"${positionals.join(" ")}"`;
    throw new TypeError(
      `bench: want one subject of ${subjects.join(", ")} (${planned.join(", ")}: not built yet), got ${got}; ${usage}`,
    );
  }
  const threads = values.threads === undefined ? defaultThreads : [whole("threads", values.threads)];
  const rounds = values.rounds === undefined ? defaultRounds : whole("rounds", values.rounds);
  const [json, withTorch] = [values.json ?? false, values["with-torch"] ?? false];
  return { subject: subject as BenchArguments["subject"], json, rounds, threads, withTorch };
}

function whole(name: string, text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 1) return n;
  throw new TypeError(`bench: want --${name} to be a whole number from 1, got "${text}"; ${usage}`);
}

function parse(args: readonly string[]) {
  const options = {
    json: { type: "boolean" },
    rounds: { type: "string" },
    threads: { type: "string" },
    "with-torch": { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = error instanceof Error ? error.message.split(/\.(?:\s|$)/) : [String(error)];
    throw new TypeError(`bench: ${sentence}; ${usage}`, { cause: error });
  }
}
