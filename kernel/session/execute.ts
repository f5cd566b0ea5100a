/**
 * execute_request → execute_input, outputs, execute_result or error, execute_reply. One at a time, in order.
 * The cell itself runs on main (thread.ts); outputs come back by events (outputs.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Failure, Outcome } from "../host/port.ts";
import { textOf, type Message } from "../wire/message.ts";
import { publish, reply, status, type Kernel, type QueuedRequest } from "./kernel.ts";

/** A "run all" sends one request after another; those still on their way when the first fails should be aborted too. */
const onTheirWayMs = 10;

interface ExecuteRequest {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly expressions: Readonly<Record<string, string>>;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
}

/** Defaults as in the specification. */
function read({ content }: Message): ExecuteRequest {
  const silent = content.silent === true;
  return {
    code: textOf(content, "code"),
    silent,
    storeHistory: !silent && content.store_history !== false,
    expressions: (content.user_expressions ?? {}) as Record<string, string>,
    allowStdin: content.allow_stdin !== false,
    stopOnError: content.stop_on_error !== false,
  };
}

/** Runs `queued` to its reply, with busy before and idle after. */
export async function execute(kernel: Kernel, queued: QueuedRequest): Promise<void> {
  const { request } = queued;
  void status(kernel, "busy", request.header);
  if (queued.aborted)
    await reply(kernel, kernel.sockets.shell, request, "execute_reply", {
      status: "aborted",
      execution_count: kernel.executionCount,
    });
  else await runCell(kernel, request, read(request));
  await status(kernel, "idle", request.header);
}

async function runCell(kernel: Kernel, request: Message, asked: ExecuteRequest): Promise<void> {
  if (asked.storeHistory) kernel.executionCount++;
  const count = kernel.executionCount;
  kernel.cell = { request, silent: asked.silent, allowStdin: asked.allowStdin };
  if (!asked.silent)
    void publish(kernel, "execute_input", { code: asked.code, execution_count: count }, request.header);
  const entry = { line: count, input: asked.code };
  if (asked.storeHistory) kernel.history.push(entry);
  const outcome = await kernel.main.run({
    source: asked.code,
    file: nameCell(count, asked),
    expressions: asked.expressions,
  });
  kernel.asking = false;
  if (outcome.kind !== "ok")
    return fail(kernel, request, asked, outcome.kind === "error" ? outcome.failure : interrupted);
  if (outcome.result) Object.assign(entry, { output: outcome.result["text/plain"] });
  await succeed(kernel, request, asked, outcome);
}

async function succeed(
  kernel: Kernel,
  request: Message,
  { silent }: ExecuteRequest,
  outcome: Extract<Outcome, { kind: "ok" }>,
): Promise<void> {
  const { executionCount } = kernel;
  if (outcome.result && !silent) {
    void publish(
      kernel,
      "execute_result",
      { execution_count: executionCount, data: outcome.result, metadata: {} },
      request.header,
    );
  }
  const content = {
    status: "ok",
    execution_count: executionCount,
    payload: [],
    user_expressions: outcome.expressions,
  };
  await reply(kernel, kernel.sockets.shell, request, "execute_reply", content);
}

async function fail(
  kernel: Kernel,
  request: Message,
  { silent, stopOnError }: ExecuteRequest,
  failure: Failure,
): Promise<void> {
  if (!silent) void publish(kernel, "error", { ...failure }, request.header);
  if (stopOnError) await abortQueue(kernel);
  await reply(kernel, kernel.sockets.shell, request, "execute_reply", {
    status: "error",
    execution_count: kernel.executionCount,
    ...failure,
  });
}

/** Marks all that was sent before the client could know of the error; what it sends after the reply runs. */
async function abortQueue(kernel: Kernel): Promise<void> {
  await sleep(onTheirWayMs);
  for (const queued of kernel.queue) queued.aborted = true;
}

const interrupted: Failure = {
  ename: "Interrupted",
  evalue: "the cell was stopped; variables keep their values",
  traceback: ["Interrupted: the cell was stopped; variables keep their values"],
};

let unnumbered = 0; // tells cells apart that do not count: two of them must not share a name in stacks

function nameCell(count: number, { storeHistory }: ExecuteRequest): string {
  return storeHistory ? `cell-${count}.ts` : `unnumbered-${++unnumbered}.ts`;
}
