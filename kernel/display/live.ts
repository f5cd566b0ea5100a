/**
 * An async iterable as live output: `display(tokens())` shows what comes while it comes, under one display.
 * Strings are joined, as text that is written; of other values the last one stands. Redrawn at most ten times a second.
 */
import { toBundle, type MimeBundle } from "./bundle.ts";

const { performance, Reflect, Symbol } = globalThis; // as they are now: a cell may declare names over them
const redrawMs = 100;

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && safelyGet(value, Symbol.asyncIterator) !== undefined;
}

/** What `async function*` returns. A stream is one no less, but a cell that ends in it does not mean to read it. */
export function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return isAsyncIterable(value) && safelyGet(value, Symbol.toStringTag) === "AsyncGenerator";
}

/**
 * Reads `items` to their end and hands each state of the output to `publish`. Rejects as the iterable does, after
 * showing what came before.
 */
export async function showLive(
  items: AsyncIterable<unknown>,
  inspect: (value: unknown) => string,
  publish: (bundle: MimeBundle) => void,
): Promise<void> {
  let text = "";
  let latest: MimeBundle | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawnMs = -Infinity;
  const draw = (): void => {
    clearTimeout(timer);
    timer = undefined;
    drawnMs = performance.now();
    if (latest) publish(latest);
    latest = undefined;
  };
  try {
    for await (const item of items) {
      if (typeof item === "string") text += item;
      latest = typeof item === "string" ? { "text/plain": text } : await toBundle(item, inspect);
      const waitMs = drawnMs + redrawMs - performance.now();
      if (waitMs <= 0) draw();
      else timer ??= setTimeout(draw, waitMs); // the last item before a pause must not wait for the next
    }
  } finally {
    draw();
  }
}

function safelyGet(value: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined; // a proxy or getter that throws
  }
}
