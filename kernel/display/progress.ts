/**
 * A loop that tells how far it is: `for (const step of progress(1000, "train")) …`.
 * Items in, the same items out; one line of text in the notebook, rewritten at most ten times a second. A bar inside another's
 * loop has one line too, which each turn of the outer loop uses again. Silent without a host; where nobody watches (CI) the last line only.
 */
import { findHost, newDisplayId, type DisplayHost } from "./host.ts";

const redrawMs = 100;
const barWidth = 24;

/** Counts 0 … total − 1, or passes on the items of an iterable, and shows count, rate (items a second) and time left. */
export function progress(total: number, label?: string): Iterable<number>;
export function progress<T>(items: Iterable<T>, label?: string): Iterable<T>;
export function progress<T>(items: AsyncIterable<T>, label?: string): AsyncIterable<T>;
export function progress(
  items: number | Iterable<unknown> | AsyncIterable<unknown>,
  label = "",
): Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof items === "number") return { [Symbol.iterator]: () => walk(countTo(items), items, label) };
  if (Symbol.asyncIterator in items)
    return { [Symbol.asyncIterator]: () => walkAsync(items, knownLength(items), label) };
  return { [Symbol.iterator]: () => walk(items, knownLength(items), label) };
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
  const isOpen = total !== undefined && done < total && rate > 0;
  const count = total === undefined ? `${done}` : `${bar(done, total)} ${done}/${total}`;
  const time = isOpen ? `${duration((total - done) / rate)} left` : duration(seconds);
  return [label, [count, speed, time].join(" · ")].filter(Boolean).join(" ");
}

function bar(done: number, total: number): string {
  const full = total > 0 ? Math.min(barWidth, Math.floor((done / total) * barWidth)) : barWidth;
  return "█".repeat(full) + "░".repeat(barWidth - full);
}

/** `4.2 s`, `3 min 05 s`, `2 h 07 min`. */
function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const [whole, unit, part, rest] =
    seconds < 3600
      ? [seconds / 60, "min", Math.floor(seconds % 60), "s"]
      : [seconds / 3600, "h", Math.floor((seconds % 3600) / 60), "min"];
  return `${Math.floor(whole)} ${unit} ${String(part).padStart(2, "0")} ${rest}`;
}

/** A line of the notebook that one bar at a time writes on. */
interface Line {
  readonly displayId: string;
  isShown: boolean;
  isTaken: boolean;
}

/**
 * The lines of the loops that run now: the outermost bar's, then those of bars inside it or beside it. A bar that starts takes
 * the first that is free; when no bar runs, the lines stay as they are and the next bar begins anew.
 * On globalThis, because an edited copy of this module must see the same.
 */
interface Running {
  lines: Line[];
}

const runningKey = Symbol.for("below.progress");

function running(): Running {
  const found = Reflect.get(globalThis, runningKey) as Running | undefined;
  if (found) return found;
  const made: Running = { lines: [] };
  Reflect.defineProperty(globalThis, runningKey, { value: made });
  return made;
}

/** An interrupt ends a loop without its last words: its bar must not take the next one for its own. */
export function forgetBars(): void {
  running().lines = [];
}

class Bar {
  readonly #host: DisplayHost | undefined = findHost();
  readonly #total: number | undefined;
  readonly #label: string;
  readonly #startMs = performance.now();
  readonly #line: Line;
  #done = 0;
  #drawnMs = -Infinity;

  constructor(total: number | undefined, label: string) {
    this.#total = total;
    this.#label = label;
    this.#line = takeLine();
    if (this.#host?.isLive !== false) this.#draw();
  }

  step(): void {
    this.#done++;
    if (this.#host?.isLive !== false && performance.now() - this.#drawnMs >= redrawMs) this.#draw();
  }

  /** Also after break or an error: the last line tells how far it came. */
  end(): void {
    this.#line.isTaken = false;
    this.#draw();
  }

  #draw(): void {
    if (!this.#host) return;
    this.#drawnMs = performance.now();
    const text = progressLine(this.#label, this.#done, this.#total, (this.#drawnMs - this.#startMs) / 1000);
    this.#host.publish({
      data: { "text/plain": text },
      metadata: {},
      displayId: this.#line.displayId,
      ...(this.#line.isShown ? { update: true } : {}),
    });
    this.#line.isShown = true;
  }
}

function takeLine(): Line {
  const state = running();
  if (!state.lines.some(({ isTaken }) => isTaken)) state.lines = [];
  const free = state.lines.find(({ isTaken }) => !isTaken);
  const line = free ?? { displayId: newDisplayId(), isShown: false, isTaken: true };
  line.isTaken = true;
  if (!free) state.lines.push(line);
  return line;
}

function* walk<T>(items: Iterable<T>, total: number | undefined, label: string): Generator<T> {
  const bar = new Bar(total, label);
  try {
    for (const item of items) {
      yield item;
      bar.step();
    }
  } finally {
    bar.end();
  }
}

async function* walkAsync<T>(
  items: AsyncIterable<T>,
  total: number | undefined,
  label: string,
): AsyncGenerator<T> {
  const bar = new Bar(total, label);
  try {
    for await (const item of items) {
      yield item;
      bar.step();
    }
  } finally {
    bar.end();
  }
}

function* countTo(total: number): Generator<number> {
  for (let i = 0; i < total; i++) yield i;
}

function knownLength(items: object): number | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof length === "number" ? length : typeof size === "number" ? size : undefined;
}
