/**
 * Main as the worker sees it: runs jobs there, pings it, stops it. Jobs in, outcomes out; knows no Jupyter.
 * The inspector session here only peeks, and asks main to stop what it is doing (host/stop.ts).
 */
import { Session } from "node:inspector";
import {
  memory,
  outputLimit,
  stopExpression,
  stops,
  type Failure,
  type Job,
  type Link,
  type Outcome,
  type ToMain,
  type ToWorker,
} from "../host/port.ts";

/** What main sends of its own accord: output, questions. */
export type Event = Exclude<ToWorker, { type: "done" | "pong" }>;

/** How long main may take to answer before it counts as busy. */
const pingMs = 20;

interface Running {
  readonly file: string;
  readonly settle: (outcome: Outcome) => void;
}

export class MainThread {
  readonly #link: Link;
  readonly #session = new Session();
  readonly #pings = new Map<number, () => void>();
  /** Jobs that main has been given and has not finished; a stopped one stays here while its code may still be alive. */
  readonly #unfinished = new Set<number>();
  /** Jobs that are not settled: of the main shell, and of subshells that run while it awaits. */
  readonly #running = new Map<number, Running>();
  #lastId = 0;
  #heard = false;
  #isStopping = false;
  #why: Failure | undefined;

  constructor(link: Link, take: (event: Event) => void) {
    this.#link = link;
    this.#session.connectToMainThread();
    link.port.on("message", (message: ToWorker) => {
      this.#heard = true;
      if (message.type === "done") this.#finish(message.id, message.outcome);
      else if (message.type === "pong") this.#pings.get(message.id)?.();
      else take(message);
    });
  }

  /** Whether main serves jobs: before that it loads, and to cut that short would leave it deaf for ever. */
  get isReady(): boolean {
    return this.#heard;
  }

  /** Whether a job is not settled: main may be computing, or only waiting for something. */
  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Whether main has come to a job that is not settled; before that it is busy with something else. */
  get hasBegun(): boolean {
    const begun = Atomics.load(this.#link.shared, memory.begunJob);
    return [...this.#running.keys()].some((id) => id <= begun);
  }

  /** Whether output waits for clients that read slowly: main then waits too (host/output.ts). */
  get isFull(): boolean {
    return Atomics.load(this.#link.shared, memory.outputInFlight) > outputLimit;
  }

  /** Whether code of a stopped job may come back: a timer of its that loops, a promise that settles late. */
  get hasZombies(): boolean {
    return [...this.#unfinished].some((id) => !this.#running.has(id));
  }

  /** A number for a job, by which its outputs will be known. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Resolves when the job ends or is stopped, whichever comes first. It begins when main comes back to its event loop. */
  async run(job: Job): Promise<Outcome> {
    return new Promise<Outcome>((settle) => {
      this.#running.set(job.id, { file: job.file, settle });
      this.#unfinished.add(job.id);
      this.#post({ type: "run", job });
    });
  }

  /** Why the running jobs are about to be stopped. */
  stopping(why: Failure): void {
    this.#why = this.isBusy ? why : undefined;
  }

  /** Gives the running jobs up: they count as stopped, whatever main is doing, and will not begin any more. */
  abandon(why: Failure): void {
    if (!this.isBusy) return;
    Atomics.store(this.#link.shared, memory.settledJob, Math.max(...this.#running.keys()));
    for (const [id, { file }] of this.#running) {
      this.#post({ type: "abandon", id, file });
      this.#settle(id, { kind: "stopped", why });
    }
  }

  /** Whether main came back to its event loop within `withinMs`. */
  async answers(withinMs = pingMs): Promise<boolean> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const done = (answered: boolean): void => {
        clearTimeout(timer);
        this.#pings.delete(id);
        resolve(answered);
      };
      const timer = setTimeout(() => done(false), withinMs);
      this.#pings.set(id, () => done(true));
      this.#post({ type: "ping", id });
    });
  }

  /** Has main give up the user's code, or `anything`, if it runs such at the moment when it hears of it: repeat until it answers. */
  stop(what: keyof typeof stops): void {
    Atomics.store(this.#link.shared, memory.stopWanted, stops[what]);
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#session.post("Runtime.evaluate", { expression: stopExpression, silent: true }, () => {
      this.#isStopping = false;
    });
  }

  /** What main has not yet heard of is not wanted any more. */
  stopNothing(): void {
    Atomics.store(this.#link.shared, memory.stopWanted, stops.nothing);
  }

  get usesAsyncHooks(): boolean {
    return Atomics.load(this.#link.shared, memory.asyncHooksInUse) === 1;
  }

  /** A read-only look at main, also while it is busy. See language/live.ts. */
  peek<Answer>(method: string, parameters: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, answer) =>
        error ? reject(error) : resolve(answer as Answer),
      );
    });
  }

  /** Node waits at its exit for sessions that are open, so: disconnect, then tell main to go. */
  exit(code: number): void {
    this.#session.disconnect();
    this.#post({ type: "exit", code });
  }

  #finish(id: number, outcome: Outcome): void {
    // A job that was terminated while it ran synchronously is over; one that awaited may still come back.
    this.#unfinished.delete(id);
    this.#settle(id, outcome);
  }

  #settle(id: number, outcome: Outcome): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.settle(outcome.kind === "stopped" ? { why: this.#why, ...outcome } : outcome);
    if (!this.isBusy) this.#why = undefined;
  }

  #post(message: ToMain): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
    this.#link.port.postMessage(message);
  }
}
