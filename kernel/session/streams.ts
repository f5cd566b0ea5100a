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
  /** What main is credited when the text is sent (host/port.ts). */
  #weight = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(shared: Link["shared"], send: (name: Name, text: string) => Promise<void>) {
    this.#shared = shared;
    this.#send = send;
  }

  append(name: Name, text: string, weight = 0): void {
    if (name !== this.#name) this.flush();
    this.#name = name;
    this.#text += text;
    this.#weight += weight;
    if (this.#text.length >= joinChars) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), joinMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#text === "") return;
    const [text, weight] = [this.#text, this.#weight];
    this.#text = "";
    this.#weight = 0;
    void this.#send(this.#name, text).finally(() => this.credit(weight));
  }

  /** Main may post `weight` more. */
  credit(weight: number): void {
    Atomics.sub(this.#shared, memory.outputInFlight, weight);
    Atomics.notify(this.#shared, memory.outputInFlight);
  }
}
