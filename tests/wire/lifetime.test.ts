/** How a kernel ends, and what it leaves: nothing. The facts are lifetime.py's. */
import { expect, test } from "vitest";
import { scenario } from "./scenario.ts";

const facts = scenario("lifetime.py");
const sockets = 5;

const requests = [
  ["shutdown on control", false],
  ["shutdown on shell", true],
  ["shutdown while busy", false],
  ["shutdown while waiting", false],
] as const;
for (const [promise, restart] of requests) {
  test(`${promise}: a reply, exit code 0, and no socket left`, (context) => {
    expect(facts(context, promise)).toMatchObject({
      reply: { status: "ok", restart },
      code: 0,
      before: sockets,
      left: [],
    });
  });
}

test("an exit handler that loops does not keep the kernel: it is killed", (context) => {
  expect(facts(context, "shutdown past an exit handler that loops")).toMatchObject({
    reply: { status: "ok" },
    code: -9,
    left: [],
  });
});

test("ten kernels that are shut down in the middle of their output all end with code 0", (context) => {
  expect(facts(context, "ten times")["codes"]).toEqual(Array.from({ length: 10 }, () => 0));
});

test("a client's own stdout and stderr stay blocking: Node would make them non-blocking for both", (context) => {
  expect(facts(context, "the client's own streams")["blocking"]).toEqual([true, true]);
});

test("SIGTERM ends even a busy kernel in order", (context) => {
  expect(facts(context, "SIGTERM")["code"]).toBe(0);
});

for (const promise of ["orphan at rest", "orphan that is busy"]) {
  test(`after kill -9 of its parent no process and no socket remains: ${promise}`, (context) => {
    expect(facts(context, promise)).toMatchObject({ before: sockets, gone: true, left: [] });
  });
}

test("a connection file that is wrong or missing is told in one line", (context) => {
  expect(facts(context, "bad connection file")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^kernel: .*connection\.json: want shell_port to be a port number, got "x"\n$/,
    ),
  });
  expect(facts(context, "no connection file")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^kernel: want -f CONNECTION_FILE/),
  });
});
