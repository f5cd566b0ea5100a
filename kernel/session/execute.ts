/**
 * execute_request → execute_input, outputs, execute_result or error, execute_reply. One at a time in each shell, in order.
 * The cell itself runs on main (thread.ts); outputs come back by events (outputs.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MimeBundle } from "../display/bundle.ts";
import type { Failure, Outcome } from "../host/port.ts";
import type { Prepared } from "../language/index.ts";
import { textOf, type Message } from "../wire/message.ts";
import { glance } from "./glance.ts";
import { interrupted } from "./interrupt.ts";
import { publish, reply, status, type Cell, type Kernel, type QueuedRequest, type Shell } from "./kernel.ts";

/** A "run all" sends one request after another; those still on their way when the first fails should be aborted too. */
const onTheirWayMs = 10;
/** How long main may take to come back to its event loop before a subshell takes it for busy. */
const awaitingMs = 100;

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
    expressions: textsOf(content.user_expressions),
    allowStdin: content.allow_stdin !== false,
    stopOnError: content.stop_on_error !== false,
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Runs `queued` to its reply, with busy before and idle after. */
export async function execute(kernel: Kernel, shell: Shell, queued: QueuedRequest): Promise<void> {
  const { request } = queued;
  void status(kernel, "busy", request.header);
  if (queued.aborted)
    await reply(kernel, kernel.sockets.shell, request, "execute_reply", { status: "aborted" });
  else await runCell(kernel, shell, request, read(request));
  await status(kernel, "idle", request.header);
}

async function runCell(kernel: Kernel, shell: Shell, request: Message, asked: ExecuteRequest): Promise<void> {
  if (asked.storeHistory) shell.executionCount++;
  const count = shell.executionCount;
  const cell: Cell = { request, silent: asked.silent, allowStdin: asked.allowStdin, payload: [] };
  const id = kernel.main.nextId();
  kernel.cells.add(id, cell);
  if (!asked.silent)
    void publish(kernel, "execute_input", { code: asked.code, execution_count: count }, request.header);
  if (asked.storeHistory) shell.history.add(count, asked.code);
  const file = nameCell(shell, asked);
  tellWake(kernel, cell);
  const prepared = await prepare(kernel, cell, asked.code, file);
  if (prepared.kind === "stopped") return fail(kernel, shell, request, asked, interrupted);
  if (prepared.kind === "refused") return fail(kernel, shell, request, asked, prepared.failure);
  kernel.wake.running(file);
  const outcome = await run(kernel, shell, {
    id,
    source: prepared.source,
    file,
    expressions: asked.expressions,
  });
  kernel.descriptors?.drain();
  kernel.wake.running(undefined);
  kernel.language.ran(file, outcome.kind);
  kernel.asking = false;
  if (outcome.kind === "error") return fail(kernel, shell, request, asked, outcome.failure);
  if (outcome.kind === "stopped") return fail(kernel, shell, request, asked, outcome.why ?? interrupted);
  if (outcome.result && asked.storeHistory) shell.history.addOutput(count, outcome.result["text/plain"]);
  await succeed(kernel, shell, cell, outcome);
}

/** On main; or, for a subshell's cell while main computes, as a look that changes nothing. */
async function run(
  kernel: Kernel,
  shell: Shell,
  job: Parameters<Kernel["main"]["run"]>[0],
): Promise<Outcome> {
  const { main } = kernel;
  if (shell.id !== undefined && main.isBusy && !(await main.answers(awaitingMs)))
    return glance(main, job.source);
  return main.run(job);
}

/** What the language does before a cell runs: directives, types. */
async function prepare(kernel: Kernel, cell: Cell, source: string, file: string): Promise<Prepared> {
  const say = (stream: "stdout" | "stderr", text: string): void =>
    cell.silent ? undefined : kernel.streams.take(stream, text, cell);
  const show = (data: MimeBundle): void =>
    cell.silent
      ? undefined
      : void publish(kernel, "display_data", { data, metadata: {}, transient: {} }, cell.request.header);
  const stop = new AbortController();
  kernel.preparing.add(stop);
  try {
    return await kernel.language.prepare({ source, file, signal: stop.signal, say, show });
  } finally {
    kernel.preparing.delete(stop);
  }
}

async function succeed(
  kernel: Kernel,
  { executionCount }: Shell,
  { request, silent, payload }: Cell,
  outcome: Extract<Outcome, { kind: "ok" }>,
): Promise<void> {
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
    payload,
    user_expressions: outcome.expressions,
  };
  await reply(kernel, kernel.sockets.shell, request, "execute_reply", content);
}

async function fail(
  kernel: Kernel,
  shell: Shell,
  request: Message,
  { silent, stopOnError }: ExecuteRequest,
  failure: Failure,
): Promise<void> {
  if (!silent) void publish(kernel, "error", { ...failure }, request.header);
  if (stopOnError) await abortQueue(shell);
  await reply(kernel, kernel.sockets.shell, request, "execute_reply", {
    status: "error",
    execution_count: shell.executionCount,
    ...failure,
  });
}

/** Marks all that was sent before the client could know of the error; what it sends after the reply runs. */
async function abortQueue({ queue }: Shell): Promise<void> {
  await sleep(onTheirWayMs);
  for (const queued of queue) queued.aborted = true;
}

/** What became of the kernel before this one, said where the reader looks: in the first cell that shows something. */
function tellWake(kernel: Kernel, cell: Cell): void {
  if (kernel.wake.note === undefined || cell.silent) return;
  kernel.streams.take("stderr", kernel.wake.note, cell);
  kernel.wake.note = undefined;
}

let unnumbered = 0; // tells cells apart that do not count: two of them must not share a name in stacks

function nameCell(shell: Shell, { storeHistory }: ExecuteRequest): string {
  if (!storeHistory) return `unnumbered-${++unnumbered}.ts`;
  return `${shell.id === undefined ? "" : `${shell.name}-`}cell-${shell.executionCount}.ts`;
}
