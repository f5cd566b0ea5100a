/**
 * stdout and stderr between main and iopub: joins what comes within a moment, keeps the order of the two.
 * Text in, `stream` messages out; gives credit back to main when a message is on its way (host/output.ts).
 */
import { memory, type Link } from "../host/port.ts";

type Name = "stdout" | "stderr";

const joinMs = 10;
const joinChars = 64 * 1024;

export class Streams {
  readonly #shared: Link["shared"];
  readonly #send: (name: Name, text: string) => Promise<void>;
  #name: Name = "stdout";
  #text = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(shared: Link["shared"], send: (name: Name, text: string) => Promise<void>) {
    this.#shared = shared;
    this.#send = send;
  }

  append(name: Name, text: string): void {
    if (name !== this.#name) this.flush();
    this.#name = name;
    this.#text += text;
    if (this.#text.length >= joinChars) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), joinMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    void this.#send(this.#name, text).finally(() => this.credit(text.length));
  }

  /** Main may post `size` more characters. */
  credit(size: number): void {
    Atomics.sub(this.#shared, memory.outputInFlight, size);
    Atomics.notify(this.#shared, memory.outputInFlight);
  }
}
