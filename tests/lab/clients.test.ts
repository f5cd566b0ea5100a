/** Chapter 01 in the hands of clients that are not ours; lab.test.ts does the same with `jupyter execute`. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { runWith } from "./clients.ts";
import { describeWith, root, tool } from "./tools.ts";

const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const chapter = join(root, "notebooks", "01-linear-algebra.ipynb");

describeWith("a Jupyter client that is not ours", [python], (pythonFile) => {
  test.each(["nbclient", "jupyter_client"] as const)(
    "%s runs chapter 01 from its first cell to its last and leaves no kernel",
    { timeout: 480_000 },
    async (client) => {
      const { cells, left } = await runWith(client, pythonFile, chapter);
      expect(cells.map(({ executionCount }) => executionCount)).toEqual(cells.map((_, index) => index + 1));
      expect(cells.map(({ hasFailed }) => hasFailed)).toEqual(cells.map(({ mayFail }) => mayFail));
      expect(cells.flatMap(({ outputs }) => outputs).length).toBeGreaterThan(10);
      expect(left).toEqual([]);
    },
  );
});
