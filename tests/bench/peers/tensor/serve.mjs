/**
 * `node serve.mjs MODULE THREADS`: one contestant behind lines of JSON. {"do":"prepare","task"} · {"do":"sample"} · {"do":"time","minMs"} →
 * {"ok":…} or {"fault":…}. A contestant's module exports prepare(task, threads) → { run, sample }. Only one thing runs at a time.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , module, threads] = process.argv;
const contestant = await import(pathToFileURL(module).href);
let current;

/** Milliseconds a run: the median of as many as fit in minMs, at least one. */
async function time(minMs) {
  const times = [];
  const start = performance.now();
  do {
    const before = performance.now();
    const pending = current.run();
    if (pending instanceof Promise) await pending;
    times.push(performance.now() - before);
  } while (performance.now() - start < minMs);
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

async function answer({ do: what, task, minMs }) {
  if (what === "prepare") {
    current?.dispose?.();
    current = undefined;
    current = await contestant.prepare(task, Number(threads));
    return true;
  }
  return what === "sample" ? [...(await current.sample())] : time(minMs);
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await answer(JSON.parse(line)).then(
    (ok) => ({ ok }),
    (error) => ({ fault: String(error?.message ?? error).split("\n")[0] }),
  );
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
process.exit(0);
