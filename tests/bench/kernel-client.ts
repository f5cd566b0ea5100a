/**
 * Drives kernels through jupyter_client (client.py), one request at a time.
 * Kernel names and cells → times in milliseconds. Everything is timed inside the Python client;
 * the pipe between here and there is outside every measurement.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { Cell } from "./cells.ts";

interface Execution {
  readonly ms: number;
  readonly status: "ok" | "error" | "aborted";
  readonly text: string;
  readonly error: string;
  readonly stdout: string;
}

/** The Python client's process. Owns it and every kernel it started: `dispose()` ends them. */
export class KernelClient {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  /** python: an interpreter with jupyter_client and psutil. environment: where kernels and their caches live. */
  constructor(python: string, environment: NodeJS.ProcessEnv) {
    const script = fileURLToPath(new URL("./client.py", import.meta.url));
    this.#child = spawn(python, [script], { env: environment, stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Milliseconds from the kernel's launch to its kernel_info_reply. */
  async start(kernel: string, directory: string): Promise<number> {
    const { ms } = await this.#ask<{ ms: number }>({ verb: "start", kernel, directory });
    return ms;
  }

  /**
   * Milliseconds from execute_request until execute_reply, idle and the last expected line of stdout are there.
   * Throws if the answer is not the cell's.
   */
  async execute(kernel: string, cell: Cell): Promise<number> {
    const printed = printsResults(kernel) ? cell.result : undefined;
    const execution = await this.#ask<Execution>({
      verb: "execute",
      kernel,
      code: cell.code,
      wants_result: cell.result !== undefined && printed === undefined,
      awaited: cell.lines?.last ?? printed ?? null,
    });
    const text = printed === undefined ? execution.text : execution.stdout.trim();
    const wrong = mismatch(cell, { ...execution, text });
    if (wrong !== undefined) throw new Error(`${kernel}: ${wrong}; the cell was: ${cell.code}`);
    return execution.ms;
  }

  /** Milliseconds from interrupt to reply and idle of a cell that would never end; sent once `line` was printed. */
  async interrupt(kernel: string, code: string, line: string): Promise<number> {
    const execution = await this.#ask<Execution>({
      verb: "execute",
      kernel,
      code,
      awaited: line,
      interrupts: true,
    });
    if (execution.status !== "error")
      throw new Error(`${kernel}: want an interrupted cell, got ${execution.status}`);
    return execution.ms;
  }

  /** Milliseconds from complete_request to its reply. Throws unless the matches are `wanted`, in any order. */
  async complete(kernel: string, code: string, wanted: readonly string[]): Promise<number> {
    const { ms, matches } = await this.#ask<{ ms: number; matches: string[] }>({
      verb: "complete",
      kernel,
      code,
    });
    if (matches.toSorted().join() === wanted.toSorted().join()) return ms;
    throw new Error(`${kernel}: want the matches ${wanted.join()}, got ${matches.slice(0, 10).join()}`);
  }

  /** Resident memory of the kernel's processes, the language server apart, in megabytes (1e6 bytes). */
  async memory(kernel: string): Promise<{ readonly kernelMB: number; readonly serverMB: number }> {
    const answer = await this.#ask<{ sizeBytes: number; serverBytes: number }>({ verb: "memory", kernel });
    return { kernelMB: answer.sizeBytes / 1e6, serverMB: answer.serverBytes / 1e6 };
  }

  async stop(kernel: string): Promise<void> {
    await this.#ask({ verb: "stop", kernel });
  }

  /** Ends the client, which ends its kernels first. */
  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    await ended;
  }

  async #ask<Answer>(request: { verb: string; kernel: string; [field: string]: unknown }): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const next = await this.#answers.next();
    if (next.done)
      throw new Error(`bench client: want an answer to ${request.verb}, got the end of its process`);
    const answer = JSON.parse(next.value) as Answer & { fault?: string };
    if (answer.fault !== undefined) throw new Error(`${request.kernel}: ${request.verb}: ${answer.fault}`);
    return answer;
  }
}

/** tslab sends no execute_result: it prints. */
function printsResults(kernel: string): boolean {
  return kernel === "tslab";
}

/** What is wrong with an execution, or undefined: a fast wrong answer is not a measurement. */
function mismatch(cell: Cell, { text, error, stdout }: Execution): string | undefined {
  if (error !== (cell.error ?? "")) return `want error "${cell.error ?? ""}", got "${error}"`;
  const result = stripVTControlCharacters(text); // Deno colours its text/plain
  if (cell.result !== undefined && result !== cell.result) return `want result ${cell.result}, got ${result}`;
  if (cell.lines === undefined) return undefined;
  const lines = stripVTControlCharacters(stdout).trimEnd().split("\n");
  const right = lines.length === cell.lines.count && lines.at(-1) === cell.lines.last;
  return right
    ? undefined
    : `want ${cell.lines.count} lines on stdout, got ${lines.length} ending "${lines.at(-1)}"`;
}
