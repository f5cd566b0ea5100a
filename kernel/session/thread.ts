/**
 * Main as the worker sees it: runs jobs there, pings it, stops it. Jobs in, outcomes out; knows no Jupyter.
 * The inspector session here only terminates and peeks; what may be terminated is started by main itself (host/host.ts).
 */
import { Session } from "node:inspector";
import { memory, type Job, type Link, type Outcome, type ToMain, type ToWorker } from "../host/port.ts";

/** What main sends of its own accord: output, questions. */
export type Event = Exclude<ToWorker, { type: "done" | "pong" | "zombie" }>;

/** How long main may take to answer before it counts as busy. */
const pingMs = 20;

export class MainThread {
  readonly #link: Link;
  readonly #session = new Session();
  readonly #pings = new Map<number, () => void>();
  /** Jobs that main has been given and has not finished; a stopped one stays here while its code may still be alive. */
  readonly #unfinished = new Set<number>();
  #running:
    { readonly id: number; readonly file: string; readonly settle: (outcome: Outcome) => void } | undefined;
  #lastId = 0;

  constructor(link: Link, take: (event: Event) => void) {
    this.#link = link;
    this.#session.connectToMainThread();
    link.port.on("message", (message: ToWorker) => {
      if (message.type === "done") this.#finish(message.id, message.outcome);
      else if (message.type === "pong") this.#pings.get(message.id)?.();
      else if (message.type === "zombie") this.terminate();
      else take(message);
    });
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Whether code of a stopped job may come back: a timer of its that loops, a promise that settles late. */
  get hasZombies(): boolean {
    return this.#unfinished.size > (this.#running ? 1 : 0);
  }

  /** Runs one job at a time; resolves when it ends or is stopped, whichever comes first. */
  run(job: Omit<Job, "id">): Promise<Outcome> {
    const id = ++this.#lastId;
    this.#unfinished.add(id);
    return new Promise((resolve) => {
      this.#running = { id, file: job.file, settle: resolve };
      this.#post({ type: "run", job: { id, ...job } });
    });
  }

  /** Gives the running job up: it counts as stopped, whatever main is doing, and will not begin any more. */
  abandon(): void {
    if (!this.#running) return;
    Atomics.store(this.#link.shared, memory.settledJob, this.#running.id);
    this.#post({ type: "abandon", id: this.#running.id, file: this.#running.file });
    this.#settle({ kind: "stopped" });
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
    this.#session.post("Runtime.terminateExecution", () => undefined);
  }

  get usesAsyncHooks(): boolean {
    return Atomics.load(this.#link.shared, memory.asyncHooksInUse) === 1;
  }

  /** A read-only look at main, also while it is busy. See peek.ts. */
  peek<Answer>(method: string, parameters: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, answer) =>
        error ? reject(error) : resolve(answer as Answer),
      );
    });
  }

  /** Node waits at its exit for sessions that are open, so: disconnect, then tell main to go. */
  exit(): void {
    this.#session.disconnect();
    this.#post({ type: "exit" });
  }

  #finish(id: number, outcome: Outcome): void {
    // A job that was terminated while it ran synchronously is over; one that awaited may still come back.
    this.#unfinished.delete(id);
    if (this.#running?.id === id) this.#settle(outcome);
  }

  #settle(outcome: Outcome): void {
    const running = this.#running;
    this.#running = undefined;
    running?.settle(outcome);
  }

  #post(message: ToMain): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
    this.#link.port.postMessage(message);
  }
}
