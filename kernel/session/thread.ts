/**
 * Main as the worker sees it: runs jobs there, pings it, stops it. Jobs in, outcomes out; knows no Jupyter.
 * The inspector session here only terminates and peeks; what may be terminated is started by main itself (host/host.ts).
 */
import { Session } from "node:inspector";
import {
  memory,
  outputLimit,
  type Failure,
  type Job,
  type Link,
  type Outcome,
  type ToMain,
  type ToWorker,
} from "../host/port.ts";

/** What main sends of its own accord: output, questions. */
export type Event = Exclude<ToWorker, { type: "done" | "pong" | "zombie" }>;

/** How long main may take to answer before it counts as busy. */
const pingMs = 20;
const mostPings = 50;

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
  #isTerminating = false;
  #why: Failure | undefined;

  constructor(link: Link, take: (event: Event) => void) {
    this.#link = link;
    this.#session.connectToMainThread();
    link.port.on("message", (message: ToWorker) => {
      this.#heard = true;
      if (message.type === "done") this.#finish(message.id, message.outcome);
      else if (message.type === "pong") this.#pings.get(message.id)?.();
      else if (message.type === "zombie") this.#endZombie();
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
    const outcome = new Promise<Outcome>((settle) => this.#running.set(job.id, { file: job.file, settle }));
    // A termination that is still on its way would hit this job: it is given pings to hit.
    for (let ping = 0; this.#isTerminating && ping < mostPings; ping++) await this.answers();
    if (!this.#running.has(job.id)) return outcome; // interrupted meanwhile
    this.#unfinished.add(job.id);
    this.#post({ type: "run", job });
    return outcome;
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

  /** Tells V8 to give up what main is doing now. May come too early or too late: repeat until main answers. */
  terminate(): void {
    if (this.#isTerminating) return;
    this.#isTerminating = true;
    this.#session.post("Runtime.terminateExecution", () => {
      this.#isTerminating = false;
      this.#post({ type: "heal" });
    });
  }

  /** Whether a termination was asked for and has not hit anything yet: it will hit whatever main does next. */
  get isTerminating(): boolean {
    return this.#isTerminating;
  }

  #endZombie(): void {
    if (Atomics.compareExchange(this.#link.shared, memory.trapped, 1, 0) === 1) this.terminate();
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
