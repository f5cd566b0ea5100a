/**
 * The main thread of a kernel: runs jobs that the worker sends, one at a time, and posts what comes of them.
 * A job is started by `Runtime.evaluate` of a session that main opened on itself: only code started so can be
 * terminated by the worker's session while it is busy (an evaluate of the worker's own session cannot).
 */
import { Session } from "node:inspector";
import { fileURLToPath } from "node:url";
import { acornParse, createEvaluator, type Evaluator, type Parse } from "../evaluate/index.ts";
import { createRequire } from "node:module";
import { checked, toBundle, type MimeBundle } from "../display/bundle.ts";
// One by one: what cells seldom use (figures, widgets) is loaded when one imports `below/display`, not at every start.
import { receiveComm } from "../display/comm.ts";
import { clearOutput, confirm, display, prompt } from "../display/display.ts";
import { inspectValue } from "../display/inspect.ts";
import { isAsyncGenerator, showLive } from "../display/live.ts";
import { newDisplayId, setHost } from "../display/host.ts";
import { forgetBars, progress } from "../display/progress.ts";
import { createJobs, type Jobs } from "./abandon.ts";
import { ask } from "./ask.ts";
import { exoticText } from "./exotic.ts";
import { createImporter } from "./import.ts";
import { captureStreams, Output } from "./output.ts";
import {
  memory,
  stops,
  type Failure,
  type Job,
  type Link,
  type Outcome,
  type Shown,
  type ToMain,
  type ToWorker,
} from "./port.ts";
import { answerStops, createStopper, type Stopper } from "./stop.ts";
import { ProcessExit, survive } from "./survive.ts";
import { frameTimers } from "./timers.ts";

// A cell may declare `const Promise = …`, also over these; the host goes on with the built-ins.
const { Object, Promise, Reflect, Atomics, Set } = globalThis;

interface Host {
  readonly link: Link;
  readonly output: Output;
  readonly evaluator: Evaluator;
  readonly session: Session;
  readonly stopper: Stopper;
  readonly jobs: Jobs;
  /** Any value as text: bounded, no colours, no getter run, never throws. */
  readonly asText: (value: unknown) => string;
  /** Jobs that have begun and not ended: more than one when a subshell's runs while another cell awaits. */
  readonly running: Map<number, Running>;
  /** The one that `Runtime.evaluate` is about to begin. */
  next: Running | undefined;
}

interface Running {
  readonly job: Job;
  /** Its displays that make their bundle asynchronously. */
  readonly pending: Set<Promise<void>>;
}

/** A deep library must not hide the cell that called it. Costs nothing until somebody reads a stack. */
const stackFrames = 50;
const isCI = Boolean(process.env["CI"]) && process.env["CI"] !== "false";
const runHook = Symbol.for("below.run");
const runExpression = 'globalThis[Symbol.for("below.run")]()';

/** Takes over main: streams, globals of cells, errors of callbacks; then serves jobs until the worker says exit. */
export function startHost(link: Link): void {
  Error.stackTraceLimit = stackFrames;
  const session = new Session();
  session.connect();
  const stopper = createStopper(session);
  const jobs = createJobs(link, stopper.stopHere);
  const stopped = frameTimers({ inFrame: stopper.inFrame, isAbandoned: jobs.isAbandoned });
  answerStops(link, stopper, { setTrap: jobs.setTrap, stopped, isInternal });
  const output = new Output(link, jobs.current);
  captureStreams(output);
  const { importModule, meta, require } = createImporter(process.cwd(), jobs.outside);
  const evaluator = createEvaluator({
    global: globalThis,
    importModule,
    meta: { ...meta },
    parsers: [acornParse, oxcWhenNeeded()],
    isInternal,
  });
  const exotic = exoticText((error) => evaluator.describe(error).traceback);
  const host: Host = {
    link,
    output,
    evaluator,
    session,
    stopper,
    jobs,
    asText: (value) => inspectValue(value, { exotic }),
    running: new Map(),
    next: undefined,
  };
  const report = (headline: string, error: unknown): void =>
    output.stream("stderr", `${headline}${describe(host, error).traceback.join("\n")}\n`);
  const { exit } = survive(link, report);
  setHost({
    inspect: host.asText,
    isLive: !isCI,
    drawPlotly: async (figure) => (await import("./picture.ts")).drawPlotly(figure), // seldom needed, 10 ms to load
    publish: (display) => output.display(display),
    clear: (wait) => output.clear(wait),
    prompt: (question, password) => ask(link, question, password, jobs.current()),
    comm: (message) => output.comm(message),
    payload: (payload) => {
      const job = jobs.current();
      post(link, { type: "payload", payload, ...(job === undefined ? {} : { job }) });
    },
    waitFor: (work) => keepOpen(host, work, report),
    outside: jobs.outside,
  });
  offerGlobals({ require, display, clearOutput, prompt, confirm, progress });
  Reflect.defineProperty(globalThis, runHook, { value: () => begin(host) });
  link.port.on("message", (message: ToMain) => {
    if (message.type === "ping") post(link, { type: "pong", id: message.id });
    else if (message.type === "run") start(host, message.job);
    else if (message.type === "abandon") abandon(host, message.id, message.file);
    else stop(host, () => exit(message.code));
  });
}

const kernelFolder = new URL("..", import.meta.url).href;
/** Frames are given as URLs or, where a source map was followed, as paths. */
const isInternal = (place: string): boolean =>
  place.startsWith(kernelFolder) || place.startsWith(fileURLToPath(kernelFolder));

/** The second parser is native and seldom needed: it loads at the first cell that acorn refuses. */
function oxcWhenNeeded(): Parse {
  const require = createRequire(import.meta.url);
  return (source) => (require("../evaluate/node-parser.ts") as { oxcParse: Parse }).oxcParse(source);
}

/** Names that are simply there in a cell, without an import; a cell may declare its own over them. */
function offerGlobals(globals: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(globals))
    Reflect.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
}

function start(host: Host, job: Job): void {
  const stopped: ToWorker = { type: "done", id: job.id, outcome: { kind: "stopped" } };
  if (job.id <= Atomics.load(host.link.shared, memory.settledJob)) return post(host.link, stopped); // interrupted before it began
  Atomics.store(host.link.shared, memory.begunJob, job.id);
  Atomics.store(host.link.shared, memory.stopWanted, stops.nothing); // it was not meant for this job
  host.next = { job, pending: new Set() };
  host.session.post("Runtime.evaluate", { expression: runExpression, silent: true }, (error, answer) => {
    if (!(error ?? answer.exceptionDetails)) return;
    abandon(host, job.id, job.file); // terminated before it first awaited: nothing of its own has run its `finally`
    post(host.link, stopped);
    forgetLogged(host);
  });
}

/** Else V8 keeps what was logged by node:console. When the cell's end is told, so that nobody waits for it. */
function forgetLogged({ session }: Host): void {
  session.post("Runtime.discardConsoleEntries");
}

/** What `Runtime.evaluate` runs: the job to its first await. */
function begin(host: Host): void {
  void perform(host);
  host.stopper.settle();
}

async function perform(host: Host): Promise<void> {
  const running = host.next!;
  const { id } = running.job;
  host.running.set(id, running);
  const outcome = await host.jobs
    .run(id, () => runJob(host, running))
    .catch((error: unknown): Outcome => ({ kind: "error", failure: describe(host, error) }));
  host.running.delete(id);
  post(host.link, { type: "done", id, outcome });
  forgetLogged(host);
}

async function runJob(host: Host, { job, pending }: Running): Promise<Outcome> {
  try {
    if (job.comm) {
      await receiveComm(job.comm);
      return { kind: "ok", expressions: {} };
    }
    const result = await showResult(host, job.source, job.file, pending);
    const expressions: Record<string, Shown> = {};
    for (const [name, source] of Object.entries(job.expressions))
      expressions[name] = await runExpressionOf(host, name, source, pending);
    return { kind: "ok", expressions, ...(result ? { result } : {}) };
  } catch (error) {
    await Promise.allSettled(pending);
    return { kind: "error", failure: describe(host, error) };
  }
}

async function showResult(
  host: Host,
  source: string,
  file: string,
  pending: Running["pending"],
): Promise<MimeBundle | undefined> {
  const { hasValue, value, warnings } = await host.evaluator.run(source, file);
  for (const warning of warnings) host.output.stream("stderr", `${warning}\n`);
  const bundle = hasValue ? await bundleOf(host, value) : undefined;
  while (pending.size > 0) await Promise.allSettled(pending);
  return bundle;
}

/** A value without anything to show (an empty bundle) is no result; one that comes in parts is shown as it comes. */
async function bundleOf(host: Host, value: unknown): Promise<MimeBundle | undefined> {
  if (isAsyncGenerator(value)) {
    await showParts(host, value);
    return undefined;
  }
  const bundle = checked(await toBundle(value, host.asText));
  return Object.keys(bundle).length > 0 ? bundle : undefined;
}

async function showParts({ output, asText }: Host, parts: AsyncGenerator): Promise<void> {
  const displayId = newDisplayId();
  let update = false;
  await showLive(parts, asText, (data) => {
    output.display({ data: checked(data), metadata: {}, displayId, ...(update ? { update } : {}) });
    update = true;
  });
}

async function runExpressionOf(
  host: Host,
  name: string,
  source: string,
  pending: Running["pending"],
): Promise<Shown> {
  try {
    return {
      status: "ok",
      data: (await showResult(host, source, `expression-${name}.ts`, pending)) ?? {
        "text/plain": "undefined",
      },
      metadata: {},
    };
  } catch (error) {
    return { status: "error", ...describe(host, error) };
  }
}

function abandon(host: Host, id: number, file: string): void {
  host.evaluator.abandon(file);
  host.jobs.abandon(id);
  host.running.get(id)?.pending.clear();
  host.running.delete(id);
  forgetBars();
}

/** Of a job that has ended nothing is kept open: what its timers show comes when it comes. */
function keepOpen(host: Host, work: Promise<void>, report: (headline: string, error: unknown) => void): void {
  const pending = host.running.get(host.jobs.current() ?? host.next?.job.id ?? 0)?.pending;
  const kept = work
    .catch((error: unknown) => report("display: ", error))
    .finally(() => pending?.delete(kept));
  pending?.add(kept);
}

/** What a person should see of `error`. Whatever a cell throws, this does not. */
function describe(host: Host, error: unknown): Failure {
  try {
    const { ename, evalue, traceback } = host.evaluator.describe(error);
    return { ename: error instanceof ProcessExit ? "ProcessExit" : ename, evalue, traceback };
  } catch (fault) {
    return {
      ename: "Error",
      evalue: "an error that cannot be described",
      traceback: [`bug: describe: ${host.asText(fault)}`],
    };
  }
}

/** The inspector would hold the exit up ("Waiting for the debugger to disconnect"): both sessions are closed by now. */
function stop(host: Host, exit: () => never): void {
  host.session.disconnect();
  exit();
}

function post(link: Link, message: ToWorker): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  link.port.postMessage(message);
}
