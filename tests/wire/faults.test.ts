/** What would end or damage an ordinary process, as jupyter_client sees it. The facts are faults.py's. */
import { expect, test, type TestContext } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("faults.py");
const capsDescriptors = process.platform === "linux";

test("endless recursion is the cell's error, a few lines long; the kernel lives", (context) => {
  const { ename, lines, alive } = facts(context, "stack overflow");
  expect({ ename, alive }).toEqual({ ename: "RangeError", alive: "'alive'" });
  expect(lines).toBeLessThan(20);
});

test.runIf(capsDescriptors)(
  "what a child process writes is in the cell that started it, before its end",
  (context) => {
    expect(facts(context, "child process")).toMatchObject({ stdout: "child\nown\n", stderr: "oops\n" });
    expect(facts(context, "late child")).toMatchObject({ text: "later\n", parent: "execute_request" });
  },
);

test.runIf(capsDescriptors)(
  "what is written past JavaScript's streams, as native code does, is in the cell",
  (context) => {
    expect(facts(context, "descriptors")).toMatchObject({
      stdout: "by descriptor\n",
      stderr: "also stderr\n",
    });
  },
);

test.runIf(capsDescriptors)("of a child's three million characters none is lost", (context) => {
  expect(facts(context, "child flood")).toMatchObject({ size: 3_000_000, next: "'next'" });
});

test("a timer's late line goes to the cell that set it, though another runs", (context) => {
  expect(facts(context, "late output beside a cell")["heard"]).toEqual([
    ["from the first\n", 0],
    ["from the second\n", 1],
  ]);
});

test("a cell may shadow what the kernel itself stands on; it is warned, and the kernel goes on", (context) => {
  expect(facts(context, "shadowed")).toMatchObject({
    result: ["'shadowed'"],
    warned: 7,
    next: "[ 2 ]",
    error: "TypeError",
  });
});

test("a redeclaration that fails leaves the old value", (context) => {
  expect(facts(context, "failed redeclaration")).toMatchObject({ ename: "Error", kept: "'old'", shape: "3" });
});

test("a timer that loops, left by a cell that has ended, does not keep the next cell for ever", (context) => {
  expect(facts(context, "abandoned timer")).toMatchObject({ answer: "'got through'" });
});

test("a cell may print 8 million characters; then a note, and the cell goes on", (context) => {
  const { size, note, result } = facts(context, "cap");
  expect(size).toBeLessThan(8 * 2 ** 20 + 200);
  expect(note).toMatch(/this cell has printed 8 million characters; what follows is left out/);
  expect(result).toEqual(["'end'"]);
});

test("with async hooks enabled a computing cell is given up, and that is said; the process survives", (context) => {
  expect(facts(context, "async hooks")).toMatchObject({
    status: "ok",
    evalue: expect.stringMatching(/^the cell was given up, but it still computes/),
    alive: "'alive'",
  });
});

test("a kernel that was stopped by SIGSTOP goes on where it was", (context) => {
  expect(facts(context, "SIGSTOP")).toMatchObject({ status: "ok", beating: true, result: "2" });
});

test.runIf(capsDescriptors)(
  "the kernel's end is its children's end, and no file of its own remains",
  (context) => {
    expect(facts(context, "children")).toMatchObject({ gone: true, left: [] });
  },
);

test("a cell that fills the heap is stopped before V8 ends the process: variables live, and freeing them helps", (context) => {
  expect(facts(context, "heap nearly full")).toMatchObject({
    ename: "OutOfMemory",
    evalue: expect.stringMatching(/^want at most 0\.4 GB of JavaScript values, got/),
    kept: "41",
    freed: "'freed'",
    next: "100000",
  });
});

/** What the next kernel says, once, after one that died. */
function deathNote(context: TestContext, promise: string): unknown {
  const { note, ...rest } = facts(context, promise);
  expect(rest).toMatchObject({ status: "ok", count: 1, again: "" });
  return note;
}

test("a kernel that died of memory is restarted, and the next one says which cell it was and why", (context) => {
  expect(deathNote(context, "out of memory")).toMatch(
    /^below: the kernel before this one ended while cell-\d+\.ts ran \(out of memory: .*heap.*\); its variables are gone\n$/,
  );
});

test("a kernel that died in native code is restarted, and the next one says which cell it was", (context) => {
  expect(deathNote(context, "native crash")).toMatch(/ended while cell-\d+\.ts ran \(killed, or a crash/);
  expect(facts(context, "after a crash nothing is left")["left"]).toEqual([]);
});

for (const signal of ["SIGHUP", "SIGTERM"]) {
  test(`${signal} ends a busy kernel in order: exit code 0, no socket left`, (context) => {
    expect(facts(context, signal)).toMatchObject({ code: 0, left: [] });
  });
}
