/** Interrupts, as jupyter_client sends them. The facts are interrupts.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("interrupts.py");

const places = [
  "sync loop",
  "earlier function",
  "try and catch",
  "allocation",
  "JSON",
  "sort callback",
  "generator",
  "regular expression",
  "WebAssembly",
  "Atomics.wait",
  "await never",
  "after await",
  "await null loop",
  "microtask",
  "nextTick",
  "timer",
  "immediate",
  "second immediate",
  "file callback",
  "printing",
  "displaying",
  "busy with a Jupyter.display",
  "sleeping loop",
];

for (const place of places) {
  test(`an interrupt stops a cell that is busy in: ${place}; state, promises and timers live on`, (context) => {
    const { ename, health, want } = facts(context, place);
    expect({ ename, health }).toEqual({ ename: "Interrupted", health: want });
  });
}

test("what was interrupted stays stopped, also a loop that only slept", (context) => {
  const { before, after } = facts(context, "no zombie");
  expect(after).toBe(before);
});

test("an interval of an interrupted cell ends with it", (context) => {
  const { ename, began, before, after } = facts(context, "interval");
  expect({ ename, began, after }).toEqual({ ename: "Interrupted", began: true, after: before });
});

test("timers, though each callback may be stopped by itself, are Node's to a cell", (context) => {
  expect(facts(context, "timers")).toMatchObject({ said: "'setTimeout,true,value,Timeout,2,3'" });
});

test("a later cell that wakes an interrupted one is not harmed", (context) => {
  expect(facts(context, "zombie beside a cell")).toMatchObject({ first: "Interrupted", other: "'done'" });
});

test("a timer that an interrupted cell left, and that loops, is stopped while nothing runs", (context) => {
  expect(facts(context, "zombie timer")).toMatchObject({ ename: "Interrupted", next: "'free'", name: "1" });
});

test("an interrupted question is over: its late answer does not answer the next one", (context) => {
  expect(facts(context, "prompt")).toMatchObject({ first: "Interrupted", second: "'in time'" });
});

test("an interrupt with nothing to stop is answered and harms nothing", (context) => {
  expect(facts(context, "idle")).toMatchObject({ reply: { status: "ok" }, next: "'fine'" });
});

test("a name that an interrupted cell did not come to declare keeps its old value", (context) => {
  expect(facts(context, "names")).toMatchObject({ ename: "Interrupted", old: "'kept'", still: "'kept'" });
});

test("what is queued behind an interrupted cell is aborted", (context) => {
  expect(facts(context, "queue")).toMatchObject({
    replies: ["error", "aborted"],
    second: "'undefined'",
    next: "1",
  });
});

test("SIGINT does the same as a message, also while main is busy", (context) => {
  expect(facts(context, "SIGINT")).toMatchObject({ ename: "Interrupted", next: "'alive'" });
});

test("of 60 interrupts at random moments none is lost and none does harm", (context) => {
  const { want, ...seen } = facts(context, "random");
  expect(seen).toMatchObject({ enames: ["Interrupted"], count: 60, health: want });
});

test("where the user has async hooks enabled, a cell that waits is settled and the process survives", (context) => {
  expect(facts(context, "async hooks")).toMatchObject({
    enabled: "1",
    ename: "Interrupted",
    alive: "'alive'",
  });
});
