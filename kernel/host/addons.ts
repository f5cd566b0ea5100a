/**
 * Keeps the loops of native add-ons going: Dawn (the `webgpu` package) looks for finished GPU work in an immediate that queues the
 * next while work is left, and remembers that one is queued. A stop may hit the very moment when a cell's call makes it queue
 * its first: it would wait for that one for ever, and with it every later GPU computation. So its last immediate is called again:
 * it looks for work and goes on if there is some, and does nothing otherwise.
 */
type Immediate = (...args: unknown[]) => unknown;

const mostEnds = 8;
const { Function, Object } = globalThis; // as they are now: a cell may declare names over them

export class AddonLoops {
  readonly #queue: (callback: () => void) => unknown;
  /** Immediates that queued no other, newest last: where loops have ended, or were cut off. */
  #ends: Immediate[] = [];
  #goesOn = false;

  /** `queue`: Node's own setImmediate. */
  constructor(queue: (callback: () => void) => unknown) {
    this.#queue = queue;
  }

  /** For an add-on's callback, what to queue in its place; undefined for one written in JavaScript. */
  watch(callback: Immediate): Immediate | undefined {
    if (!isNative(callback)) return undefined;
    this.#goesOn = true;
    return (...args) => this.#run(callback, args);
  }

  /** Calls in a moment what may have been cut off. */
  takeUp(): void {
    const ends = this.#ends;
    this.#ends = [];
    for (const end of ends) this.#queue(() => this.#run(end, []));
  }

  #run(callback: Immediate, args: unknown[]): void {
    this.#goesOn = false;
    callback(...args);
    if (this.#goesOn) return;
    this.#ends = [...this.#ends.slice(1 - mostEnds), callback];
  }
}

/** A function of an add-on has no source, as a bound function has none, but has a `prototype` as that has not. */
function isNative(callback: Immediate): boolean {
  return (
    Object.hasOwn(callback, "prototype") &&
    Function.prototype.toString.call(callback).endsWith("{ [native code] }")
  );
}
