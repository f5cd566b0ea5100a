/**
 * A loop that tells how far it is: `for (const step of progress(1000, "train")) …`.
 * Items in, the same items out; one line of text in the notebook, rewritten at most ten times a second. Silent without a host.
 */
import { findHost, type DisplayHost } from "./host.ts";

const redrawMs = 100;
const barWidth = 24;
let bars = 0; // only to tell displays apart

/** Counts 0 … total − 1, or passes on the items of an iterable, and shows count, rate (items a second) and time left. */
export function progress(total: number, label?: string): Iterable<number>;
export function progress<T>(items: Iterable<T>, label?: string): Iterable<T>;
export function progress<T>(items: AsyncIterable<T>, label?: string): AsyncIterable<T>;
export function progress(
  items: number | Iterable<unknown> | AsyncIterable<unknown>,
  label = "",
): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof items === "number") return walk(countTo(items), new Bar(items, label));
  if (Symbol.asyncIterator in items) return walkAsync(items, new Bar(undefined, label));
  return walk(items, new Bar(knownLength(items), label));
}

/** The line for `done` of `total` items after `seconds`. Pure: the text is what a test reads. */
export function progressLine(
  label: string,
  done: number,
  total: number | undefined,
  seconds: number,
): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${rate.toPrecision(3)}/s`;
  const parts =
    total === undefined
      ? [`${done}`, speed, `${seconds.toFixed(1)} s`]
      : [
          `${bar(done, total)} ${done}/${total}`,
          speed,
          done < total && rate > 0
            ? `${((total - done) / rate).toFixed(1)} s left`
            : `${seconds.toFixed(1)} s`,
        ];
  return [label, parts.join(" · ")].filter(Boolean).join(" ");
}

function bar(done: number, total: number): string {
  const full = total > 0 ? Math.min(barWidth, Math.floor((done / total) * barWidth)) : barWidth;
  return "█".repeat(full) + "░".repeat(barWidth - full);
}

class Bar {
  readonly #host: DisplayHost | undefined = findHost();
  readonly #displayId = `below-progress-${++bars}-${Date.now()}`;
  readonly #total: number | undefined;
  readonly #label: string;
  readonly #startMs = performance.now();
  #done = 0;
  #drawnMs = -Infinity;
  #shown = false;

  constructor(total: number | undefined, label: string) {
    this.#total = total;
    this.#label = label;
  }

  step(): void {
    this.#done++;
    if (performance.now() - this.#drawnMs >= redrawMs) this.draw();
  }

  draw(): void {
    if (!this.#host) return;
    this.#drawnMs = performance.now();
    const text = progressLine(this.#label, this.#done, this.#total, (this.#drawnMs - this.#startMs) / 1000);
    this.#host.publish({
      data: { "text/plain": text },
      metadata: {},
      displayId: this.#displayId,
      ...(this.#shown ? { update: true } : {}),
    });
    this.#shown = true;
  }
}

function* walk<T>(items: Iterable<T>, bar: Bar): Generator<T> {
  try {
    for (const item of items) {
      yield item;
      bar.step();
    }
  } finally {
    bar.draw(); // also after break or an error: the last line tells how far it came
  }
}

async function* walkAsync<T>(items: AsyncIterable<T>, bar: Bar): AsyncGenerator<T> {
  try {
    for await (const item of items) {
      yield item;
      bar.step();
    }
  } finally {
    bar.draw();
  }
}

function* countTo(total: number): Generator<number> {
  for (let i = 0; i < total; i++) yield i;
}

function knownLength(items: Iterable<unknown>): number | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : undefined;
}
