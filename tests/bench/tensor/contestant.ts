/** One contestant: a process that answers lines of JSON, one at a time (../peers/tensor/serve.mjs and serve.py). */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Task } from "./tasks.ts";

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** A preparation includes compiling, and for the slowest peer a large training step. */
const patienceMs = 120_000;

export class Contestant {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #errors = "";

  constructor({ name, command, args, env }: Start) {
    this.name = name;
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stderr!.on(
      "data",
      (chunk: Buffer) => (this.#errors = (this.#errors + chunk.toString()).slice(-2000)),
    );
    this.#child.on("error", (error) => (this.#errors = error.message));
    this.#child.stdin!.on("error", () => undefined); // a dead process is told by its silence, below
    this.#reader = createInterface({ input: this.#child.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Gets ready for a task. Throws Error with the contestant's own words where it cannot. */
  async prepare(task: Task): Promise<void> {
    await this.#ask({ do: "prepare", task });
  }
  /** A few elements of the answer. */
  async sample(): Promise<readonly number[]> {
    return (await this.#ask({ do: "sample" })) as readonly number[];
  }
  /** Milliseconds a run: the median of those that fit in minMs. */
  async time(minMs: number): Promise<number> {
    return (await this.#ask({ do: "time", minMs })) as number;
  }
  dispose(): void {
    this.#reader.close();
    this.#child.kill("SIGKILL");
  }

  async #ask(request: object): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const reply = await Promise.race([this.#lines.next(), silence()]);
    if (reply === "silence") {
      this.dispose();
      throw new Error(`no answer in ${patienceMs / 1000} s`);
    }
    if (reply.done === true)
      throw new Error(`it ended: ${this.#errors.trim().split("\n").at(-1) ?? "without a word"}`);
    const { ok, fault } = JSON.parse(reply.value) as { readonly ok?: unknown; readonly fault?: string };
    if (fault !== undefined) throw new Error(fault);
    return ok;
  }
}

/** The line that names the error, where there is one: Node prints its version after it. */
export function lastWords(errors: string): string {
  const lines = errors.trim().split("\n");
  return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)!;
}

function silence(): Promise<"silence"> {
  return new Promise((resolve) => setTimeout(() => resolve("silence"), patienceMs).unref());
}
