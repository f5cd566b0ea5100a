/**
 * History on disk: one file a session, one JSON object a line, only ever appended to: a kernel that dies in the middle
 * leaves at most half a line, which reading skips. Numbers are claimed by creating the file, so two kernels never share one.
 * The oldest sessions go when there are too many. A folder that cannot be written is said once and then left alone.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import type { HistoryEntry } from "./history.ts";
import { log } from "./log.ts";

const mostSessions = 500;
const mostBytes = 16 * 2 ** 20;
const mostBytesOfOne = 4 * 2 ** 20;
const mostOutputChars = 10_000;

type Line = { readonly line: number; readonly input?: string; readonly output?: string };

export class SessionFiles {
  readonly #folder: string;
  readonly #sizes = new Map<number, number>();
  /** Open while the kernel lives: each cell waits for its line. */
  readonly #open = new Map<number, number>();
  #fault: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A number that no session has had; undefined where nothing can be written. */
  claim(): number | undefined {
    return this.#attempt(() => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#prune();
      for (let number = (this.numbers().at(-1) ?? 0) + 1; ; number++) if (this.#create(number)) return number;
    });
  }

  append(number: number, { line, input, output }: Line): void {
    const text = `${JSON.stringify({ line, input, output: output?.slice(0, mostOutputChars) })}\n`;
    const size = (this.#sizes.get(number) ?? 0) + Buffer.byteLength(text);
    if (size > mostBytesOfOne) return;
    this.#sizes.set(number, size);
    this.#attempt(() => writeSync(this.#descriptor(number), text));
  }

  #descriptor(number: number): number {
    const descriptor = this.#open.get(number) ?? openSync(this.#file(number), "a", 0o600);
    this.#open.set(number, descriptor);
    return descriptor;
  }

  /** Ascending. */
  numbers(): number[] {
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).flatMap((name) => /^(\d+)\.jsonl$/.exec(name)?.[1] ?? []);
    return names.map(Number).toSorted((a, b) => a - b);
  }

  read(number: number): readonly HistoryEntry[] {
    const entries = new Map<number, HistoryEntry>();
    for (const { line, input, output } of this.#lines(number)) {
      if (input !== undefined) entries.set(line, { line, input });
      const entry = entries.get(line);
      if (entry && output !== undefined) entries.set(line, { ...entry, output });
    }
    return [...entries.values()];
  }

  #lines(number: number): readonly Line[] {
    try {
      return readFileSync(this.#file(number), "utf8").split("\n").flatMap(parseLine);
    } catch {
      return []; // another kernel has pruned it meanwhile
    }
  }

  #file(number: number): string {
    return path.join(this.#folder, `${number}.jsonl`);
  }

  #create(number: number): boolean {
    try {
      writeFileSync(this.#file(number), "", { flag: "wx", mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  }

  /** Makes room for one more. */
  #prune(): void {
    let bytes = 0;
    for (const [index, number] of this.numbers().toReversed().entries()) {
      bytes += statSync(this.#file(number), { throwIfNoEntry: false })?.size ?? 0;
      if (index + 1 >= mostSessions || bytes > mostBytes) rmSync(this.#file(number), { force: true });
    }
  }

  #attempt<T>(work: () => T): T | undefined {
    if (this.#fault !== undefined) return undefined;
    try {
      return work();
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      log(`history is kept in memory only: ${this.#fault}`);
      return undefined;
    }
  }
}

function parseLine(text: string): Line[] {
  try {
    const value = JSON.parse(text) as Partial<Line> | null;
    return typeof value?.line === "number" ? [value as Line] : [];
  } catch {
    return []; // empty, or half written when its kernel died
  }
}

/**
 * Where the history of the project around `cwd` lies: below the user's state folder, or where BELOW_STATE_DIR says;
 * undefined for BELOW_HISTORY=off. The project is the nearest folder with a package.json or .git, else `cwd` itself.
 */
export function historyFolder(cwd: string, environment: NodeJS.ProcessEnv): string | undefined {
  if (environment["BELOW_HISTORY"] === "off") return undefined;
  const project = projectOf(cwd);
  const hash = createHash("sha256").update(project).digest("hex").slice(0, 12);
  const name = path.basename(project).replace(/[^\w.-]+/g, "-");
  return path.join(stateFolder(environment), "history", `${name}-${hash}`);
}

function projectOf(cwd: string): string {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if ([".git", "package.json"].some((mark) => existsSync(path.join(folder, mark)))) return folder;
    if (path.dirname(folder) === folder) return cwd;
  }
}

function stateFolder(environment: NodeJS.ProcessEnv): string {
  const named = environment["BELOW_STATE_DIR"];
  if (named) return named;
  if (process.platform === "win32")
    return path.join(environment["LOCALAPPDATA"] ?? path.join(homedir(), "AppData", "Local"), "below");
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Application Support", "below");
  return path.join(environment["XDG_STATE_HOME"] ?? path.join(homedir(), ".local", "state"), "below");
}
