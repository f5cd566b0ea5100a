/**
 * What the two threads of a kernel say to each other: types, and the shared memory beside the port.
 * Main (kernel/host) runs the user's code; the worker (kernel/session) speaks Jupyter. Nothing runs here but a sum.
 */
import type { MessagePort } from "node:worker_threads";
import type { MimeBundle } from "../display/bundle.ts";
import type { CommMessage } from "../display/comm.ts";
import type { Payload } from "../display/host.ts";

/** One execute_request, or a comm's message, as far as main needs to know it. Ids only grow. */
export interface Job {
  readonly id: number;
  readonly source: string;
  /** `cell-3.ts`: what stacks call this cell. */
  readonly file: string;
  /** user_expressions: name → source, run after the cell if it succeeds. */
  readonly expressions: Readonly<Record<string, string>>;
  /** What the front end sent by a comm: handed to its listeners; there is then no source. */
  readonly comm?: CommMessage;
}

export interface Failure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}
export type Shown =
  | { readonly status: "ok"; readonly data: MimeBundle; readonly metadata: object }
  | ({ readonly status: "error" } & Failure);

/** How a job ended. `stopped`: V8 was told to terminate it. */
export type Outcome =
  | {
      readonly kind: "ok";
      readonly result?: MimeBundle;
      readonly expressions: Readonly<Record<string, Shown>>;
    }
  | { readonly kind: "error"; readonly failure: Failure }
  | { readonly kind: "stopped"; readonly why?: Failure | undefined };

export interface Display {
  readonly data: MimeBundle;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly displayId?: string;
  readonly update?: boolean;
}

export type ToMain =
  | { readonly type: "run"; readonly job: Job }
  /** This job was settled without main, and will not be heard of any more. */
  | { readonly type: "abandon"; readonly id: number; readonly file: string }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "exit"; readonly code: number };

export type ToWorker =
  | { readonly type: "done"; readonly id: number; readonly outcome: Outcome }
  | { readonly type: "pong"; readonly id: number }
  | (FromJob & { readonly type: "stream"; readonly name: "stdout" | "stderr"; readonly text: string })
  | (FromJob & { readonly type: "display"; readonly display: Display })
  | (FromJob & { readonly type: "clear"; readonly wait: boolean })
  | (FromJob & { readonly type: "comm"; readonly comm: CommMessage })
  | (FromJob & { readonly type: "input"; readonly prompt: string; readonly password: boolean })
  | (FromJob & { readonly type: "payload"; readonly payload: Payload });

/** Whose output it is: the job whose code asked for it, also long after that job's end. Without one it is the newest job's. */
interface FromJob {
  readonly job?: number;
}

/** The answer to an `input`, on a port of its own: main takes it while it is blocked and sees no other message. */
export type InputAnswer = { readonly value: string } | { readonly refused: string };

/** Indices into `Link.shared`. */
export const memory = {
  /** The weight of the output that main has posted and the worker has not yet sent. */
  outputInFlight: 0,
  /** The newest job that the worker has settled: main drops a `run` that is not newer. */
  settledJob: 1,
  /** 1 when an InputAnswer lies on the port. */
  inputReady: 2,
  /** 1 once the user has enabled async hooks: terminating a callback would then kill the process. */
  asyncHooksInUse: 3,
  /** Always 0, and never notified: to wait on. */
  never: 4,
  /** The newest job that main has begun. */
  begunJob: 5,
  /** Where the process's stderr led before cells took it over; 0: it is still 2. */
  logDescriptor: 6,
  /** What the worker wants main to give up: one of `stops`. */
  stopWanted: 7,
} as const;

/** What may be stopped: a cell that comes back from an await; any code of the user's; or what has kept main busy for long without any. */
export const stops = { nothing: 0, awaits: 1, users: 2, anything: 3 } as const;
/** Main's `stop` (host/stop.ts) under this name on globalThis, for the worker's session to call. */
export const stopHook = Symbol.for("below.stop");
export const stopExpression = 'globalThis[Symbol.for("below.stop")]()';

/** Weight of output on its way before its writer waits: 4 full stream messages, or 4000 tiny displays. */
export const outputLimit = 1024 * 1024;

const { Object } = globalThis; // as it is now: a cell may declare a name over it

/** The output messages: what `outputInFlight` counts. */
export type OutputMessage = Extract<ToWorker, { type: "stream" | "display" | "clear" | "comm" }>;

/** What an output message weighs in `outputInFlight`: its characters, and a fixed part so that tiny ones count too. */
export function weightOf(message: OutputMessage): number {
  const fixed = 256;
  if (message.type === "clear") return fixed;
  if (message.type === "stream") return fixed + message.text.length;
  if (message.type === "comm")
    return message.comm.buffers.reduce((sum, { byteLength }) => sum + byteLength, fixed);
  return Object.values(message.display.data).reduce<number>(
    (sum, data) => sum + (typeof data === "string" ? data.length : fixed),
    fixed,
  );
}

/** One end of the connection between the threads. */
export interface Link {
  readonly port: MessagePort;
  readonly inputPort: MessagePort;
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** What the worker is started with. */
export interface WorkerInput {
  readonly link: Link;
  readonly connectionFile: string;
  /** The process that wants this kernel: when it is gone, so are we. 0: nobody. */
  readonly parentPid: number;
  /** Where Node writes its report of a fatal error. */
  readonly reportFile: string;
  /** At which size of main's heap V8 ends the process. */
  readonly heapLimitBytes: number;
}
