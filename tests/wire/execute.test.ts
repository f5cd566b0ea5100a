/** Requests and replies, as jupyter_client sees them. The facts are execute.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("execute.py");

test("kernel_info is answered on shell and on control, and names protocol 5.5", (context) => {
  const { shell, control } = facts(context, "kernel_info");
  expect(shell).toMatchObject({
    status: "ok",
    protocol_version: "5.5",
    language_info: { name: "typescript", file_extension: ".ts" },
  });
  expect(control).toEqual(shell);
});

test("a cell is busy, input, result, idle, all with its parent, and then a reply", (context) => {
  const { messages, reply } = facts(context, "result");
  expect(messages).toMatchObject([
    { type: "status", execution_state: "busy" },
    { type: "execute_input", execution_count: 1, code: "const answer: number = 40; answer + 2" },
    { type: "execute_result", execution_count: 1, data: { "text/plain": "42" } },
    { type: "status", execution_state: "idle" },
  ]);
  expect(reply).toEqual({ status: "ok", execution_count: 1, payload: [], user_expressions: {} });
});

test("a silent cell runs, shows nothing and does not count; one without history only does not count", (context) => {
  const { before, silent, unstored, after } = facts(context, "silent");
  expect(silent).toMatchObject([{ status: "ok", execution_count: before }, []]);
  expect(unstored).toMatchObject([
    { status: "ok" },
    [{ type: "execute_result", data: { "text/plain": "2" } }],
  ]);
  expect(after).toBe((before as number) + 1);
});

test("user expressions are answered one by one, failures among them", (context) => {
  expect(facts(context, "expressions")["reply"]).toMatchObject({
    user_expressions: {
      good: { status: "ok", data: { "text/plain": "21" } },
      bad: { status: "error", ename: "ReferenceError" },
    },
  });
});

test("an error names the cell's own line and column, on iopub as in the reply, and no frame of ours", (context) => {
  const { reply, outputs } = facts(context, "error") as {
    reply: { execution_count: number; traceback: string[] };
    outputs: unknown;
  };
  expect(reply).toMatchObject({ status: "error", ename: "TypeError", evalue: "no" });
  expect(outputs).toMatchObject([
    { type: "error", ename: "TypeError", evalue: "no", traceback: reply.traceback },
  ]);
  const text = reply.traceback.join("\n");
  expect(text).toContain(`cell-${reply.execution_count}.ts:2:9`);
  expect(text).toContain(`cell-${reply.execution_count}.ts:4:1`);
  expect(text).not.toMatch(/node:|kernel\/|inspector/);
});

test("after an error what was queued is aborted, and what is sent later runs", (context) => {
  const { replies, outputs, next } = facts(context, "abort");
  expect(replies).toMatchObject([{ status: "error" }, { status: "aborted" }, { status: "aborted" }]);
  expect(outputs).toMatchObject([{ execution_state: "busy" }, { execution_state: "idle" }]);
  expect(next).toBe("ok");
});

test("with stop_on_error false the queue goes on", (context) => {
  expect(facts(context, "no abort")["statuses"]).toEqual(["error", "ok"]);
});

test("is_complete tells complete, invalid and incomplete apart", (context) => {
  expect(facts(context, "is_complete")["statuses"]).toEqual([
    "complete",
    "invalid",
    "incomplete",
    "incomplete",
    "complete",
  ]);
});

test("completion knows members of live values, counts code points, and calls no getter", (context) => {
  expect(facts(context, "complete")).toMatchObject({
    members: [["apple", "avocado"], 6, 7],
    nested: [expect.arrayContaining(["pit", "toString"]), 14, 14],
    optional: [["pit", "propertyIsEnumerable"], 16, 17],
    globals: [["shelf"], 0, 3],
    text: [["toUpperCase"], 4, 9],
    astral: [["apple"], 11, 13],
    middle: [["avocado"], 6, 8],
    accented: [expect.arrayContaining(["u"]), 2, 2],
    keyword: [["await"], 0, 4],
    getter: [[], 11, 11],
    call: [[], 8, 10],
    missing: [[], 8, 9],
    sprung: "'undefined'",
  });
});

test("inspection describes the live value under the cursor, and calls no getter", (context) => {
  const text = (value: string): object => ({ status: "ok", found: true, data: { "text/plain": value } });
  expect(facts(context, "inspect")).toMatchObject({
    function: text("function area(w: number, h: number): number"),
    source: { data: { "text/plain": expect.stringContaining("return w * h") } },
    value: text("(property) apple: number\n= 1"),
    object: { found: true, data: { "text/plain": expect.stringContaining("apple: 1") } },
    missing: { status: "ok", found: false, data: {} },
    getter: text("(accessor) trap: {}"),
    sprung: "'undefined'",
  });
});

test("history answers tail, range and search, with outputs when asked", (context) => {
  const { tail, range, search, unique, output } = facts(context, "history") as Record<
    string,
    [number, number, unknown][]
  >;
  expect(tail).toHaveLength(3);
  expect(range).toEqual(tail.slice(0, 2));
  expect(search.map(([, , input]) => input)).toEqual([expect.stringContaining("function area")]);
  expect(unique.map(([, , input]) => input)).toEqual(["1", "4", "2"]);
  expect(output).toEqual([[expect.any(Number), 2, ["1", "1"]]]);
});

test("a comm to an unknown target is closed, and none is listed", (context) => {
  const { outputs, info } = facts(context, "comms");
  expect(outputs).toContainEqual({ type: "comm_close", comm_id: "c1", data: {} });
  expect(info).toEqual({ status: "ok", comms: {} });
});

test("while a cell loops, output, heartbeat, control, completion and is_complete live, and an interrupt ends it", (context) => {
  expect(facts(context, "busy")).toMatchObject({
    output: [["stdout", "begun\n"]],
    heartbeat: true,
    info: "ok",
    complete: [["apple", "avocado"], 6, 7],
    is_complete: "incomplete",
    interrupt: { status: "ok" },
    reply: "Interrupted",
  });
});

test("TypeScript runs as it stands: enums, parameter properties, redeclared names, top-level await", (context) => {
  expect(facts(context, "types")).toMatchObject({
    answer: "'Pear 7'",
    redeclare: "'again'",
    class_: "3",
    awaited: "42",
    settled: "8",
    nothing: null,
    null: "null",
    shadow: "1",
    error: "error",
    alive: "{ a: [ 1 ] }",
  });
});
