/** An add-on's loop of immediates, as Dawn's AsyncRunner is written, meets a stop. */
import { expect, test } from "vitest";
import { AddonLoops } from "./addons.ts";

/** A function without source that has a `prototype`, as an add-on's are. */
function native(callback: () => void): () => void {
  return Object.defineProperty(callback.bind(undefined), "prototype", { value: {} });
}

/** Queues one immediate at a time while `tasks` are left; `isCut`: the call that queues it is cut off. */
function runner(loops: AddonLoops, immediates: (() => void)[]) {
  let isQueued = false;
  const state = { tasks: 0, isCut: false, queue };
  function queue(): void {
    if (isQueued) return;
    isQueued = true;
    if (state.isCut) return;
    const callback = native(() => {
      isQueued = false;
      if (state.tasks-- > 0) queue();
    });
    const watched = loops.watch(callback)!;
    immediates.push(() => void watched());
  }
  return state;
}

test("an add-on whose immediate a stop took away is called again, and its loop goes on to its end", () => {
  const immediates: (() => void)[] = [];
  const loops = new AddonLoops((callback) => immediates.push(callback));
  const drain = (): void => {
    for (let next = immediates.shift(); next; next = immediates.shift()) next();
  };
  const addon = runner(loops, immediates);
  addon.tasks = 3;
  addon.queue();
  drain();
  expect(addon.tasks).toBe(-1);

  Object.assign(addon, { tasks: 5, isCut: true });
  addon.queue(); // it now believes that one is queued
  addon.isCut = false;
  addon.queue();
  drain();
  expect(addon.tasks).toBe(5);

  loops.takeUp();
  drain();
  expect(addon.tasks).toBe(-1);
  loops.takeUp(); // with nothing to do: it is asked, and ends
  drain();
  expect(immediates).toEqual([]);
});

test("callbacks written in JavaScript, bound ones among them, are not an add-on's", () => {
  const loops = new AddonLoops(() => undefined);
  const named = function (this: unknown): unknown {
    return this;
  };
  for (const callback of [() => 1, named, named.bind(undefined)])
    expect(loops.watch(callback)).toBeUndefined();
});
