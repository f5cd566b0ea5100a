/**
 * stdout and stderr between main and iopub: text in, `stream` messages out, in order.
 * A first text goes out at once; what follows within a moment is joined, so that an endless print neither floods a page
 * (JupyterLab takes some ten messages a second) nor delays what a cell says now and then. What a cell prints beyond
 * a limit is counted, not sent. Gives credit back to main when a message is on its way (host/output.ts).
 */
import { memory, type Link } from "../host/port.ts";
import type { Cell } from "./kernel.ts";

type Name = "stdout" | "stderr";
type Send = (name: Name, text: string, cell: Cell | undefined) => Promise<void>;

const joinMs = 100;
const joinChars = 256 * 1024;
/**
 * A burst goes out at once; then so much a second, main waiting meanwhile. Jupyter Server drops what exceeds 1 MB a second
 * over three, and a page that gets more is still drawing when its reader presses Stop.
 */
const burstChars = 2 * 2 ** 20;
const charsPerMs = 1000;
/** A page that shows more than this of one cell no longer scrolls; a notebook that keeps it no longer opens. */
const cellChars = 8 * 2 ** 20;

export class Streams {
  readonly #shared: Link["shared"];
  readonly #send: Send;
  #name: Name = "stdout";
  #cell: Cell | undefined;
  #text = "";
  /** What main is credited when the text is sent (host/port.ts). */
  #weight = 0;
  #timer: NodeJS.Timeout | undefined;
  #sentMs = 0;
  /** What may go out now; below 0 it has to be waited for. */
  #allowance = burstChars;
  /** Characters of each cell so far. */
  readonly #printed = new WeakMap<Cell, number>();

  constructor(shared: Link["shared"], send: Send) {
    this.#shared = shared;
    this.#send = send;
  }

  append(name: Name, text: string, cell: Cell | undefined, weight = 0): void {
    if (name !== this.#name || cell !== this.#cell) this.flush();
    this.#name = name;
    this.#cell = cell;
    this.#text += this.#within(text, cell);
    this.#weight += weight;
    const waitMs = this.#waitMs();
    if (waitMs <= 0 && (this.#text.length >= joinChars || this.#text === "")) this.flush();
    else
      this.#timer ??= setTimeout(
        () => this.#flushInTime(),
        Math.max(waitMs, this.#sentMs + joinMs - performance.now()),
      );
  }

  #flushInTime(): void {
    this.#timer = undefined;
    const waitMs = this.#waitMs();
    if (waitMs <= 0) this.flush();
    else this.#timer = setTimeout(() => this.#flushInTime(), waitMs);
  }

  #waitMs(): number {
    const earned = (performance.now() - this.#sentMs) * charsPerMs;
    return -Math.min(this.#allowance + earned, burstChars) / charsPerMs;
  }

  /** As append, for text that main has not put on the scales: its writer too waits when clients are slow. */
  take(name: Name, text: string, cell: Cell | undefined): void {
    Atomics.add(this.#shared, memory.outputInFlight, text.length);
    this.append(name, text, cell, text.length);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [text, weight] = [this.#text, this.#weight];
    this.#text = "";
    this.#weight = 0;
    if (text === "") return void (weight > 0 && this.credit(weight));
    this.#allowance = -this.#waitMs() * charsPerMs - text.length;
    this.#sentMs = performance.now();
    void this.#send(this.#name, text, this.#cell).finally(() => this.credit(weight));
  }

  /** Main may post `weight` more. */
  credit(weight: number): void {
    Atomics.sub(this.#shared, memory.outputInFlight, weight);
    Atomics.notify(this.#shared, memory.outputInFlight);
  }

  /** As much of `text` as the cell may still print; at the limit, a note. */
  #within(text: string, cell: Cell | undefined): string {
    if (!cell) return text;
    const before = this.#printed.get(cell) ?? 0;
    this.#printed.set(cell, before + text.length);
    if (before + text.length <= cellChars) return text;
    return before > cellChars ? "" : `${text.slice(0, cellChars - before)}${limitNote}`;
  }
}

const limitNote = `\nbelow: this cell has printed ${cellChars / 2 ** 20} million characters; what follows is left out; try writing to a file\n`;
