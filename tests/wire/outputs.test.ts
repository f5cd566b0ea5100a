/** What a cell shows and asks, as jupyter_client sees it. The facts are outputs.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("outputs.py");
/** A kernel at rest is some 100 MB; a queue that grows would pass this within the two seconds that nobody reads. */
const boundMB = 400;

test("stdout and stderr arrive in the order in which they were written", (context) => {
  expect(facts(context, "order")["outputs"]).toEqual([
    ["stdout", "out 1\n"],
    ["stderr", "err 1\n"],
    ["stdout", "out 2\n"],
    ["stderr", "err 2\n"],
    ["stdout", "raw"],
  ]);
});

test("a character that is written in two halves stays whole", (context) => {
  expect(facts(context, "split")["outputs"]).toEqual([["stdout", "€\n"]]);
});

test("of 50 000 lines none is lost, and they come in far fewer messages", (context) => {
  const { same, messages } = facts(context, "flood whole");
  expect(same).toBe(true);
  expect(messages).toBeLessThan(1000);
});

test("an endless loop that prints to a client that does not read stays within bounds, and can be interrupted", (context) => {
  const { resident, ...rest } = facts(context, "flood endless");
  expect(resident).toBeLessThan(boundMB);
  expect(rest).toMatchObject({ answered: { status: "ok" }, ename: "Interrupted", next: "2" });
});

test("displays, updates and clears come in order with the text between them", (context) => {
  expect(facts(context, "display")["outputs"]).toMatchObject([
    { type: "display_data", data: { "text/html": "<b>2</b>" }, transient: { display_id: "d" } },
    { type: "stream", name: "stdout", text: "between\n" },
    { type: "update_display_data", data: { "text/plain": "new" }, transient: { display_id: "d" } },
    { type: "clear_output", wait: true },
  ]);
});

test("a cell waits for a display that is made asynchronously", (context) => {
  expect(facts(context, "asynchronous display")["outputs"]).toMatchObject([
    { type: "display_data", data: { "text/html": "<i>late</i>" } },
    { type: "execute_result", data: { "text/plain": "1" } },
  ]);
});

test("a value's own bundle is its result, bytes as base64", (context) => {
  expect(facts(context, "own bundle")["outputs"]).toMatchObject([
    { type: "execute_result", data: { "image/png": "AQID" } },
  ]);
});

test("a raw display that is no bundle says what it wants", (context) => {
  expect(facts(context, "bad bundle")["reply"]).toMatchObject({
    ename: "TypeError",
    evalue: expect.stringMatching(/^display: want a bundle.*got number/),
  });
});

test("a bundle that JSON cannot hold is the cell's error, not the kernel's end", (context) => {
  expect(facts(context, "bundle that JSON cannot hold")).toMatchObject({
    reply: { ename: "TypeError" },
    alive: "1",
  });
});

test("below/display can be imported in a cell", (context) => {
  expect(facts(context, "imported")["outputs"]).toMatchObject([
    { data: { "text/markdown": "*m*" } },
    { data: { "text/latex": "$$x^2$$" } },
    { type: "execute_result", data: { "application/json": { a: [1] } } },
  ]);
});

test("any value can be shown: deep, long, hostile, without colours", (context) => {
  const shown = facts(context, "values");
  expect(shown).toMatchObject({
    map: expect.stringMatching(/^Map\(1\) \{\s+1 => \{\s+a: \[ 1, \[ 2, \[ 3 \] \] \]\s+\}\s+\}$/),
    array: "Float32Array(5) [ 0, 0, 0, 0, 0 ]",
    text: "'a\\nb'",
    getter: "{ bad: [Getter] }",
    proxy: "[ Proxy({}) ]",
    custom: expect.stringContaining("own fault"),
    error: expect.stringContaining("RangeError: kept, not thrown"),
    colours: "{ a: 'x', n: null }",
  });
  expect(shown["long"]).toBeLessThan(2000);
});

test("output that comes after a cell's end goes to that cell", (context) => {
  expect(facts(context, "late")).toMatchObject({ text: "late\n", parent: "execute_request" });
});

test("errors in callbacks and rejections that nobody handles are told on stderr with the cell's line; the kernel lives", (context) => {
  const { thrown, rejected, alive } = facts(context, "callbacks");
  expect(thrown).toMatchObject({
    name: "stderr",
    text: expect.stringMatching(/Uncaught in a callback: Error: in a timer\n.*cell-\d+\.ts:1:26/),
  });
  expect(rejected).toMatchObject({
    name: "stderr",
    text: expect.stringMatching(/Unhandled rejection: Error: nobody listens\n.*cell-\d+\.ts:1:21/),
  });
  expect(alive).toBe("'alive'");
});

test("process.exit in a cell or a callback is told, not done", (context) => {
  const evalue = "cell called process.exit(3); the kernel goes on; use Restart to end it";
  expect(facts(context, "exit")).toMatchObject({
    reply: { status: "error", ename: "ProcessExit", evalue },
    later: { name: "stderr", text: expect.stringContaining("cell called process.exit(4)") },
    alive: "'alive'",
  });
});

test("prompt asks the front end, also for secrets, and takes an answer of any length", (context) => {
  expect(facts(context, "prompt")).toMatchObject({
    questions: [
      { prompt: "Who? ", password: false },
      { prompt: "Key? ", password: true },
    ],
    status: "ok",
    start: "'Ada ééééé",
  });
});

test("prompt says so when the front end takes no questions", (context) => {
  expect(facts(context, "prompt refused")["reply"]).toMatchObject({
    status: "error",
    evalue: expect.stringMatching(/^prompt: want a front end that lets cells ask/),
  });
});

test("progress shows one line, updates it, and passes the items on", (context) => {
  const outputs = facts(context, "progress")["outputs"] as {
    type: string;
    data: Record<string, string>;
    transient?: object;
  }[];
  expect(outputs[0]).toMatchObject({
    type: "display_data",
    data: { "text/plain": expect.stringMatching(/^steps .* 1\/5/) },
  });
  expect(outputs.at(-2)).toMatchObject({
    type: "update_display_data",
    data: { "text/plain": expect.stringMatching(/^steps █+ 5\/5/) },
    transient: outputs[0].transient,
  });
  expect(outputs.at(-1)).toMatchObject({ type: "execute_result", data: { "text/plain": "10" } });
});

test("every client hears what one of them runs", (context) => {
  expect(facts(context, "two clients")["heard"]).toEqual([
    "status",
    "execute_input",
    "stream",
    "execute_result",
    "status",
  ]);
});
