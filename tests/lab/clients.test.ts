/** Chapter notebooks in the hands of clients that are not ours. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { installKernelspec } from "../../kernel/index.ts";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { executedCells } from "./executed.ts";
import { jupyterEnvironment } from "./lab-server.ts";
import { running } from "./processes.ts";
import { describeWith, root, tool } from "./tools.ts";

const run = promisify(execFile);
const script = fileURLToPath(new URL("./clients.py", import.meta.url));
const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const limitMs = 300_000;

describeWith("a Jupyter client that is not ours", [python], (pythonFile) => {
  const home = mkdtempSync(join(tmpdir(), "below-clients-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const environment = jupyterEnvironment(home);
  installKernelspec(environment.JUPYTER_DATA_DIR);
  const env = { ...process.env, ...environment };

  const notebooks = readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb"));
  const clients: Record<string, (file: string) => Promise<unknown>> = {
    "jupyter execute": (file) =>
      run(venvCommand(root, "jupyter"), ["execute", "--inplace", file], { env, cwd: home }),
    nbclient: (file) => run(pythonFile, [script, "nbclient", file, file], { env, cwd: home }),
    jupyter_client: (file) => run(pythonFile, [script, "jupyter_client", file, file], { env, cwd: home }),
  };

  test("there is a notebook to run", () => expect(notebooks).toContain("01-linear-algebra.ipynb"));

  for (const notebook of notebooks) {
    test.each(Object.keys(clients))(
      `${notebook} runs from its first cell to its last in %s`,
      { timeout: limitMs },
      async (client) => {
        const file = join(home, `${client.replace(" ", "-")}-${notebook}`);
        cpSync(join(root, "notebooks", notebook), file);
        await clients[client](file);
        const cells = executedCells(file);
        expect(cells.map(({ executionCount }) => executionCount)).toEqual(cells.map((_, index) => index + 1));
        expect(cells.map(({ hasFailed }) => hasFailed)).toEqual(cells.map(({ mayFail }) => mayFail));
        expect(cells.flatMap(({ outputs }) => outputs).length).toBeGreaterThan(0);
      },
    );
  }

  test("every kernel has ended with its client", () => expect(running(home)).toEqual([]));
});
