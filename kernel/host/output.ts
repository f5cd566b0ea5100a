/**
 * Everything that a cell shows, on its way from main to the worker: streams, displays, clears. Exact order, because it is one port.
 * Main waits when the worker is behind (backpressure), so an endless loop that prints cannot fill the memory.
 */
import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";
import { Console } from "node:console";
import type { CommMessage } from "../display/comm.ts";
import { memory, outputLimit, weightOf, type Display, type Link, type OutputMessage } from "./port.ts";

const waitSliceMs = 50;

// As they are now: a cell may declare names over them.
const { ArrayBuffer, Atomics, JSON, Uint8Array } = globalThis;
const nextTick = process.nextTick.bind(process);

export class Output {
  readonly #link: Link;
  readonly #job: () => { job?: number };

  /** `currentJob`: whose output it is that is written now. */
  constructor(link: Link, currentJob: () => number | undefined) {
    this.#link = link;
    this.#job = () => {
      const job = currentJob();
      return job === undefined ? {} : { job };
    };
  }

  stream(name: "stdout" | "stderr", text: string): void {
    if (text !== "") this.#post({ type: "stream", name, text, ...this.#job() });
  }

  display(display: Display): void {
    this.#post({ type: "display", display, ...this.#job() });
  }

  clear(wait: boolean): void {
    this.#post({ type: "clear", wait, ...this.#job() });
  }

  comm(comm: CommMessage): void {
    this.#post({ type: "comm", comm: plain(comm), ...this.#job() });
  }

  #post(message: OutputMessage): void {
    const { port, shared } = this.#link;
    port.postMessage(message);
    // After the post: an interrupt between the two then leaves the count too low, which only means a little more credit.
    let ahead = Atomics.add(shared, memory.outputInFlight, weightOf(message));
    while (ahead > outputLimit) {
      Atomics.wait(shared, memory.outputInFlight, ahead, waitSliceMs); // terminateExecution wakes it
      ahead = Atomics.load(shared, memory.outputInFlight);
    }
  }
}

/** What JSON cannot hold is told where it is sent; bytes are copied, so that the sender may go on writing into them. */
function plain(comm: CommMessage): CommMessage {
  const { data, metadata } = JSON.parse(
    JSON.stringify({ data: comm.data ?? {}, metadata: comm.metadata }),
  ) as CommMessage;
  return { ...comm, data, metadata, buffers: comm.buffers.map(bytesOf) };
}

function bytesOf(buffer: Uint8Array | ArrayBuffer): Uint8Array {
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  return bytes.slice();
}

/** `process.stdout` or `process.stderr` of a cell: hands text on at once and keeps split characters together. */
class CapturedStream extends Writable {
  readonly fd: number;
  readonly #decoder = new StringDecoder("utf8");
  readonly #emit: (text: string) => void;

  constructor(fd: number, emit: (text: string) => void) {
    super({ decodeStrings: false });
    this.fd = fd;
    this.#emit = emit;
  }

  override write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    this.#emit(typeof chunk === "string" ? chunk : this.#decoder.write(chunk as Buffer));
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") nextTick(done);
    return true;
  }
}

/**
 * Puts captured streams in place of the process's own, and a console that writes to them.
 * A console of our own: V8's inspector keeps every argument of the built-in one alive.
 */
export function captureStreams(output: Output): void {
  const stdout = new CapturedStream(1, (text) => output.stream("stdout", text));
  const stderr = new CapturedStream(2, (text) => output.stream("stderr", text));
  Object.defineProperty(process, "stdout", { value: stdout, configurable: true, enumerable: true });
  Object.defineProperty(process, "stderr", { value: stderr, configurable: true, enumerable: true });
  const console = new Console({ stdout, stderr, colorMode: false, ignoreErrors: false });
  Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });
}
