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
    error: expect.stringMatching(/^RangeError: kept, not thrown\n[^]*Caused by: TypeError: the cause/),
    nested: "{ reason: [RangeError: inside] }",
    colours: "{ a: 'x', n: null }",
    pledge: "[ Promise { 1 }, Promise { <pending> } ]",
    classes: "[ [class A], [Function: f], 1970-01-01T00:00:00.000Z ]",
    cycle: "<ref *1> { inner: { back: [Circular *1] } }",
  });
  expect(shown["error"]).not.toMatch(/node:|kernel\/|node_modules/);
  expect(shown["error"]).toMatch(/at cell-\d+\.ts:1:1/);
  expect(shown["keys"]).toBeLessThan(5000);
  expect(shown["long"]).toBeLessThan(2000);
});

test("no global Deno: a library that looks for the runtime must not find one", (context) => {
  expect(facts(context, "no false runtime")).toMatchObject({
    deno: "'undefined'",
    jupyter: "8",
    still: "'undefined'",
  });
});

test("records are a table beside their text", (context) => {
  expect(facts(context, "tables")["outputs"]).toEqual([
    expect.objectContaining({
      type: "execute_result",
      data: {
        "text/plain": "[ { name: 'Ada', born: 1815 }, { name: 'Alan', born: 1912 } ]",
        "text/html": expect.stringMatching(/^<table><caption>2 records<\/caption>.*1815.*<\/table>$/),
      },
    }),
  ]);
});

test("a handle updates and clears its own output, and is no result", (context) => {
  const outputs = facts(context, "handle")["outputs"] as { transient: { display_id: string } }[];
  expect(outputs).toMatchObject([
    { type: "display_data", data: { "text/plain": "'0 %'" } },
    { type: "update_display_data", data: { "text/plain": "'50 %'" } },
    { type: "update_display_data", data: { "text/plain": "" } },
  ]);
  expect(new Set(outputs.map(({ transient }) => transient.display_id)).size).toBe(1);
});

test("a cell that ends in an async generator shows it as it comes, and fails as it fails; a stream is left unread", (context) => {
  const { outputs, failed, unread } = facts(context, "live") as {
    outputs: { type: string; data: object }[];
    failed: [object, { type: string }[]];
    unread: string;
  };
  expect(outputs.map(({ type }) => type.replace("update_", ""))).toEqual(outputs.map(() => "display_data"));
  expect(outputs.at(-1)!.data).toEqual({ "text/plain": "token" });
  expect(failed[0]).toMatchObject({ status: "error", evalue: "cut off" });
  expect(failed[1]).toMatchObject([{ data: { "text/plain": "half" } }, { type: "error" }]);
  expect(unread).toBe("false");
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
    data: { "text/plain": expect.stringMatching(/^steps .* 0\/5/) },
  });
  expect(outputs.at(-2)).toMatchObject({
    type: "update_display_data",
    data: { "text/plain": expect.stringMatching(/^steps █+ 5\/5/) },
    transient: outputs[0].transient,
  });
  expect(outputs.at(-1)).toMatchObject({ type: "execute_result", data: { "text/plain": "10" } });
});

test("a bar inside a loop with a bar has one line; in CI a bar says its last line only", (context) => {
  const nested = facts(context, "progress")["nested"] as { transient: { display_id: string } }[];
  expect(new Set(nested.map(({ transient }) => transient.display_id)).size).toBe(2);
  expect(facts(context, "progress in CI")["outputs"]).toMatchObject([
    { type: "display_data", data: { "text/plain": expect.stringMatching(/^quiet █+ 5\/5/) } },
  ]);
});

test("a bar whose loop was interrupted does not lend its line to the next", (context) => {
  const { stopped, outputs } = facts(context, "progress after an interrupt") as {
    stopped: { data: Record<string, string>; transient: object };
    outputs: readonly object[];
  };
  expect(stopped.data["text/plain"]).toMatch(/^stopped /);
  expect(outputs[0]).toMatchObject({
    type: "display_data",
    data: { "text/plain": expect.stringMatching(/^next /) },
  });
  expect(outputs[0]).not.toMatchObject({ transient: stopped.transient });
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
