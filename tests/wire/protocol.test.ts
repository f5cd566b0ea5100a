/** Subshells, comms, history, usage and the launcher's handshake, as jupyter_client sees them. The facts are protocol.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("protocol.py");

test("kernel_info names subshells as a feature, and they are made, listed and deleted", (context) => {
  expect(facts(context, "features")["features"]).toContain("kernel subshells");
  expect(facts(context, "subshells")).toMatchObject({ made: "ok", different: true, listed: true });
  expect(facts(context, "deleted")).toMatchObject({
    deleted: { status: "ok" },
    again: "error",
    left: true,
    run: "UnknownSubshell",
  });
});

test("each subshell counts its own cells and keeps its own history; names are shared", (context) => {
  expect(facts(context, "counts")).toMatchObject({ main: 2, one: [1, 2], other: 1, shared: "2" });
  expect(facts(context, "subshell history")).toMatchObject({
    one: ["10", "11"],
    other: ["20", "losses.length"],
  });
});

test("while a cell computes, a subshell reads values and sees them move", (context) => {
  expect(facts(context, "glance")).toMatchObject({
    number: "0.25",
    moving: true,
    object: "{ shape: Array(2), label: 'w' }",
    text: "'w'",
    array: "[ 1, 0.5 ]",
    map: "Map(1) { 'a' => 1 }",
    nothing: [],
  });
});

test("while a cell computes, a subshell changes nothing, and says why not", (context) => {
  const refused = expect.stringMatching(
    /^SubshellBusy: .*it would change something; try when the cell awaits/,
  );
  expect(facts(context, "glance")).toMatchObject({
    change: refused,
    call: refused,
    declare: refused,
    missing: expect.stringContaining("Cannot find name 'nowhere'"),
  });
  expect(facts(context, "glance left")).toMatchObject({
    ename: "Interrupted",
    late: "'undefined'",
    losses: "[ 0.5, 0.25 ]",
  });
});

test("while a cell awaits, a subshell runs whole cells; each one's output is its own", (context) => {
  expect(facts(context, "beside an awaiting cell")).toMatchObject({
    sub: [[["stdout", "sub\n"]], "ok"],
    main: [[["stdout", "main\n"]], "ok"],
    made: "[ 1, 2 ]",
  });
});

test("an error aborts what is queued in its own subshell only", (context) => {
  expect(facts(context, "abort in one")["statuses"]).toEqual(["error", "aborted", "ok"]);
});

test("usage and connect requests are answered", (context) => {
  expect(facts(context, "usage")).toMatchObject({
    pid: true,
    memory: true,
    host: ["available", "free", "percent", "total", "used"],
    cpu: true,
  });
  expect(facts(context, "connect")["same"]).toBe(true);
});

test("a comm that a cell opens carries data and bytes both ways, and is listed until it is closed", (context) => {
  expect(facts(context, "comm from the kernel")).toMatchObject({
    target: "from.kernel",
    data: { n: 1 },
    info: true,
    other: {},
  });
  expect(facts(context, "comm both ways")).toMatchObject({
    echoed: [
      ["stream", "heard\n"],
      ["comm_msg", { echo: { x: 7 } }],
    ],
    heard: "[ [ { x: 7 }, 9, 8 ] ]",
  });
  expect(facts(context, "comm closed")).toMatchObject({
    outputs: [],
    heard: "'closed'",
    info: {},
    send: expect.stringMatching(/^comm: want an open comm to send by, got from\.kernel, closed/),
  });
});

test("a message of an open comm reaches a cell that awaits it", (context) => {
  expect(facts(context, "comm beside an awaiting cell")["status"]).toBe("ok");
});

test("a client opens a comm to a registered target; a listener that loops can be interrupted", (context) => {
  expect(facts(context, "comm from the client")).toMatchObject({
    welcome: [["comm_msg", { welcome: { hi: 1 } }]],
    listed: true,
  });
  expect(facts(context, "comm that loops")).toMatchObject({ ended: "idle", next: "'free'" });
});

test("a cell can ask for a page and for the next cell", (context) => {
  expect(facts(context, "next input")["payload"]).toEqual([
    { source: "set_next_input", text: "1 + 1", replace: false },
    { source: "page", data: { "text/plain": "'read me'" }, start: 0 },
  ]);
});

test("contents of the wrong kinds, unknown requests and oversized messages harm nothing", (context) => {
  expect(facts(context, "odd contents")["alive"]).toBe("'alive'");
  expect(facts(context, "oversized")).toMatchObject({ refused: true, alive: "'alive'" });
});

test("kernels of one project, also two at once, share a history on disk; a session is one kernel's", (context) => {
  const both = ["'from the first'", "'from the second'"];
  expect(facts(context, "history of two")).toMatchObject({ first: both, second: both, own: [both[1]] });
});

test("after kill -9 the history holds also the cell that ran", (context) => {
  expect(facts(context, "history after a crash")["rows"]).toEqual([
    "'from the second'",
    "process.kill(process.pid, 'SIGKILL')",
  ]);
});

const ports = ["control_port", "hb_port", "iopub_port", "shell_port", "stdin_port"];

test("a launcher with a registration port is told the five ports that the kernel chose; a client works by them", (context) => {
  expect(facts(context, "registration")).toMatchObject({
    type: "handshake_request",
    ports,
    answered: "ok",
    code: 0,
    left: [],
  });
});

test("a kernel that its launcher refuses says so and ends", (context) => {
  expect(facts(context, "registration refused")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/registration: want a handshake_reply with status "ok", got "error"\n$/),
    left: [],
  });
});
