/**
 * execute_request → execute_input, outputs, execute_result or error, execute_reply. One at a time in each shell, in order.
 * The cell itself runs on main (thread.ts); outputs come back by events (outputs.ts).
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { MimeBundle } from "../display/bundle.ts";
import type { Failure, Job, Outcome } from "../host/port.ts";
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
  if (!queued.aborted) return runCell(kernel, shell, request, read(request));
  void status(kernel, "busy", request.header);
  await reply(kernel, kernel.sockets.shell, request, "execute_reply", { status: "aborted" });
  await status(kernel, "idle", request.header);
}

/** What can wait is done when the client has been told: it is then reading while we write. */
async function runCell(kernel: Kernel, shell: Shell, request: Message, asked: ExecuteRequest): Promise<void> {
  if (asked.storeHistory) shell.executionCount++;
  const count = shell.executionCount;
  const cell: Cell = { request, silent: asked.silent, allowStdin: asked.allowStdin, payload: [] };
  const id = kernel.main.nextId();
  kernel.cells.add(id, cell);
  if (asked.storeHistory) shell.history.add(count, asked.code);
  const file = nameCell(shell, asked);
  const job = { id, source: asked.code, file, expressions: asked.expressions };
  // Main computes while the client is told that it does: what main sends is only read after that.
  const begun = kernel.language.admits(file, asked.code) ? begin(kernel, shell, job) : undefined;
  void status(kernel, "busy", request.header);
  if (!asked.silent)
    void publish(kernel, "execute_input", { code: asked.code, execution_count: count }, request.header);
  tellWake(kernel, cell);
  const outcome = await (begun ?? prepareAndRun(kernel, shell, cell, job));
  kernel.descriptors?.drain();
  kernel.asking = false;
  kernel.language.ended(file);
  await answer(kernel, shell, cell, asked, outcome);
  const told = status(kernel, "idle", request.header);
  kernel.wake.running(undefined);
  kernel.language.ran(file, outcome.kind);
  if (outcome.kind === "ok" && outcome.result && asked.storeHistory)
    shell.history.addOutput(count, outcome.result["text/plain"]);
  await told;
}

async function prepareAndRun(kernel: Kernel, shell: Shell, cell: Cell, job: Job): Promise<Outcome> {
  const prepared = await prepare(kernel, cell, job.source, job.file);
  if (prepared.kind === "stopped") return { kind: "stopped" };
  if (prepared.kind === "refused") return { kind: "error", failure: prepared.failure };
  return begin(kernel, shell, { ...job, source: prepared.source });
}

function begin(kernel: Kernel, shell: Shell, job: Job): Promise<Outcome> {
  kernel.wake.running(job.file);
  return run(kernel, shell, job);
}

/** On main; or, for a subshell's cell while main computes, as a look that changes nothing. */
async function run(kernel: Kernel, shell: Shell, job: Job): Promise<Outcome> {
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

async function answer(
  kernel: Kernel,
  shell: Shell,
  cell: Cell,
  asked: ExecuteRequest,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind === "ok") return succeed(kernel, shell, cell, outcome);
  const failure = outcome.kind === "error" ? outcome.failure : (outcome.why ?? interrupted);
  return fail(kernel, shell, cell.request, asked, failure);
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
