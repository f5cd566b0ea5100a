/** A tenth of `npm run soak -- kernel`. */
import { expect, test, type TestContext } from "vitest";
import { findPython, noPython } from "./scenario.ts";
import { mostGrowth, soakPart, type Part } from "./soak.ts";

const seed = 1;
const run = (context: TestContext, part: Part, count: number) => {
  const python = findPython();
  return python === undefined ? noPython(context) : soakPart(python, part, count, seed);
};

test(
  "of 100 interrupts at random moments, in every kind of place, none kills the kernel or loses its state",
  { timeout: 240_000 },
  async (context) => {
    const { gpu, ...seen } = await run(context, "interrupts", 100);
    expect(seen).toMatchObject({ count: 100, dead: 0, lost: 0, wrong: 0, faults: [] });
    expect(gpu ?? "2").toBe("2"); // null where there is none
  },
);

test("1 000 mutated messages do not crash the kernel", { timeout: 240_000 }, async (context) => {
  expect(await run(context, "mutations", 1000)).toMatchObject({
    count: 1000,
    crashed: false,
    alive: "42",
    faults: [],
  });
});

test(
  "from its 200th cell on the kernel's memory is flat: what a cell leaves behind is given back",
  { timeout: 240_000 },
  async (context) => {
    const { growth } = (await run(context, "cells", 500)) as { growth: number };
    expect(growth).toBeLessThanOrEqual(mostGrowth);
  },
);
