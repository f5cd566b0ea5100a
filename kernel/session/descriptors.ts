/**
 * What native code and child processes write to descriptors 1 and 2 → the running cell's stdout and stderr.
 * Both descriptors become pipes that this worker reads; the kernel's own log goes on to where 2 led before (log.ts).
 * Needs dup2, which Node offers only by its foreign function interface: Linux, Node 26. Elsewhere such output goes to the
 * server's log, as it does with other kernels.
 */
import { closeSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { log, logTo } from "./log.ts";

type Name = "stdout" | "stderr";
type Take = (name: Name, text: string) => void;

export interface Descriptors {
  /** Takes what lies in the pipes now: a cell ends after what its children have written. */
  readonly drain: () => void;
  readonly close: () => void;
}

/** As much as a pipe holds. */
const bytes = Buffer.alloc(64 * 1024);
const pausedMs = 20;
// From <fcntl.h> of Linux, the same on x64 and arm64.
const dupAboveCloseOnExec = 1030;
const closeOnExec = 0o2000000;

interface Library {
  dup2(from: number, to: number): number;
  pipe2(ends: bigint, flags: number): number;
  fcntl(descriptor: number, command: number, argument: number): number;
}

/** `isFull`: whether the reader is behind; the pipes then fill and their writers wait. undefined where it cannot be done. */
export function captureDescriptors(take: Take, isFull: () => boolean): Descriptors | undefined {
  try {
    const library = process.platform === "linux" ? openLibrary() : undefined;
    if (!library) return undefined;
    const { c, address } = library;
    logTo(c.fcntl(2, dupAboveCloseOnExec, 3));
    const pipes = (["stdout", "stderr"] as const).map((name, index) => {
      const ends = new Int32Array(2);
      if (c.pipe2(address(ends.buffer), closeOnExec) !== 0) throw new Error("pipe2 failed");
      c.dup2(ends[1], index + 1);
      closeSync(ends[1]);
      return new PipeReader(ends[0], (text) => take(name, text), isFull);
    });
    return {
      drain: () => pipes.forEach((pipe) => pipe.drain()),
      close: () => pipes.forEach((pipe) => pipe.close()),
    };
  } catch (error) {
    log(`output of native code and child processes stays in this log: ${String(error)}`);
    return undefined;
  }
}

class PipeReader {
  readonly #descriptor: number;
  readonly #socket: Socket;
  readonly #decoder = new StringDecoder("utf8");
  readonly #take: (text: string) => void;

  constructor(descriptor: number, take: (text: string) => void, isFull: () => boolean) {
    this.#descriptor = descriptor;
    this.#take = take;
    this.#socket = new Socket({ fd: descriptor, readable: true, writable: false });
    this.#socket.unref();
    this.#socket.on("error", () => undefined); // the pipe's other end is ours: it closes with us
    this.#socket.on("data", (bytes: Buffer) => {
      this.#give(bytes);
      if (isFull()) this.#pause(isFull);
    });
  }

  drain(): void {
    for (let length = this.#read(bytes); length > 0; length = this.#read(bytes))
      this.#give(bytes.subarray(0, length));
  }

  close(): void {
    this.#socket.destroy();
  }

  #give(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    if (text !== "") this.#take(text);
  }

  #read(bytes: Buffer): number {
    try {
      return this.#socket.destroyed ? 0 : readSync(this.#descriptor, bytes);
    } catch {
      return 0; // EAGAIN: the pipe is empty
    }
  }

  #pause(isFull: () => boolean): void {
    this.#socket.pause();
    const timer = setInterval(() => {
      if (isFull()) return;
      clearInterval(timer);
      this.#socket.resume();
    }, pausedMs);
    timer.unref();
  }
}

/** undefined in a Node that has no foreign functions. */
function openLibrary(): { c: Library; address: (buffer: ArrayBufferLike) => bigint } | undefined {
  const ffi = process.getBuiltinModule("node:ffi") as typeof import("node:ffi") | undefined;
  if (!ffi) return undefined;
  const { functions } = ffi.dlopen(null, {
    dup2: { arguments: ["i32", "i32"], return: "i32" },
    pipe2: { arguments: ["pointer", "i32"], return: "i32" },
    fcntl: { arguments: ["i32", "i32", "i32"], return: "i32" },
  });
  return {
    c: functions as unknown as Library,
    address: (buffer) => ffi.getRawPointer(buffer as ArrayBuffer),
  };
}
